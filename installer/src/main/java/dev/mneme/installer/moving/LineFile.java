package dev.mneme.installer.moving;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The lines of a file, read as UTF-8 whatever is in them. A line may be long, but not endless.
final class LineFile implements Closeable {

    static final int LINE_BYTES_MAX = 16 * 1024 * 1024;

    private static final int BUFFER_BYTES = 64 * 1024;

    private final InputStream in;
    private long number;

    LineFile(Path file) throws IOException {
        in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
    }

    /// @param text null where the line is too long
    /// @param bytes with its end
    /// @param ended whether there is an end: a line without one may still be written to
    record Line(long number, @Nullable String text, long bytes, boolean ended) {}

    /// Null behind the last line.
    @Nullable Line next() throws IOException {
        var line = new ByteArrayOutputStream();
        long bytes = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            bytes++;
            if (next == '\n') {
                return line(line, bytes, true);
            }
            if (bytes <= LINE_BYTES_MAX) {
                line.write(next);
            }
        }
        return bytes == 0 ? null : line(line, bytes, false);
    }

    private Line line(ByteArrayOutputStream line, long bytes, boolean ended) {
        number++;
        return new Line(
                number,
                bytes > LINE_BYTES_MAX ? null : line.toString(StandardCharsets.UTF_8),
                bytes,
                ended);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
