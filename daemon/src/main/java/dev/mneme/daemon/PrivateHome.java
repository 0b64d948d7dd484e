package dev.mneme.daemon;

import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/// The daemon's part of `$MNEME_HOME`: its folders and the bearer token.
final class PrivateHome {

    private static final int TOKEN_BYTES = 32;

    private PrivateHome() {}

    static void prepare(MnemeHome home) throws StartFailure {
        try {
            for (Path folder : List.of(home.root(), home.run(), home.log(), home.spool())) {
                PrivateFiles.createFolder(folder);
            }
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.DISK_FULL,
                    "cannot create `" + home.root() + "` (" + failed.getMessage() + ")",
                    "make it writable, or set MNEME_HOME to a folder that is");
        }
    }

    /// The bearer token, made at the first start; an empty file counts as none. The daemon's lock
    /// is held, so nobody else makes one at the same time.
    static String token(MnemeHome home) throws IOException {
        Path file = home.token();
        String known = Files.exists(file) ? Files.readString(file).strip() : "";
        if (!known.isEmpty()) {
            return known;
        }
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        String fresh = HexFormat.of().formatHex(random);
        PrivateFiles.writeAtomically(file, fresh + "\n");
        return fresh;
    }
}
