package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// One POST to the daemon over a bare channel; the JDK's HTTP clients cost 10 to 400 ms to load,
/// and its sockets make a lambda, which loads 250 classes where no cache holds it ready.
///
/// The connection is made ahead, while the event is read. The deadline covers that and everything
/// up to the last byte of the answer, however slowly the bytes drip: the watchdog closes the
/// channel then. Only a 200 with an empty body or one JSON object counts as delivered: anything
/// else may come from a stranger on the daemon's old port, and the event id makes a second copy
/// harmless.
final class DaemonCall {

    /// A longer answer is none of ours: Claude Code cuts at 10,000 characters.
    static final int ANSWER_BYTES_MAX = 64 * 1024;

    private static final int HEAD_BYTES_MAX = 16 * 1024;

    /// The head, and a body in chunks that are as small as they get.
    private static final int ALL_BYTES_MAX = HEAD_BYTES_MAX + 2 * ANSWER_BYTES_MAX;

    private static final int SMALL_FILE_BYTES_MAX = 4 * 1024;

    /// What is read at once: an ordinary answer is a line, and larger buffers cost pages.
    private static final int READ_BYTES = 4 * 1024;

    /// Up to here an event is one write; what follows a first write must not wait until that one is
    /// acknowledged.
    private static final int ONE_WRITE_BYTES_MAX = 16 * 1024;

    private final HookHome home;
    private final Watchdog watchdog;
    private long deadlineNanos;

    /// What was connected before there was an event, and how long that took.
    private @Nullable SocketChannel ahead;

    private long spentNanos;

    /// Of the daemon that was found last.
    private int port;

    DaemonCall(HookHome home, Watchdog watchdog) {
        this.home = home;
        this.watchdog = watchdog;
    }

    /// Connects while the event is still being read, so that the daemon wakes up meanwhile.
    void connectAhead() {
        long begunNanos = System.nanoTime();
        within(Deadlines.CONNECT_MS);
        try {
            ahead = connectOrNull();
        } catch (RuntimeException | LinkageError | OutOfMemoryError failed) {
            ahead = null;
        }
        SocketChannel connected = ahead;
        if (connected != null) {
            // In place of the time for connecting; the event may be slow to come.
            watchdog.closeAt(
                    connected,
                    System.nanoTime() + (Deadlines.STDIN_MS + Deadlines.ANSWER_MS) * 1_000_000);
        }
        spentNanos = System.nanoTime() - begunNanos;
    }

    /// What follows has this time from now on, less what connecting took.
    DaemonCall within(long millis) {
        deadlineNanos = System.nanoTime() + millis * 1_000_000 - spentNanos;
        return this;
    }

    /// What to print, possibly nothing; or null where the event was not delivered.
    byte @Nullable [] post(HookCall call, String startedAt, String eventId, Payload payload)
            throws IOException, InterruptedException {
        SocketChannel connected = ahead;
        if (connected == null && call.isSessionStart()) {
            connected = new DaemonStart(home, this).startAndConnect();
        }
        if (connected == null) {
            return null;
        }
        // Left open: the process ends after this, and closing costs more than all that was sent.
        watchdog.closeAt(connected, deadlineNanos);
        String token = readSmallFile(home.token()).trim();
        if (!isHeaderValue(token)) {
            return null;
        }
        send(connected, head(call, startedAt, eventId, token, payload.length()), payload);
        return receive(connected);
    }

    long millisLeft() {
        return (deadlineNanos - System.nanoTime()) / 1_000_000;
    }

    /// Null where nobody listens.
    @Nullable SocketChannel connectOrNull() {
        long left = Math.min(Deadlines.CONNECT_MS, millisLeft());
        if (left <= 0) {
            return null;
        }
        try {
            port = port(readSmallFile(home.daemonInfo()));
            return port > 0 ? connect(left) : null;
        } catch (IOException nobodyListens) {
            return null;
        }
    }

    private SocketChannel connect(long millis) throws IOException {
        SocketChannel channel = SocketChannel.open();
        watchdog.closeAt(channel, System.nanoTime() + millis * 1_000_000);
        try {
            channel.connect(Loopback.at(port));
            return channel;
        } catch (IOException refused) {
            channel.close();
            throw refused;
        }
    }

