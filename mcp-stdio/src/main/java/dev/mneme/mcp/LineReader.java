package dev.mneme.mcp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Splits a stream into lines of bounded length.
///
/// `BufferedReader.readLine` has no limit, so one endless line would end the process for want of
/// memory. Here a line past the limit is read to its end, forgotten, and reported as `TooLong`.
final class LineReader {

    private static final int BUFFER_BYTES = 64 * 1024;

    private final InputStream in;
    private final int lineBytesMax;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;

    LineReader(InputStream in, int lineBytesMax) {
        this.in = in;
        this.lineBytesMax = lineBytesMax;
    }

    sealed interface Line {

        /// Without its line break; a last line may have had none.
        record Text(String text) implements Line {}

        record TooLong() implements Line {}

        record End() implements Line {}
    }

    Line next() throws IOException {
        var collected = new ByteArrayOutputStream();
        boolean tooLong = false;
        boolean any = false;
        while (true) {
            if (position == limit) {
                limit = Math.max(0, in.read(buffer));
                position = 0;
                if (limit == 0) {
                    return any ? finished(collected, tooLong) : new Line.End();
                }
            }
            any = true;
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            int length = end - position;
            if (!tooLong && collected.size() + length > lineBytesMax) {
                tooLong = true;
                collected = new ByteArrayOutputStream();
            }
            if (!tooLong) {
                collected.write(buffer, position, length);
            }
            boolean complete = end < limit;
            position = complete ? end + 1 : limit;
            if (complete) {
                return finished(collected, tooLong);
            }
        }
    }

    private static Line finished(ByteArrayOutputStream collected, boolean tooLong) {
        return tooLong
                ? new Line.TooLong()
                : new Line.Text(collected.toString(StandardCharsets.UTF_8));
    }
}
