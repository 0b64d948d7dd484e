package dev.mneme.installer.program;

import dev.mneme.installer.PrivateFiles;
import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/// What the home holds besides programs and data: its folders, token, settings, launchers.
public final class HomeFiles {

    private static final int TOKEN_BYTES = 32;

    private HomeFiles() {}

    /// Makes what is missing and says whether anything was; token and settings are kept.
    public static boolean prepare(MnemeHome home) throws IOException {
        boolean isNew = !Files.exists(home.token());
        for (Path directory :
                new Path[] {home.root(), home.run(), home.log(), home.spool(), home.bin()}) {
            PrivateFiles.createDirectories(directory);
        }
        if (isNew) {
            byte[] token = new byte[TOKEN_BYTES];
            new SecureRandom().nextBytes(token);
            PrivateFiles.write(
                    home.token(),
                    (HexFormat.of().formatHex(token) + "\n").getBytes(StandardCharsets.UTF_8));
        } else {
            PrivateFiles.restrictTree(home.token());
        }
        if (!Files.exists(home.settings())) {
            PrivateFiles.write(home.settings(), resource("env"));
        } else {
            PrivateFiles.restrictTree(home.settings());
        }
        return isNew;
    }

    /// `bin/mneme` is the launcher of the clone; it finds `app` beside itself.
    public static void writeLaunchers(MnemeHome home) throws IOException {
        PrivateFiles.createDirectories(home.bin());
        writeLauncher(home.bin().resolve("mneme"), resource("launcher/mneme"));
        if (Programs.isWindows()) {
            writeLauncher(home.bin().resolve("mneme.cmd"), resource("launcher/mneme.cmd"));
        }
    }

    private static void writeLauncher(Path file, byte[] content) throws IOException {
        if (!Files.exists(file) || !Arrays.equals(content, Files.readAllBytes(file))) {
            PrivateFiles.writeExecutable(file, content);
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(
                        HomeFiles.class.getResourceAsStream("/dev/mneme/installer/" + name),
                        name)) {
            return in.readAllBytes();
        }
    }
}
