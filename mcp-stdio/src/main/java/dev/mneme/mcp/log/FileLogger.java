package dev.mneme.mcp.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Writes WARN and ERROR as one line each; frames of a stack trace follow, its messages do not.
final class FileLogger extends LegacyAbstractLogger {

    private static final long serialVersionUID = 1L;

    private static final String OURS = "dev.mneme.";
    private static final int MESSAGE_CHARS_MAX = 500;
    private static final int FRAMES_MAX = 30;
    private static final int CAUSES_MAX = 5;

    private final transient LogFile file;

    FileLogger(String name, LogFile file) {
        this.name = name;
        this.file = file;
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            @Nullable String template,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        // What others log may hold content in its arguments, and a template is program text.
        String message =
                name.startsWith(OURS)
                        ? MessageFormatter.basicArrayFormat(template, arguments)
                        : template;
        var entry = new StringBuilder();
        entry.append(Instant.now().truncatedTo(ChronoUnit.MILLIS))
                .append(' ')
                .append(level)
                .append(' ')
                .append(ProcessHandle.current().pid())
                .append(' ')
                .append(name)
                .append("  ")
                .append(oneLine(message))
                .append('\n');
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++) {
            entry.append("  ").append(cause.getClass().getName()).append('\n');
            StackTraceElement[] frames = cause.getStackTrace();
            for (int index = 0; index < Math.min(FRAMES_MAX, frames.length); index++) {
                entry.append("    at ").append(frames[index]).append('\n');
            }
            cause = cause.getCause();
        }
        file.append(entry.toString());
    }

    private static String oneLine(@Nullable String message) {
        String text = String.valueOf(message).replaceAll("\\s+", " ");
        return text.length() <= MESSAGE_CHARS_MAX ? text : text.substring(0, MESSAGE_CHARS_MAX);
    }

    @Override
    public boolean isTraceEnabled() {
        return false;
    }

    @Override
    public boolean isDebugEnabled() {
        return false;
    }

    @Override
    public boolean isInfoEnabled() {
        return false;
    }

    @Override
    public boolean isWarnEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }
}
