package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Reads one event: until the end of stdin, one complete JSON object, or the deadline.
///
/// A read cannot be interrupted, so it happens on a thread of its own that the process does not
/// wait for. The end of the object is found by counting braces outside of strings; whether it is
/// JSON is the daemon's business.
final class StdinReader implements Runnable {

    /// A longer payload is replaced by a marker that says so.
    static final int PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

    private static final int FIRST_PIECE_BYTES = 16 * 1024;
    private static final int PIECE_BYTES_MAX = 1024 * 1024;

    private final InputStream stdin;

    private byte[][] pieces = new byte[8][];
    private int pieceCount;
    private int kept;
    private long total;
    private boolean done;

    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean started;
    private boolean isObject;

    private final long deadlineNanos = System.nanoTime() + Deadlines.STDIN_MS * 1_000_000;

    private StdinReader(InputStream stdin) {
        this.stdin = stdin;
    }

    /// Begins to read.
    static StdinReader start(InputStream stdin) {
        StdinReader reader = new StdinReader(stdin);
        Thread thread = new Thread(reader, "mneme-stdin");
        thread.setDaemon(true);
        thread.start();
        return reader;
    }

    /// The payload once it is there, or null where nothing but blanks came.
    synchronized @Nullable Payload payload() throws InterruptedException {
        while (!done) {
            long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                done = true;
                break;
            }
            wait(left);
        }
        if (!started) {
            return null;
        }
        Payload payload = new Payload(Arrays.copyOf(pieces, pieceCount), kept);
        return total <= PAYLOAD_BYTES_MAX ? payload : TruncatedEvent.marker(payload, total);
    }

    @Override
    public void run() {
        // Two processors load classes in half the time: this thread those of addresses, the one
        // that connects meanwhile those of channels.
        Loopback.load();
        try {
            while (true) {
                byte[] piece = new byte[pieceSize()];
                int count = stdin.read(piece, 0, piece.length);
                if (count < 0 || !keep(piece, count)) {
                    break;
                }
            }
        } catch (IOException | RuntimeException | OutOfMemoryError noMoreComes) {
            // What has come so far is what there is.
        }
        end();
    }

    private synchronized int pieceSize() {
        return Math.min(PIECE_BYTES_MAX, FIRST_PIECE_BYTES << Math.min(pieceCount, 6));
    }

    private synchronized void end() {
        done = true;
        notifyAll();
    }

    /// False once the object is complete or nobody waits any more.
    private synchronized boolean keep(byte[] piece, int count) {
        if (done) {
            return false;
        }
        int used = scan(piece, count);
        boolean complete = used < count || (isObject && depth == 0);
        total += used;
        if (total <= PAYLOAD_BYTES_MAX) {
            if (pieceCount == pieces.length) {
                pieces = Arrays.copyOf(pieces, pieceCount * 2);
            }
            pieces[pieceCount++] = piece.length == used ? piece : Arrays.copyOf(piece, used);
            kept += used;
        }
        return !complete;
    }

    /// How many of the bytes belong to the event; fewer than all where its object ends before.
    private int scan(byte[] piece, int count) {
        for (int i = 0; i < count; i++) {
            byte b = piece[i];
            if (!started) {
                boolean blank = b == ' ' || b == '\n' || b == '\r' || b == '\t';
                if (blank || isByteOrderMark(b)) {
                    continue;
                }
                started = true;
                isObject = b == '{';
                depth = isObject ? 1 : 0;
                continue;
            }
            if (!isObject) {
                return count;
            }
            if (inString) {
                if (escaped) {
                    escaped = false;
                } else if (b == '\\') {
                    escaped = true;
                } else if (b == '"') {
                    inString = false;
                }
            } else if (b == '"') {
                inString = true;
            } else if (b == '{') {
                depth++;
            } else if (b == '}') {
                depth--;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        return count;
    }

    private static boolean isByteOrderMark(byte b) {
        return b == (byte) 0xEF || b == (byte) 0xBB || b == (byte) 0xBF;
    }
}