    /// The number behind `"port"`, or 0; the file is ours and flat.
    static int port(String daemonInfo) {
        int i = daemonInfo.indexOf("\"port\"");
        if (i < 0) {
            return 0;
        }
        i += 6;
        while (i < daemonInfo.length() && " \t\r\n:".indexOf(daemonInfo.charAt(i)) >= 0) {
            i++;
        }
        int port = 0;
        while (i < daemonInfo.length()
                && daemonInfo.charAt(i) >= '0'
                && daemonInfo.charAt(i) <= '9'
                && port <= 65_535) {
            port = port * 10 + (daemonInfo.charAt(i) - '0');
            i++;
        }
        return port <= 65_535 ? port : 0;
    }

    private static String readSmallFile(File file) throws IOException {
        try (FileInputStream in = new FileInputStream(file)) {
            return new String(in.readNBytes(SMALL_FILE_BYTES_MAX), StandardCharsets.UTF_8);
        }
    }

    private static boolean isHeaderValue(String token) {
        for (int i = 0; i < token.length(); i++) {
            if (token.charAt(i) <= ' ' || token.charAt(i) >= 127) {
                return false;
            }
        }
        return !token.isEmpty();
    }

    private byte[] head(HookCall call, String startedAt, String eventId, String token, int length) {
        StringBuilder head = new StringBuilder(512);
        head.append("POST /api/hooks/").append(call.event()).append(" HTTP/1.1\r\n");
        head.append("Host: 127.0.0.1:").append(port).append("\r\n");
        head.append("Authorization: Bearer ").append(token).append("\r\n");
        head.append("X-Mneme-Started-At: ").append(startedAt).append("\r\n");
        head.append("X-Mneme-Event-Id: ").append(eventId).append("\r\n");
        if (call.agent() != null) {
            head.append("X-Mneme-Agent: ").append(call.agent()).append("\r\n");
        }
        head.append("Content-Type: application/json\r\n");
        head.append("Content-Length: ").append(length).append("\r\n");
        head.append("Connection: close\r\n\r\n");
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void send(SocketChannel channel, byte[] head, Payload payload)
            throws IOException {
        if (payload.length() > ONE_WRITE_BYTES_MAX) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            new Payload(head).writeTo(channel);
            payload.writeTo(channel);
        } else {
            byte[] whole = Arrays.copyOf(head, head.length + payload.length());
            payload.copyTo(whole, head.length);
            new Payload(whole).writeTo(channel);
        }
    }

    // ---- the answer

    private byte @Nullable [] receive(SocketChannel channel) throws IOException {
        byte[] buffer = new byte[READ_BYTES];
        int size = 0;
        int headEnd = -1;
        while (true) {
            if (size == buffer.length) {
                buffer = Arrays.copyOf(buffer, larger(size));
            }
            int room = Math.min(READ_BYTES, buffer.length - size);
            int count = channel.read(ByteBuffer.wrap(buffer, size, room));
            boolean ended = count < 0;
            size += Math.max(0, count);
            if (headEnd < 0) {
                headEnd = headEnd(buffer, size);
                if (headEnd < 0) {
                    if (ended || size > HEAD_BYTES_MAX) {
                        return null;
                    }
                    continue;
                }
            }
            String head = new String(buffer, 0, headEnd, StandardCharsets.ISO_8859_1);
            if (!head.startsWith("HTTP/1.1 200") && !head.startsWith("HTTP/1.0 200")) {
                return null;
            }
            byte[] body = AnswerBody.completeOrNull(head, buffer, headEnd, size, ended);
            if (body != null) {
                return accept(body);
            }
            if (ended || size - headEnd > ANSWER_BYTES_MAX + HEAD_BYTES_MAX) {
                return null;
            }
        }
    }

    private static int larger(int size) throws EOFException {
        if (size >= ALL_BYTES_MAX) {
            throw new EOFException("the answer is too long");
        }
        return Math.min(2 * size, ALL_BYTES_MAX);
    }

    private static byte @Nullable [] accept(byte[] body) {
        if (body.length > ANSWER_BYTES_MAX) {
            return null;
        }
        return body.length == 0 || new AnswerJson(body).isOneObject() ? body : null;
    }

    private static int headEnd(byte[] buffer, int size) {
        for (int i = 3; i < size; i++) {
            if (buffer[i] == '\n'
                    && buffer[i - 1] == '\r'
                    && buffer[i - 2] == '\n'
                    && buffer[i - 3] == '\r') {
                return i + 1;
            }
        }
        return -1;
    }
}
