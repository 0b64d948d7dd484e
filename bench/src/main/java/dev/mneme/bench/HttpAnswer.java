package dev.mneme.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Takes answers with a `Content-Length` off a connection, one after the other, and looks at no
/// more of them than whether they are whole and say 200.
final class HttpAnswer {

    private static final byte[] OK = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LENGTH = "\r\ncontent-length:".getBytes(StandardCharsets.US_ASCII);

    private final ByteBuffer buffer;

    /// Where the answer ends; 0 while its head is not whole.
    private int end;

    HttpAnswer(int bytesMax) {
        buffer = ByteBuffer.allocate(bytesMax);
    }

    /// Where to read into.
    ByteBuffer buffer() {
        return buffer;
    }

    /// Whether what was read so far is one answer; then the next one may come.
    boolean isWhole() throws IOException {
        if (end == 0) {
            end = endOfAnswer();
        }
        if (end == 0 || buffer.position() < end) {
            if (!buffer.hasRemaining()) {
                throw new IOException("the answer is too long");
            }
            return false;
        }
        if (buffer.position() > end) {
            throw new IOException("more came than one answer");
        }
        buffer.clear();
        end = 0;
        return true;
    }

    private int endOfAnswer() throws IOException {
        byte[] bytes = buffer.array();
        int size = buffer.position();
        int length = -1;
        for (int i = 0; i + 3 < size; i++) {
            if (bytes[i] != '\r') {
                continue;
            }
            if (bytes[i + 2] == '\r') {
                if (!startsWith(bytes, 0, size, OK)) {
                    throw new IOException("the daemon answered `" + firstLine() + "`");
                }
                if (length < 0) {
                    throw new IOException("the answer has no length");
                }
                return i + 4 + length;
            }
            if (startsWith(bytes, i, size, LENGTH)) {
                length = number(bytes, i + LENGTH.length, size);
            }
        }
        return 0;
    }

    private static boolean startsWith(byte[] bytes, int at, int size, byte[] start) {
        if (at + start.length > size) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            byte letter = bytes[at + i];
            if ((letter >= 'A' && letter <= 'Z' && start[i] >= 'a' ? letter + 32 : letter)
                    != start[i]) {
                return false;
            }
        }
        return true;
    }

    private static int number(byte[] bytes, int at, int size) {
        int number = 0;
        for (int i = at; i < size && bytes[i] != '\r'; i++) {
            if (bytes[i] != ' ') {
                number = number * 10 + bytes[i] - '0';
            }
        }
        return number;
    }

    private String firstLine() {
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1)
                .lines()
                .findFirst()
                .orElse("");
    }
}
