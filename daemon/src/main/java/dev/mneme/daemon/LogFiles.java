package dev.mneme.daemon;

import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Sends every log line to `log/daemon.log`, in private files that rotate: at most five of 5 MB.
///
/// The JDK's own file handler creates its files under the umask; these are 0600 whatever it is.
final class LogFiles extends Handler {

    static final long FILE_BYTES_MAX = 5L * 1024 * 1024;
    static final int FILES_MAX = 5;

    private final Path file;
    private OutputStream out;
    private long written;

    LogFiles(Path file) throws IOException {
        this.file = file;
        out = append(file);
        written = Files.size(file);
    }

    static void open(MnemeHome home) throws StartFailure {
        try {
            var handler = new LogFiles(home.log().resolve("daemon.log"));
            Logger root = Logger.getLogger("");
            for (Handler console : root.getHandlers()) {
                root.removeHandler(console);
            }
            root.setLevel(Level.INFO);
            root.addHandler(handler);
            // Libraries speak of their own start and stop at INFO; a quiet service is quiet.
            for (String library :
                    new String[] {"org.eclipse", "io.javalin", "com.zaxxer", "org.flywaydb"}) {
                QUIET.put(library, level(library));
            }
        } catch (IOException failed) {
            throw new StartFailure(
                    dev.mneme.protocol.ErrorCode.DISK_FULL,
                    "cannot open the log in `" + home.log() + "` (" + failed.getMessage() + ")",
                    "free some space, or make the folder writable");
        }
    }

    /// The JDK's log manager takes its handlers away at the first sign of the process's end, while
    /// the orderly stop still has things to say. This one leaves them.
    public static final class Lasting extends LogManager {

        @Override
        public void reset() {
            // Nothing is buffered, so nothing needs closing.
        }
    }

    /// Has to run before anything logs.
    static void keepLoggingWhileStopping() {
        System.setProperty("java.util.logging.manager", Lasting.class.getName());
    }

    /// Loggers are held weakly by the JDK; holding them here keeps their level.
    private static final java.util.Map<String, Logger> QUIET =
            new java.util.concurrent.ConcurrentHashMap<>();

    private static Logger level(String name) {
        Logger logger = Logger.getLogger(name);
        logger.setLevel(Level.WARNING);
        return logger;
    }

    @Override
    public synchronized void publish(@Nullable LogRecord record) {
        if (record == null || !isLoggable(record)) {
            return;
        }
        try {
            byte[] line = line(record).getBytes(StandardCharsets.UTF_8);
            if (written + line.length > FILE_BYTES_MAX) {
                rotate();
            }
            out.write(line);
            out.flush();
            written += line.length;
        } catch (IOException full) {
            // A log that cannot be written must not stop what it speaks of.
        }
    }

    private static String line(LogRecord record) {
        var line =
                new StringBuilder()
                        .append(Instant.ofEpochMilli(record.getMillis()))
                        .append(' ')
                        .append(record.getLevel().getName())
                        .append(' ')
                        .append(shortName(record.getLoggerName()))
                        .append(' ')
                        .append(record.getMessage())
                        .append('\n');
        Throwable thrown = record.getThrown();
        for (int depth = 0; thrown != null && depth < 5; depth++) {
            // The class and the places; a foreign message may quote content.
            line.append("  ").append(thrown.getClass().getName()).append('\n');
            StackTraceElement[] trace = thrown.getStackTrace();
            for (int i = 0; i < Math.min(trace.length, 20); i++) {
                line.append("    at ").append(trace[i]).append('\n');
            }
            thrown = thrown.getCause();
        }
        return line.toString();
    }

    private static String shortName(@Nullable String name) {
        if (name == null) {
            return "-";
        }
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /// Where the files cannot be moved, the log begins anew in the one there is: its bound holds in
    /// any case.
    private void rotate() throws IOException {
        out.close();
        try {
            shift();
        } catch (IOException stuck) {
            Files.newOutputStream(file, StandardOpenOption.TRUNCATE_EXISTING).close();
        }
        out = append(file);
        written = Files.size(file);
    }

    private void shift() throws IOException {
        for (int number = FILES_MAX - 1; number >= 1; number--) {
            Path from = number == 1 ? file : numbered(number - 1);
            if (Files.exists(from)) {
                Files.move(from, numbered(number), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    private static OutputStream append(Path file) throws IOException {
        if (!Files.exists(file)) {
            PrivateFiles.create(file);
        }
        return Files.newOutputStream(file, StandardOpenOption.APPEND);
    }

    @Override
    public void flush() {
        // Every line is flushed as it is written.
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException ignored) {
            // Nothing is buffered.
        }
    }
}
