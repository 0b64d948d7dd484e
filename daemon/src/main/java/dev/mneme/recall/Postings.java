package dev.mneme.recall;

import java.util.Arrays;

/// Which documents hold a term, and how often: two numbers of variable length for each, the step
/// from the document before and the count. Most take two bytes together.
final class Postings {

    private static final int BYTES_FIRST = 4;

    /// Of the longest pair of numbers.
    private static final int PAIR_BYTES_MAX = 10;

    private byte[] bytes = new byte[BYTES_FIRST];
    private int length;
    private int last = -1;
    private int documents;

    /// Documents come in rising order, each once.
    void add(int document, int count) {
        if (bytes.length - length < PAIR_BYTES_MAX) {
            bytes = Arrays.copyOf(bytes, bytes.length + Math.max(PAIR_BYTES_MAX, length / 2));
        }
        write(document - last);
        write(count);
        last = document;
        documents++;
    }

    int documents() {
        return documents;
    }

    int bytes() {
        return bytes.length;
    }

    @FunctionalInterface
    interface Reader {
        void read(int document, int count);
    }

    void forEach(Reader reader) {
        int document = -1;
        int at = 0;
        while (at < length) {
            int step = 0;
            int shift = 0;
            byte unit = bytes[at++];
            while (unit < 0) {
                step |= (unit & 0x7f) << shift;
                shift += 7;
                unit = bytes[at++];
            }
            step |= unit << shift;
            int count = 0;
            shift = 0;
            unit = bytes[at++];
            while (unit < 0) {
                count |= (unit & 0x7f) << shift;
                shift += 7;
                unit = bytes[at++];
            }
            count |= unit << shift;
            document += step;
            reader.read(document, count);
        }
    }

    private void write(int number) {
        int rest = number;
        while (rest > 0x7f) {
            bytes[length++] = (byte) ((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }
}
