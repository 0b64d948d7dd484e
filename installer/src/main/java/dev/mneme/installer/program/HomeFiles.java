package dev.mneme.installer.program;

import dev.mneme.installer.PrivateFiles;
import dev.mneme.installer.settings.HookRegistration;
import dev.mneme.installer.settings.ShellWords;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.SessionEnvironment;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
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

    /// What the plugin runs, which cannot know where programs lie and with which flags they run.
    public static void writePluginLaunchers(Programs programs) throws IOException {
        if (Programs.isWindows()) {
            return;
        }
        var hook =
                new StringBuilder(
                        """
                        #!/bin/sh
                        # Written by the installer. Runs the hook of one event for the plugin.
                        case ${1:-} in
                        """);
        for (HookRegistration registration : HookRegistration.ALL) {
            hook.append("    ")
                    .append(registration.argument())
                    .append(") exec ")
                    .append(ShellWords.line(programs.hook(registration.argument())))
                    .append(" ;;\n");
        }
        hook.append("esac\nexit 0\n");
        Path bin = programs.home().bin();
        writeLauncher(bin.resolve("mneme-hook"), utf8(hook.toString()));
        var words = new ArrayList<String>(List.of("/usr/bin/env"));
        programs.serverEnvironment().forEach((name, value) -> words.add(name + "=" + value));
        words.addAll(programs.server());
        writeLauncher(
                bin.resolve("mneme-server"),
                utf8(
                        """
                        #!/bin/sh
                        # Written by the installer. Runs the MCP server for the plugin.
                        exec %s
                        """
                                .formatted(ShellWords.line(words))));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// There while an installation has hooks of its own in the settings of Claude Code; the
    /// plugin's do nothing then.
    public static Path standalone(MnemeHome home) {
        return home.root().resolve("standalone");
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

    /// Writes a database that the environment names into the settings, where it is not there yet: a
    /// session that starts the daemon later has another environment, and must find the same one.
    ///
    /// @return the keys that were written
    public static List<String> keepDatabase(MnemeHome home, Map<String, String> environment)
            throws IOException {
        var kept = new ArrayList<String>();
        if (!Files.exists(home.settings())) {
            return kept;
        }
        String settings = Files.readString(home.settings(), StandardCharsets.UTF_8);
        var text = new StringBuilder(settings);
        for (String key : SessionEnvironment.FOREIGN_KEYS) {
            String value = environment.getOrDefault(key, "");
            boolean database = key.contains("DATABASE_URL") || key.startsWith("POSTGRES_");
            boolean known = settings.lines().anyMatch(line -> line.strip().startsWith(key + "="));
            if (database && !known && !value.isBlank() && value.indexOf('\n') < 0) {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == '\n' ? "" : "\n")
                        .append(key)
                        .append("='")
                        .append(value)
                        .append("'\n");
                kept.add(key);
            }
        }
        if (!kept.isEmpty()) {
            PrivateFiles.write(home.settings(), text.toString().getBytes(StandardCharsets.UTF_8));
        }
        return kept;
    }
}
