package dev.mneme.hook;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A server on a real socket that speaks the daemon's side of the contract, or breaks it in one
/// chosen way.
final class StubDaemon implements Closeable {

    static final String TOKEN = "stub-token-0123456789";

    /// How the daemon behaves.
    enum Manner {
        ANSWERS,
        ANSWERS_NOTHING,
        ANSWERS_IN_CHUNKS,
        ANSWERS_LATE,
        HANGS,
        DRIPS,
        ANSWERS_GARBAGE,
        ANSWERS_NO_HTTP,
        ANSWERS_500,
        ANSWERS_TOO_MUCH,
        CLOSES_EARLY,
        CLOSES_AT_ONCE,
        NEVER_READS;

        boolean delivers() {
            return this == ANSWERS || this == ANSWERS_NOTHING || this == ANSWERS_IN_CHUNKS;
        }
    }

    /// One request as it came.
    record Request(String line, List<String> headers, String body) {}

    /// After the deadline of an ordinary event, before that of a session's start.
    private static final long LATE_MS = 600;

    /// Between two bytes: each read succeeds, the answer takes four seconds.
    private static final long DRIP_MS = 100;

    final Queue<Request> requests = new ConcurrentLinkedQueue<>();

    private final ServerSocket server;
    private final Manner manner;
    private final String answer;
    private final CountDownLatch over = new CountDownLatch(1);

    StubDaemon(Manner manner, String answer) throws IOException {
        this.manner = manner;
        this.answer = answer;
        this.server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("stub-daemon").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /// Makes a home point to this daemon.
    void register(Path home) throws IOException {
        Files.createDirectories(home.resolve("run"));
        Files.writeString(home.resolve("token"), TOKEN + "\n");
        Files.writeString(
                home.resolve("run/daemon.json"),
                "{\"pid\": 1, \"port\": " + port() + ", \"version\": \"0\"}");
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        server.close();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connected) {
        try (Socket socket = connected) {
            if (manner == Manner.CLOSES_AT_ONCE) {
                return;
            }
            if (manner == Manner.NEVER_READS) {
                over.await(60, TimeUnit.SECONDS);
                return;
            }
            Request request = read(socket.getInputStream());
            requests.add(request);
            OutputStream out = socket.getOutputStream();
            switch (manner) {
                case ANSWERS -> send(out, "200 OK", answer);
                case ANSWERS_NOTHING -> send(out, "200 OK", "");
                case ANSWERS_IN_CHUNKS -> sendInChunks(out);
                case ANSWERS_LATE -> {
                    if (!over.await(LATE_MS, TimeUnit.MILLISECONDS)) {
                        send(out, "200 OK", answer);
                    }
                }
                case HANGS -> over.await(60, TimeUnit.SECONDS);
                case DRIPS -> drip(out);
                case ANSWERS_GARBAGE -> send(out, "200 OK", "Hello, this is a stranger");
                case ANSWERS_NO_HTTP -> out.write("220 mail.example.org ESMTP\r\n".getBytes(UTF_8));
                case ANSWERS_500 -> send(out, "500 Server Error", "{\"code\":\"INTERNAL\"}");
                case ANSWERS_TOO_MUCH ->
                        send(out, "200 OK", "{\"a\":\"" + "x".repeat(300_000) + "\"}");
                case CLOSES_EARLY -> {
                    out.write(
                            "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\"".getBytes(UTF_8));
                    out.flush();
                }
                case CLOSES_AT_ONCE, NEVER_READS -> throw new IllegalStateException();
            }
        } catch (IOException | InterruptedException gone) {
            return;
        }
    }

    private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

    private static void send(OutputStream out, String status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        String head =
                "HTTP/1.1 "
                        + status
                        + "\r\nContent-Type: application/json\r\nContent-Length: "
                        + bytes.length
                        + "\r\n\r\n";
        out.write(head.getBytes(UTF_8));
        out.write(bytes);
        out.flush();
    }

    private void sendInChunks(OutputStream out) throws IOException {
        byte[] bytes = answer.getBytes(UTF_8);
        out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(UTF_8));
        int half = bytes.length / 2;
        for (int[] part : new int[][] {{0, half}, {half, bytes.length - half}}) {
            out.write((Integer.toHexString(part[1]) + "\r\n").getBytes(UTF_8));
            out.write(bytes, part[0], part[1]);
            out.write("\r\n".getBytes(UTF_8));
            out.flush();
        }
        out.write("0\r\n\r\n".getBytes(UTF_8));
        out.flush();
    }

    private void drip(OutputStream out) throws IOException, InterruptedException {
        for (byte b : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".getBytes(UTF_8)) {
            out.write(b);
            out.flush();
            if (over.await(DRIP_MS, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    private static Request read(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("the request ended in its head");
            }
            head.append((char) b);
        }
        List<String> lines = head.toString().strip().lines().toList();
        int length = 0;
        for (String line : lines) {
            if (line.startsWith("Content-Length: ")) {
                length = Integer.parseInt(line.substring(16));
            }
        }
        String body = new String(in.readNBytes(length), UTF_8);
        return new Request(lines.getFirst(), lines.subList(1, lines.size()), body);
    }
}
