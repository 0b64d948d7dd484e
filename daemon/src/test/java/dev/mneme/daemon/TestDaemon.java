package dev.mneme.daemon;

import dev.mneme.config.ExtractionSettings;
import dev.mneme.config.Settings;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// The daemon as it runs, in this JVM, on a throwaway database and in a throwaway home: the same
/// life cycle, HTTP server, loops and files.
public final class TestDaemon implements AutoCloseable {

    private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

    /// Long enough for the requests of a test to belong together, short enough to wait for.
    private static final Duration TURN_IDLE_MAX = Duration.ofMillis(400);

    private static final int ATTEMPTS_MAX = 3;

    private static final int PORT_FIRST = 20_000;
    private static final int PORT_END = 32_000;
    private static final int PORT_ATTEMPTS_MAX = 100;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path folder;
    private final MnemeHome home;
    private final TestDatabase database;
    private final int port;
    private final Ways ways;
    private final String token;
    private Lifecycle lifecycle;

    /// What tests choose of the settings.
    private record Ways(
            Duration turnIdleMax, ExtractionSettings extraction, int promptHits, int attemptsMax) {

        Ways(Duration turnIdleMax, ExtractionSettings extraction) {
            this(turnIdleMax, extraction, 0, ATTEMPTS_MAX);
        }
    }

    private TestDaemon(Path folder, TestDatabase database, int port, Ways ways, Lifecycle lifecycle)
            throws IOException {
        this.folder = folder;
        this.home = new MnemeHome(folder);
        this.database = database;
        this.port = port;
        this.ways = ways;
        this.lifecycle = lifecycle;
        this.token = PrivateHome.token(home);
    }

    public static TestDaemon start() {
        return start(TURN_IDLE_MAX);
    }

    /// The same with another bound for silent turns.
    ///
    /// @param turnIdleMax how soon a turn is over in which nothing happens any more
    public static TestDaemon start(Duration turnIdleMax) {
        return start(new Ways(turnIdleMax, ExtractionSettings.of(Map.of())));
    }

    /// Starts one with models.
    ///
    /// @param keys settings about them, as in `.env`
    public static TestDaemon start(Map<String, String> keys) {
        return start(keys, ATTEMPTS_MAX);
    }

    /// The same with another number of tries for a turn.
    public static TestDaemon start(Map<String, String> keys, int attemptsMax) {
        return start(new Ways(TURN_IDLE_MAX, ExtractionSettings.of(keys), 0, attemptsMax));
    }

    /// Starts one that gives prompts memories.
    public static TestDaemon startWithPromptHits(int promptHits) {
        return start(
                new Ways(TURN_IDLE_MAX, ExtractionSettings.of(Map.of()), promptHits, ATTEMPTS_MAX));
    }

    private static TestDaemon start(Ways ways) {
        try {
            Path folder = Files.createTempDirectory("mneme-daemon-");
            TestDatabase database = TestDatabase.create();
            int port = freePort();
            return new TestDaemon(folder, database, port, ways, open(folder, database, port, ways));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// Ends the daemon in order and starts another on the same home and database.
    public void restart() {
        lifecycle.close();
        lifecycle = open(folder, database, port, ways);
    }

    private static Lifecycle open(Path folder, TestDatabase database, int port, Ways ways) {
        try {
            MnemeHome home = new MnemeHome(folder);
            PrivateHome.prepare(home);
            Lifecycle lifecycle = Lifecycle.start(home, settings(database, port, ways));
            lifecycle.announce();
            return lifecycle;
        } catch (StartFailure | InterruptedException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static Settings settings(TestDatabase database, int port, Ways ways) {
        URI address = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        return settings(
                port,
                new Settings.ExternalDatabase(
                        address.getHost(),
                        address.getPort(),
                        address.getPath().substring(1),
                        database.user(),
                        new Settings.Secret(database.password())),
                ways);
    }

    /// The defaults, but for where the database is and for how soon a silent turn is over.
    static Settings settings(int port, Settings.ExternalDatabase database) {
        return settings(port, database, new Ways(TURN_IDLE_MAX, ExtractionSettings.of(Map.of())));
    }

    private static Settings settings(int port, Settings.ExternalDatabase database, Ways ways) {
        return new Settings(
                Optional.of(port),
                Optional.of(database),
                "english",
                Duration.ofSeconds(5),
                ways.attemptsMax(),
                ways.turnIdleMax(),
                Duration.ofDays(30),
                Duration.ofDays(30),
                Duration.ofDays(365),
                Duration.ofDays(365),
                List.of(),
                List.of(),
                Duration.ofDays(7),
                Optional.empty(),
                2_000,
                ways.promptHits(),
                ways.extraction());
    }

    /// What an installation does once the database is ready.
    void rehearse() throws StartFailure {
        lifecycle.rehearse();
    }

    public MnemeHome home() {
        return home;
    }

    public int port() {
        return port;
    }

    public String token() {
        return token;
    }

    public Connection connect() throws SQLException {
        return database.connect();
    }

    /// An answer with its body as text; `json` reads it.
    public record Answer(int status, String body) {

        public JsonNode json() {
            return Json.tree(body);
        }
    }

    public Answer get(String path) {
        return send(request(path).GET().build());
    }

    public Answer post(String path, String body) {
        return post(path, body.getBytes(StandardCharsets.UTF_8));
    }

    public Answer post(String path, byte[] body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build());
    }

    /// A request with the token, to be completed by the test.
    public HttpRequest.Builder request(String path) {
        return bare(path).header("Authorization", "Bearer " + token);
    }

    public HttpRequest.Builder bare(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(REQUEST_TIMEOUT);
    }

    public Answer send(HttpRequest request) {
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    /// Waits until every turn is over and nothing is queued, spooled or without a vector.
    public void settle() {
        settle(0);
    }

    /// The same, but for so many events of turns that stay open.
    public void settle(int open) {
        long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            JsonNode health = get("/api/health").json();
            if (health.at("/queue/scheduled").asLong() == open
                    && health.at("/queue/pending").asLong() == 0
                    && health.at("/embeddings/pending").asLong() == 0) {
                return;
            }
            Looks.pause();
        }
        throw new AssertionError("not settled: " + get("/api/health").body());
    }

    /// One value of the database, as text.
    public String sql(String query) {
        try (Connection connection = connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        } catch (SQLException failed) {
            throw new IllegalStateException(query, failed);
        }
    }

    @Override
    public void close() {
        lifecycle.close();
        database.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// A port that nobody listens on, below those that systems hand out: whoever connects somewhere
    /// in the meantime does not get it.
    public static int freePort() {
        for (int attempt = 0; attempt < PORT_ATTEMPTS_MAX; attempt++) {
            int candidate = ThreadLocalRandom.current().nextInt(PORT_FIRST, PORT_END);
            try (var socket = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // Another one, then.
            }
        }
        throw new IllegalStateException("no free port from " + PORT_FIRST + " to " + PORT_END);
    }
}
