package dev.mneme.daemon;

import dev.mneme.domain.IncomingEvent;
import dev.mneme.http.HttpApi;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Goes the ways of a session before the first one does, over the daemon's own HTTP and without
/// storing anything.
///
/// Hooks come seconds apart, and each waits for its answer: the way that they take would be
/// compiled after hundreds of them, a day's work. The installation goes it while the JVM's cache is
/// recorded, which then knows the classes and what the compiler has to know of them; each start
/// goes it again, a little and slowly, beside whatever else happens.
final class Rehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private static final int TIMEOUT_MS = 10_000;

    private static final int HTTP_OK = 200;

    /// Enough for the cache's record to hold what is worth compiling.
    private static final int RECORDED_EVENTS = 400;

    /// From here on an event takes what it takes after a day.
    private static final int EVENTS_OF_START = 300;

    /// The session that started the daemon gets its answer first.
    private static final Duration START_PAUSE = Duration.ofSeconds(2);

    /// What it leaves to others: twice the time that it takes, and at least this.
    private static final Duration PAUSE = Duration.ofMillis(8);

    /// However slow the machine is: a start is over then.
    private static final Duration START_MAX = Duration.ofSeconds(7);

    private static final Duration STOP_MAX = Duration.ofSeconds(1);

    private static final String OLD_LINES =
            """
                def wait(attempt):
                    delay = base * 2 ** attempt
                    return delay

            """;

    private static final String NEW_LINES =
            """
                def wait(attempt):
                    delay = min(limit, base * 2 ** attempt)
                    return delay

            """;

    /// The events of a day, in about their shares.
    private static final List<Map<String, Object>> EVENTS =
            List.of(
                    Map.of(
                            "tool_name",
                            "Edit",
                            "tool_input",
                            Map.of(
                                    "file_path",
                                    "/work/shop/src/retry.py",
                                    "old_string",
                                    OLD_LINES.repeat(3),
                                    "new_string",
                                    NEW_LINES.repeat(3)),
                            "tool_response",
                            Map.of("filePath", "/work/shop/src/retry.py")),
                    Map.of(
                            "tool_name",
                            "Bash",
                            "tool_input",
                            Map.of("command", "python -m pytest -q", "description", "Run tests"),
                            "tool_response",
                            Map.of(
                                    "stdout",
                                    "tests/test_retry.py ....F\n\n1 failed, 4 passed in 0.31s\n",
                                    "stderr",
                                    "",
                                    "interrupted",
                                    false)),
                    Map.of(
                            "tool_name",
                            "Read",
                            "tool_input",
                            Map.of("file_path", "/work/shop/src/retry.py"),
                            "tool_response",
                            Map.of(
                                    "type",
                                    "text",
                                    "file",
                                    Map.of(
                                            "filePath",
                                            "/work/shop/src/retry.py",
                                            "content",
                                            OLD_LINES.repeat(20),
                                            "numLines",
                                            80))),
                    Map.of(
                            "tool_name",
                            "Write",
                            "tool_input",
                            Map.of(
                                    "file_path",
                                    "/work/shop/src/limits.py",
                                    "content",
                                    NEW_LINES.repeat(10)),
                            "tool_response",
                            Map.of("type", "create", "filePath", "/work/shop/src/limits.py")));

    private final HttpApi api;
    private final String token;
    private final Path folder;
    private final Thread thread;
    private volatile boolean stopped;

    /// @param folder exists, and stands for the folder that an agent works in
    Rehearsal(HttpApi api, String token, Path folder) {
        this.api = api;
        this.token = token;
        this.folder = folder;
        this.thread =
                Thread.ofPlatform()
                        .name("mneme-rehearsal")
                        .daemon(true)
                        .unstarted(this::besideTheStart);
    }

    /// All ways at once, for the installation: a check that it works, and what its cache is made
    /// of.
    void record() throws IOException {
        ask("GET", "/api/health", "");
        ask("GET", "/api/openapi.json", "");
        ask("POST", "/api/observations/search", "{\"query\":\"rehearsal\"}");
        ask("POST", "/api/hooks/stop", "{}");
        try {
            for (int i = 0; i < RECORDED_EVENTS; i++) {
                event(i);
            }
        } catch (IOException failed) {
            // The cache knows less then; the installation works all the same.
            LOG.info("rehearsal ended early: error={}", failed.getClass().getSimpleName());
        }
    }

    /// Begins soon, on a thread of its own, and ends by itself.
    void start() {
        thread.start();
    }

    /// Waits for the event that is under way.
    void stop() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(STOP_MAX.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void besideTheStart() {
        long endNanos = System.nanoTime() + START_MAX.toNanos();
        try {
            Thread.sleep(START_PAUSE);
            for (int i = 0; i < EVENTS_OF_START && !stopped; i++) {
                long begunNanos = System.nanoTime();
                if (begunNanos - endNanos > 0) {
                    return;
                }
                event(i);
                Duration taken = Duration.ofNanos(System.nanoTime() - begunNanos);
                Thread.sleep(PAUSE.plus(taken.multipliedBy(2)));
            }
        } catch (InterruptedException stop) {
            return;
        } catch (IOException | RuntimeException failed) {
            // What it would have sped up works all the same.
            LOG.info("rehearsal ended early: error={}", failed.getClass().getSimpleName());
        }
    }

    private void event(int number) throws IOException {
        var event = new LinkedHashMap<String, Object>();
        event.put("session_id", "rehearsal");
        event.put("cwd", folder.toString());
        event.put("hook_event_name", "PostToolUse");
        event.put("tool_use_id", "rehearsal-" + number);
        event.putAll(EVENTS.get(number % EVENTS.size()));
        int status = ask("POST", "/api/hooks/post-tool-use", Json.write(event));
        if (status != HTTP_OK) {
            throw new IOException("the daemon answered " + status);
        }
    }

    private int ask(String method, String path, String body) throws IOException {
        var address = URI.create("http://127.0.0.1:" + api.port() + path).toURL();
        var connection = (HttpURLConnection) address.openConnection();
        connection.setConnectTimeout(TIMEOUT_MS);
        connection.setReadTimeout(TIMEOUT_MS);
        connection.setRequestMethod(method);
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestProperty(HookHeaders.AGENT, IncomingEvent.REHEARSAL);
        // As hooks do.
        connection.setRequestProperty("Connection", "close");
        try {
            if (!body.isEmpty()) {
                connection.setDoOutput(true);
                connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            }
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }
}
