package dev.mneme.console;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A real Chromium without a window, driven over its DevTools protocol. It has a profile of its own
/// in a throwaway folder, which is its home as well.
final class Chromium implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    private static final long POLL_MS = 20;

    private static final String REQUIREMENT = "MNEME_REQUIRE_BROWSER";

    private final Path profile;
    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final Map<String, Consumer<JsonNode>> listeners = new ConcurrentHashMap<>();

    /// One that is installed; empty, with a line of what is not run, where there is none. With
    /// `MNEME_REQUIRE_BROWSER=1` that fails.
    static Optional<Path> find(String what) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
                Path program = Path.of(folder).resolve(name);
                if (Files.isExecutable(program)) {
                    return Optional.of(program);
                }
            }
        }
        if ("1".equals(System.getenv(REQUIREMENT))) {
            throw new AssertionError(
                    REQUIREMENT + "=1, but there is no Chromium on the PATH for " + what);
        }
        System.out.println("not run: " + what + " (no Chromium on the PATH)");
        return Optional.empty();
    }

    Chromium(Path program) throws IOException, InterruptedException {
        profile = Files.createTempDirectory("mneme-chromium-");
        var command = new ArrayList<>(List.of(program.toString(), "--headless=new"));
        if (System.getProperty("user.name").equals("root")) {
            // Its sandbox refuses root.
            command.add("--no-sandbox");
        }
        command.addAll(
                List.of(
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile.resolve("profile"),
                        "--no-first-run",
                        "--no-default-browser-check",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-default-apps",
                        "--disable-dev-shm-usage",
                        "--disable-extensions",
                        "--disable-gpu",
                        "--disable-sync",
                        // A phone's lie over the page; here they would take 15 of its 320 pixels.
                        "--hide-scrollbars",
                        "--metrics-recording-only",
                        "--no-proxy-server",
                        "about:blank"));
        var builder = new ProcessBuilder(command);
        builder.environment().put("HOME", profile.toString());
        builder.environment().remove("XDG_CONFIG_HOME");
        builder.redirectErrorStream(true).redirectOutput(profile.resolve("log").toFile());
        process = builder.start();
        socket =
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .connectTimeout(ANSWER_TIMEOUT)
                        .buildAsync(address(), new Answers())
                        .join();
    }

    /// The browser writes where it listens when it does.
    private URI address() throws IOException, InterruptedException {
        Path file = profile.resolve("profile").resolve("DevToolsActivePort");
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            if (lines.size() == 2) {
                return URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
            }
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new AssertionError(
                        "Chromium did not start: " + Files.readString(profile.resolve("log")));
            }
            Thread.sleep(POLL_MS);
        }
    }

    /// A window of its own, which shares nothing with others.
    Tab open() {
        String context =
                send(null, "Target.createBrowserContext", Map.of())
                        .at("/browserContextId")
                        .asString();
        String target =
                send(
                                null,
                                "Target.createTarget",
                                Map.of("url", "about:blank", "browserContextId", context))
                        .at("/targetId")
                        .asString();
        String session =
                send(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                        .at("/sessionId")
                        .asString();
        return new Tab(this, session, context);
    }

    void listen(String session, Consumer<JsonNode> listener) {
        listeners.put(session, listener);
    }

    void closeContext(String session, String context) {
        listeners.remove(session);
        send(null, "Target.disposeBrowserContext", Map.of("browserContextId", context));
    }

    /// @param session of a tab; null for the browser itself
    JsonNode send(@Nullable String session, String method, Map<String, ?> parameters) {
        int number = numbers.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        waiting.put(number, answer);
        var message = new LinkedHashMap<String, Object>();
        message.put("id", number);
        message.put("method", method);
        message.put("params", parameters);
        if (session != null) {
            message.put("sessionId", session);
        }
        synchronized (socket) {
            socket.sendText(Json.write(message), true).join();
        }
        try {
            JsonNode answered = answer.get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            if (answered.has("error")) {
                throw new AssertionError(method + ": " + answered.get("error"));
            }
            return answered.path("result");
        } catch (TimeoutException | ExecutionException failed) {
            throw new AssertionError("Chromium did not answer " + method, failed);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new CompletionException(stop);
        } finally {
            waiting.remove(number);
        }
    }

    private final class Answers implements WebSocket.Listener {

        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonNode message = Json.tree(text.toString());
                text.setLength(0);
                if (message.has("id")) {
                    CompletableFuture<JsonNode> answer = waiting.get(message.get("id").asInt());
                    if (answer != null) {
                        answer.complete(message);
                    }
                } else {
                    Consumer<JsonNode> listener =
                            listeners.get(message.path("sessionId").asString(""));
                    if (listener != null) {
                        listener.accept(message);
                    }
                }
            }
            from.request(1);
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder()).forEach(Chromium::delete);
        } catch (UncheckedIOException stillWritten) {
            // A helper of the browser may still be ending; the folder is below the system's own.
            Objects.requireNonNull(stillWritten);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException inUse) {
            throw new UncheckedIOException(inUse);
        }
    }
}
