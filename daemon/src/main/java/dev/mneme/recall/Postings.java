package dev.mneme.recall;

import java.util.Arrays;

/// Which documents hold a term, how often, and in which places: numbers of variable length, first
/// the step from the document before and the count, then the step from each place to the next. Most
/// take one byte each.
final class Postings {

    private static final int BYTES_FIRST = 4;

    /// A number has so many bits in a byte.
    private static final int BITS = 7;

    private byte[] bytes = new byte[BYTES_FIRST];
    private int length;
    private int last = -1;
    private int documents;

    /// Documents come in rising order, each once.
    ///
    /// @param places where in the document, rising; the first `count` of them
    void add(int document, int[] places, int count) {
        int needed = length + size(document - last) + size(count);
        int before = 0;
        for (int i = 0; i < count; i++) {
            needed += size(places[i] - before);
            before = places[i];
        }
        if (needed > bytes.length) {
            // Most terms are rare: what they do not need would be half of the index.
            bytes = Arrays.copyOf(bytes, Math.max(needed, length + length / 4));
        }
        write(document - last);
        write(count);
        before = 0;
        for (int i = 0; i < count; i++) {
            write(places[i] - before);
            before = places[i];
        }
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
        Cursor cursor = cursor();
        while (cursor.next()) {
            reader.read(cursor.document(), cursor.count());
        }
    }

    Cursor cursor() {
        return new Cursor();
    }

    /// Goes from document to document.
    final class Cursor {

        private int at;
        private int document = -1;
        private int count;

        /// Places of the document that were not read.
        private int unread;

        boolean next() {
            while (unread > 0) {
                if (bytes[at++] >= 0) {
                    unread--;
                }
            }
            if (at >= length) {
                return false;
            }
            document += number();
            count = number();
            unread = count;
            return true;
        }

        int document() {
            return document;
        }

        int count() {
            return count;
        }

        /// Where in the document, rising. Once for each document.
        int[] places() {
            var places = new int[unread];
            int before = 0;
            for (int i = 0; i < places.length; i++) {
                before += number();
                places[i] = before;
            }
            unread = 0;
            return places;
        }

        private int number() {
            int number = 0;
            int shift = 0;
            byte unit = bytes[at++];
            while (unit < 0) {
                number |= (unit & 0x7f) << shift;
                shift += 7;
                unit = bytes[at++];
            }
            return number | unit << shift;
        }
    }

    /// How many bytes a number takes.
    private static int size(int number) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(number | 1);
        return Math.ceilDiv(bits, BITS);
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
