package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Events that take the short way in, byte by byte: however a request is cut into pieces, it is
/// answered once, in order, after its commit; and what is refused elsewhere is refused here.
@Timeout(60)
final class ShortWayIT {

    private static TestDaemon daemon;

    @BeforeAll
    static void start() {
        daemon = TestDaemon.start();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @Test
    void aBodyMayComeInPieces() throws Exception {
        String id = UUID.randomUUID().toString();
        byte[] request = request(body("pieces", id), "").getBytes(StandardCharsets.UTF_8);
        try (var connection = new Connection()) {
            int third = request.length / 3;
            for (int at = 0; at < request.length; at += third) {
                connection.send(request, at, Math.min(third, request.length - at));
            }
            assertThat(connection.answer()).startsWith("HTTP/1.1 200").contains("\"queued\"");
        }
        assertThat(stored("pieces")).containsExactly(id);
    }

    /// One connection, one answer for each request, in the order of the requests.
    @Test
    void requestsMayFollowEachOtherWithoutWaiting() throws Exception {
        var ids = new ArrayList<String>();
        var all = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            ids.add(UUID.randomUUID().toString());
            all.append(request(body("pipeline", ids.getLast()), ""));
        }
        try (var connection = new Connection()) {
            byte[] bytes = all.toString().getBytes(StandardCharsets.UTF_8);
            connection.send(bytes, 0, bytes.length);
            for (int i = 0; i < ids.size(); i++) {
                assertThat(connection.answer()).startsWith("HTTP/1.1 200").contains("\"queued\"");
            }
        }
        assertThat(stored("pipeline")).containsExactlyElementsOf(ids);
    }

    /// Whoever goes away in the middle of a request leaves nothing behind.
    @Test
    void aRequestThatEndsTooEarlyStoresNothing() throws Exception {
        byte[] request = request(body("half", "half-1"), "").getBytes(StandardCharsets.UTF_8);
        try (var connection = new Connection()) {
            connection.send(request, 0, request.length - 10);
        }
        try (var connection = new Connection()) {
            byte[] whole = request(body("half", "half-2"), "").getBytes(StandardCharsets.UTF_8);
            connection.send(whole, 0, whole.length);
            assertThat(connection.answer()).startsWith("HTTP/1.1 200");
        }
        assertThat(stored("half")).containsExactly("half-2");
    }

    @ParameterizedTest
    @CsvSource({
        "Host: evil.example,FOREIGN_HOST,403",
        "Origin: https://evil.example,FOREIGN_ORIGIN,403",
        "Authorization: Bearer wrong,TOKEN_WRONG,401",
        "Authorization: Basic x,TOKEN_MISSING,401",
    })
    void whatIsRefusedElsewhereIsRefusedHere(String header, String code, int status)
            throws Exception {
        try (var connection = new Connection()) {
            byte[] bytes =
                    request(body("refused", "refused-1"), header).getBytes(StandardCharsets.UTF_8);
            connection.send(bytes, 0, bytes.length);
            assertThat(connection.answer()).startsWith("HTTP/1.1 " + status).contains(code);
        }
        assertThat(stored("refused")).isEmpty();
    }

    /// A failure is told as on every other way.
    @Test
    void whatIsNoEventIsAnsweredWithTheReason() throws Exception {
        try (var connection = new Connection()) {
            for (String body : List.of("{\"session_id\":", "{\"tool_name\":\"Edit\"}")) {
                byte[] bytes = request(body, "").getBytes(StandardCharsets.UTF_8);
                connection.send(bytes, 0, bytes.length);
                assertThat(connection.answer())
                        .startsWith("HTTP/1.1 400")
                        .contains("application/problem+json")
                        .contains("\"request_id\"");
            }
        }
    }

    private static String body(String session, String toolUseId) {
        return "{\"session_id\":\"%s\",\"tool_name\":\"Edit\",\"tool_input\":{\"text\":\"%s\"},\"tool_use_id\":\"%s\"}"
                .formatted(session, "x".repeat(500), toolUseId);
    }

    /// @param instead a header that takes the place of the usual one of its name
    private static String request(String body, String instead) {
        var head = new StringBuilder("POST /api/queue HTTP/1.1\r\n");
        for (String usual :
                List.of(
                        "Host: 127.0.0.1:" + daemon.port(),
                        "Authorization: Bearer " + daemon.token())) {
            String name = usual.substring(0, usual.indexOf(':') + 1);
            head.append(instead.startsWith(name) ? "" : usual + "\r\n");
        }
        head.append(instead).append(instead.isEmpty() ? "" : "\r\n");
        return head.append("Content-Length: ")
                .append(body.length())
                .append("\r\n\r\n")
                .append(body)
                .toString();
    }

    /// The calls of a session, in the order in which they are stored.
    private static List<String> stored(String session) {
        String ids =
                daemon.sql(
                        """
                        SELECT coalesce(string_agg(events.tool_use_id, ' ' ORDER BY events.id), '')
                        FROM mem_events AS events
                        JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                        WHERE sessions.session_id = '%s'
                        """
                                .formatted(session));
        return ids.isEmpty() ? List.of() : List.of(ids.split(" "));
    }

    private static final class Connection implements AutoCloseable {

        private final Socket socket;
        private final BufferedReader in;

        Connection() throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), daemon.port());
            socket.setSoTimeout(30_000);
            socket.setTcpNoDelay(true);
            in =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.ISO_8859_1));
        }

        void send(byte[] bytes, int from, int size) throws IOException {
            socket.getOutputStream().write(bytes, from, size);
        }

        /// Head and content of one answer.
        String answer() throws IOException {
            var answer = new StringBuilder();
            int length = 0;
            String line = in.readLine();
            while (line != null && !line.isEmpty()) {
                answer.append(line).append('\n');
                if (line.regionMatches(true, 0, "Content-Length: ", 0, 16)) {
                    length = Integer.parseInt(line.substring(16).strip());
                }
                line = in.readLine();
            }
            for (int i = 0; i < length; i++) {
                answer.append((char) in.read());
            }
            return answer.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
