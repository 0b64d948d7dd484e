package dev.mneme.hook;

import java.io.IOException;
import java.io.OutputStream;

/// The bytes of one event as they came, in the pieces they came in: a payload of 16 MiB never needs
/// a second copy of itself to grow.
final class Payload {

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

    void writeTo(OutputStream out) throws IOException {
        int left = length;
        for (byte[] piece : pieces) {
            int count = Math.min(left, piece.length);
            if (count > 0) {
                out.write(piece, 0, count);
            }
            left -= count;
        }
    }

    /// The first bytes, at most `max` of them.
    byte[] copy(int max) {
        int size = Math.min(length, max);
        byte[] bytes = new byte[size];
        int copied = 0;
        for (byte[] piece : pieces) {
            int count = Math.min(size - copied, piece.length);
            System.arraycopy(piece, 0, bytes, copied, count);
            copied += count;
        }
        return bytes;
    }
}
