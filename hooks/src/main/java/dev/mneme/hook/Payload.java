package dev.mneme.hook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// The bytes of one event as they came, in the pieces they came in: a payload of 16 MiB never needs
/// a second copy of itself to grow.
final class Payload {

    /// What is written at once: the system's buffer for a write is as large as the write.
    private static final int WRITE_BYTES_MAX = 64 * 1024;

    private final byte[][] pieces;
    private final int length;

    Payload(byte[][] pieces, int length) {
        this.pieces = pieces;
        this.length = length;
    }

    Payload(byte[] bytes) {
        this(new byte[][] {bytes}, bytes.length);
    }

    int length() {
        return length;
    }

    /// Writes all of it to a channel that blocks.
    void writeTo(WritableByteChannel channel) throws IOException {
        int left = length;
        for (byte[] piece : pieces) {
            int end = Math.min(left, piece.length);
            for (int at = 0; at < end; at += WRITE_BYTES_MAX) {
                ByteBuffer part = ByteBuffer.wrap(piece, at, Math.min(WRITE_BYTES_MAX, end - at));
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
            left -= end;
        }
    }

    /// The first bytes, at most `max` of them.
    byte[] copy(int max) {
        byte[] bytes = new byte[Math.min(length, max)];
        copyTo(bytes, 0);
        return bytes;
    }

    /// As many of the first bytes as fit behind `from`.
    void copyTo(byte[] target, int from) {
        int size = Math.min(length, target.length - from);
        int copied = 0;
        for (byte[] piece : pieces) {
            int count = Math.min(size - copied, piece.length);
            System.arraycopy(piece, 0, target, from + copied, count);
            copied += count;
        }
    }
}
