package dev.mneme.installer;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What people see: the report on stdout, progress, errors and hints on stderr.
///
/// Everything reads the same without colour; colour is used on a terminal only, and not where
/// `NO_COLOR` is set.
public final class Terminal {

    /// What takes longer than this says that it is still at work.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(5);

    private final PrintStream out;
    private final PrintStream err;
    private final boolean colour;

    public Terminal(PrintStream out, PrintStream err, boolean colour) {
        this.out = out;
        this.err = err;
        this.colour = colour;
    }

    /// UTF-8 whatever the locale says.
    public static Terminal ofThisProcess(Map<String, String> environment) {
        boolean colour =
                console().isPresent()
                        && environment.getOrDefault("NO_COLOR", "").isEmpty()
                        && !environment.getOrDefault("TERM", "").equals("dumb");
        return new Terminal(
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                colour);
    }

    /// The console, where both ends of it are a person.
    static Optional<Console> console() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal);
    }

    public PrintStream out() {
        return out;
    }

    public PrintStream err() {
        return err;
    }

    /// A terminal whose report goes to stderr, for commands whose stdout is one JSON document.
    public Terminal quiet() {
        return new Terminal(err, err, colour);
    }

    public void line(String text) {
        out.println(text);
    }

    /// One line of a report: how it went, what, and the details.
    public void result(Mark mark, String name, String detail) {
        String word = mark.word;
        String shown = colour ? mark.colour + word + "\u001b[0m" : word;
        out.println("  " + shown + " ".repeat(8 - word.length()) + pad(name) + detail);
    }

    /// A step that was done, with the time it took, or was found done.
    void done(boolean changed, String name, String detail, long startedNanos) {
        result(
                changed ? Mark.OK : Mark.SAME,
                name,
                detail + (changed ? " (" + seconds(startedNanos) + ")" : ""));
    }

    public void warning(String message, String hint) {
        err.println((colour ? "\u001b[33mwarning\u001b[0m: " : "warning: ") + message);
        err.println("hint: " + hint);
    }

    public void error(String message, String hint) {
        err.println((colour ? "\u001b[31merror\u001b[0m: " : "error: ") + message);
        if (!hint.isEmpty()) {
            err.println("hint: " + hint);
        }
    }

    private static String pad(String name) {
        return name + " ".repeat(Math.max(1, 14 - name.length()));
    }

    public enum Mark {
        OK("ok", "\u001b[32m"),
        SAME("same", "\u001b[32m"),
        NOTE("note", "\u001b[33m"),
        FAILED("failed", "\u001b[31m");

        private final String word;
        private final String colour;

        Mark(String word, String colour) {
            this.word = word;
            this.colour = colour;
        }
    }

    /// Work that may take long enough to make a person wonder.
    @FunctionalInterface
    public interface Work<T> {
        T get() throws Exception;
    }

    /// Runs the work in this thread; past two seconds a line every few seconds says so on stderr.
    public <T> T watching(String name, Work<T> work) throws Exception {
        long startedNanos = System.nanoTime();
        Thread ticker =
                Thread.ofVirtual()
                        .name("progress")
                        .start(
                                () -> {
                                    try {
                                        Thread.sleep(PATIENCE);
                                        while (true) {
                                            err.println(
                                                    "  ... "
                                                            + name
                                                            + " ("
                                                            + seconds(startedNanos)
                                                            + ")");
                                            Thread.sleep(PROGRESS_INTERVAL);
                                        }
                                    } catch (InterruptedException done) {
                                        Thread.currentThread().interrupt();
                                    }
                                });
        try {
            return work.get();
        } finally {
            ticker.interrupt();
        }
    }

    public static String seconds(long startedNanos) {
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }
}
