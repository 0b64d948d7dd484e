package dev.mneme.e2e;

import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;

/// The daemon of one home as its REST clients see it.
final class Daemon implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(60);

    private final MnemeHome home;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Daemon(MnemeHome home) {
        this.home = home;
    }

    record Answer(int status, String body) {

        JsonNode json() {
            return Json.tree(body);
        }
    }

    DaemonInfo info() throws IOException {
        return Json.read(Files.readString(home.daemonInfo()), DaemonInfo.class);
    }

    ProcessHandle process() throws IOException {
        return ProcessHandle.of(info().pid()).orElseThrow();
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    Answer post(String path, String body) throws IOException, InterruptedException {
        return send("POST", path, body.getBytes(StandardCharsets.UTF_8));
    }

    Answer send(String method, String path, byte[] body) throws IOException, InterruptedException {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private HttpRequest.Builder request(String path) throws IOException {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + info().port() + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + Files.readString(home.token()).strip());
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer =
                client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(answer.statusCode(), answer.body());
    }

    /// The health document, or a missing node while the daemon cannot be asked.
    JsonNode health() throws InterruptedException {
        try {
            return get("/api/health").json();
        } catch (IOException down) {
            return Json.mapper().missingNode();
        }
    }

    /// Waits until every turn is over and nothing is queued, spooled or without its vector.
    void awaitSettled() throws Exception {
        Await.until(
                "the daemon has nothing left to do: " + health(),
                SETTLE_TIMEOUT,
                () -> {
                    JsonNode health = health();
                    return health.at("/queue/scheduled").asInt(-1) == 0
                            && health.at("/queue/pending").asInt(-1) == 0
                            && health.at("/embeddings/pending").asInt(-1) == 0;
                });
    }

    /// The hits of a hybrid search over all projects.
    JsonNode search(String query) throws IOException, InterruptedException {
        Answer answer =
                post(
                        "/api/observations/search",
                        Json.write(java.util.Map.of("query", query, "cross_project", true)));
        if (answer.status() != 200) {
            throw new AssertionError("search answered " + answer);
        }
        return answer.json().path("observations");
    }

    @Override
    public void close() {
        client.close();
    }
}
