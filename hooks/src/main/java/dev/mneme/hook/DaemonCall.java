package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// One POST to the daemon over a raw socket; the JDK's HTTP clients cost 10 to 400 ms to load.
///
/// The deadline covers everything from connect to the last byte of the answer, however slowly the
/// bytes drip. Only a 200 with an empty body or one JSON object counts as delivered: anything else
/// may come from a stranger on the daemon's old port, and the event id makes a second copy
/// harmless.
final class DaemonCall {

    /// A longer answer is none of ours: Claude Code cuts at 10,000 characters.
    static final int ANSWER_BYTES_MAX = 64 * 1024;

    private static final int HEAD_BYTES_MAX = 16 * 1024;
    private static final int SMALL_FILE_BYTES_MAX = 4 * 1024;

    /// Up to here a body fits into the socket's buffers and writing it cannot block.
    private static final int UNWATCHED_BODY_BYTES_MAX = 16 * 1024;

    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private final HookHome home;
    private final long deadlineNanos;

    DaemonCall(HookHome home, long deadlineNanos) {
        this.home = home;
        this.deadlineNanos = deadlineNanos;
    }

    /// What to print, possibly nothing; or null where the event was not delivered.
    byte @Nullable [] post(HookCall call, String startedAt, String eventId, Payload payload)
            throws IOException, InterruptedException {
        Socket connected = connectOrNull();
        if (connected == null && call.isSessionStart()) {
            connected = new DaemonStart(home, this).startAndConnect();
        }
        if (connected == null) {
            return null;
        }
        try (Socket socket = connected) {
            String token = readSmallFile(home.token()).trim();
            if (!isHeaderValue(token)) {
                return null;
            }
            SocketCutter cutter = null;
            if (payload.length() > UNWATCHED_BODY_BYTES_MAX) {
                // What follows the first write must not wait until that one is acknowledged. An
                // ordinary event is one write, and the option costs it a dozen classes.
                socket.setTcpNoDelay(true);
                cutter = SocketCutter.start(socket, deadlineNanos);
            }
            try {
                send(socket, call, startedAt, eventId, token, payload);
                return receive(socket);
            } finally {
                if (cutter != null) {
                    cutter.end();
                }
            }
        }
    }

    long millisLeft() {
        return (deadlineNanos - System.nanoTime()) / 1_000_000;
    }

    /// Null where nobody listens.
    @Nullable Socket connectOrNull() {
        long left = Math.min(Deadlines.CONNECT_MS, millisLeft());
        if (left <= 0) {
            return null;
        }
        // Without the look for a proxy, which costs more than the connection.
        Socket socket = new Socket(Proxy.NO_PROXY);
        try {
            int port = port(readSmallFile(home.daemonInfo()));
            if (port > 0) {
                InetAddress loopback = InetAddress.getByAddress(LOOPBACK);
                socket.connect(new InetSocketAddress(loopback, port), (int) left);
                return socket;
            }
        } catch (IOException nobodyListens) {
            // Said by the null below.
        }
        close(socket);
        return null;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException closed) {
            return;
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

    private static void send(
            Socket socket,
            HookCall call,
            String startedAt,
            String eventId,
            String token,
            Payload payload)
            throws IOException {
        StringBuilder head = new StringBuilder(512);
        head.append("POST /api/hooks/").append(call.event()).append(" HTTP/1.1\r\n");
        head.append("Host: 127.0.0.1:").append(socket.getPort()).append("\r\n");
        head.append("Authorization: Bearer ").append(token).append("\r\n");
        head.append("X-Mneme-Started-At: ").append(startedAt).append("\r\n");
        head.append("X-Mneme-Event-Id: ").append(eventId).append("\r\n");
        if (call.agent() != null) {
            head.append("X-Mneme-Agent: ").append(call.agent()).append("\r\n");
        }
        head.append("Content-Type: application/json\r\n");
        head.append("Content-Length: ").append(payload.length()).append("\r\n");
        head.append("Connection: close\r\n\r\n");
        OutputStream out = socket.getOutputStream();
        byte[] bytes = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        if (payload.length() > UNWATCHED_BODY_BYTES_MAX) {
            out.write(bytes);
            payload.writeTo(out);
        } else {
            byte[] whole = Arrays.copyOf(bytes, bytes.length + payload.length());
            System.arraycopy(
                    payload.copy(payload.length()), 0, whole, bytes.length, payload.length());
            out.write(whole);
        }
        out.flush();
    }

    // ---- the answer

    private byte @Nullable [] receive(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[HEAD_BYTES_MAX + 2 * ANSWER_BYTES_MAX];
        int size = 0;
        int headEnd = -1;
        while (true) {
            int count = readSome(socket, in, buffer, size);
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

    private static byte @Nullable [] accept(byte[] body) {
        if (body.length > ANSWER_BYTES_MAX) {
            return null;
        }
        return body.length == 0 || new AnswerJson(body).isOneObject() ? body : null;
    }

    private int readSome(Socket socket, InputStream in, byte[] buffer, int size)
            throws IOException {
        long left = millisLeft();
        if (left <= 0) {
            throw new SocketTimeoutException("no answer within the deadline");
        }
        if (size == buffer.length) {
            throw new EOFException("the answer is too long");
        }
        socket.setSoTimeout((int) left);
        return in.read(buffer, size, buffer.length - size);
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
