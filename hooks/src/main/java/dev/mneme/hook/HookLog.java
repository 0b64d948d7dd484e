package dev.mneme.hook;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// A small file for what a hook cannot tell anybody: one line per failure, never content.
///
/// Bounded by two generations. Writing it may fail like anything else; that is nobody's concern.
final class HookLog {

    /// Of each of the two generations, together 64 KiB.
    static final int LOG_BYTES_MAX = 32 * 1024;

    private final HookHome home;

    HookLog(HookHome home) {
        this.home = home;
    }

    void note(String message) {
        try {
            Spool.createDirectories(home.log());
            File file = new File(home.log(), "hook.log");
            byte[] line =
                    (Timestamp.iso(System.currentTimeMillis()) + " " + message + "\n")
                            .getBytes(StandardCharsets.UTF_8);
            if (file.length() + line.length > LOG_BYTES_MAX
                    && !file.renameTo(new File(home.log(), "hook.log.1"))) {
                return;
            }
            try (FileOutputStream out = new FileOutputStream(file, true)) {
                FileOperations.restrict(file.toPath());
                out.write(line);
            }
        } catch (IOException | RuntimeException cannotLog) {
            return;
        }
    }

    /// The same note is not repeated while it is the last one: a full spool is noted once, not for
    /// each event that it refuses.
    void noteOnce(String message) {
        if (!lastLineEndsWith(message)) {
            note(message);
        }
    }

    private boolean lastLineEndsWith(String message) {
        File file = new File(home.log(), "hook.log");
        byte[] expected = (" " + message + "\n").getBytes(StandardCharsets.UTF_8);
        try (java.io.RandomAccessFile log = new java.io.RandomAccessFile(file, "r")) {
            if (log.length() < expected.length) {
                return false;
            }
            byte[] last = new byte[expected.length];
            log.seek(log.length() - expected.length);
            log.readFully(last);
            return java.util.Arrays.equals(last, expected);
        } catch (IOException noLog) {
            return false;
        }
    }
}
