package dev.mneme.bench;

import dev.mneme.protocol.Json;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;

/// Sends events to a daemon over connections that each wait for the answer to the one before.
///
/// It shares the machine with what it measures, so it costs as little as `pgbench` does: a request
/// is made once and only its id changes, and two threads look after all connections.
final class EventLoad {

    /// What every event's `tool_use_id` begins with.
    static final String ID_PREFIX = "bench-";

    private static final int THREADS = 2;

    private static final int ANSWER_BYTES_MAX = 16 * 1024;
    private static final long SILENCE_MS_MAX = 30_000;

    private static final int ID_DIGITS = 32;
    private static final String ID_PLACE = "#".repeat(ID_DIGITS);

    private final int port;
    private final String token;
    private final Path workingDirectory;

    /// @param workingDirectory of all sessions
    EventLoad(int port, String token, Path workingDirectory) {
        this.port = port;
        this.token = token;
        this.workingDirectory = workingDirectory;
    }

    /// Sends for so long.
    ///
    /// @return how many were answered with 200
    long run(int connections, Duration duration) throws BenchFailure, InterruptedException {
        long endNanos = System.nanoTime() + duration.toNanos();
        var problems = new ConcurrentLinkedQueue<String>();
        var loops = new ArrayList<Loop>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < THREADS; i++) {
            var loop = new Loop(sessions(i, connections), endNanos, problems);
            loops.add(loop);
            threads.add(Thread.ofPlatform().name("connections-" + i).daemon(true).start(loop));
        }
        long answered = 0;
        for (int i = 0; i < THREADS; i++) {
            threads.get(i).join(duration.plusMillis(2 * SILENCE_MS_MAX));
            answered += loops.get(i).answered;
        }
        if (!problems.isEmpty()) {
            throw new BenchFailure(
                    "a connection failed: " + problems.peek(), "see the log of the daemon");
        }
        return answered;
    }

    /// Each connection has a session of its own.
    private static List<String> sessions(int thread, int connections) {
        var sessions = new ArrayList<String>();
        for (int i = thread; i < connections; i += THREADS) {
            sessions.add(ID_PREFIX + i);
        }
        return sessions;
    }

    /// Some of the connections, on one thread.
    private final class Loop implements Runnable {

        private final List<String> sessions;
        private final long endNanos;
        private final ConcurrentLinkedQueue<String> problems;

        private int open;

        /// Read after the thread's end.
        private long answered;

        Loop(List<String> sessions, long endNanos, ConcurrentLinkedQueue<String> problems) {
            this.sessions = sessions;
            this.endNanos = endNanos;
            this.problems = problems;
        }

        @Override
        public void run() {
            try (Selector selector = Selector.open()) {
                try {
                    for (String session : sessions) {
                        new Connection(session, selector).send();
                        open++;
                    }
                    while (open > 0) {
                        if (selector.select(this::ready, SILENCE_MS_MAX) == 0) {
                            throw new IOException("no answer for " + SILENCE_MS_MAX + " ms");
                        }
                    }
                } finally {
                    for (SelectionKey key : selector.keys()) {
                        key.channel().close();
                    }
                }
            } catch (IOException | UncheckedIOException broken) {
                problems.add(String.valueOf(broken.getMessage()));
            }
        }

        private void ready(SelectionKey key) {
            try {
                var connection = (Connection) key.attachment();
                if (!connection.isAnswered()) {
                    return;
                }
                answered++;
                if (System.nanoTime() < endNanos) {
                    connection.send();
                } else {
                    key.channel().close();
                    open--;
                }
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    }

    /// One connection, with its request ready to be sent.
    private final class Connection {

        private final SocketChannel channel;
        private final ByteBuffer request;
        private final int idAt;
        private final HttpAnswer answer = new HttpAnswer(ANSWER_BYTES_MAX);
        private long next;

        Connection(String session, Selector selector) throws IOException {
            byte[] bytes = request(session).getBytes(StandardCharsets.US_ASCII);
            request = ByteBuffer.allocateDirect(bytes.length).put(bytes);
            idAt = new String(bytes, StandardCharsets.US_ASCII).indexOf(ID_PLACE);
            // Runs of the benchmark and connections never give two events one id.
            next = ThreadLocalRandom.current().nextLong();
            put(idAt, ThreadLocalRandom.current().nextLong());
            channel =
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send() throws IOException {
            put(idAt + ID_DIGITS / 2, next++);
            request.rewind();
            channel.write(request);
            if (request.hasRemaining()) {
                throw new IOException("a request did not fit into the socket's buffer");
            }
        }

        /// Reads what has come.
        boolean isAnswered() throws IOException {
            if (channel.read(answer.buffer()) < 0) {
                throw new EOFException("the daemon closed the connection");
            }
            return answer.isWhole();
        }

        private void put(int at, long number) {
            for (int digit = 0; digit < ID_DIGITS / 2; digit++) {
                int bits = (int) (number >>> (60 - 4 * digit)) & 0xF;
                request.put(at + digit, (byte) HexFormat.of().toLowHexDigit(bits));
            }
        }

        private String request(String session) {
            String body = body(session);
            return "POST /api/queue HTTP/1.1\r\nHost: 127.0.0.1:"
                    + port
                    + "\r\nAuthorization: Bearer "
                    + token
                    + "\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length()
                    + "\r\n\r\n"
                    + body;
        }
    }

    /// An edit of ordinary size.
    private String body(String session) {
        Map<String, Object> input = new LinkedHashMap<>();
        input.put("file_path", "/home/dev/shop/src/gateway/retry.py");
        input.put("old_string", "    delay = base * 2 ** attempt\n".repeat(6));
        input.put("new_string", "    delay = min(limit, base * 2 ** attempt)\n".repeat(6));
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("session_id", session);
        body.put("tool_name", "Edit");
        body.put("tool_input", input);
        body.put("tool_response_preview", "The file was edited.");
        body.put("cwd", workingDirectory.toString());
        body.put("tool_use_id", ID_PREFIX + ID_PLACE);
        return Json.write(body);
    }
}
