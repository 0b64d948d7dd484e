package dev.mneme.extract.model;

import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/// Calls of a service elsewhere: one address, JSON there and back, within a deadline, again where
/// it asks for patience, and not at all while it keeps failing.
///
/// Never follows a redirect, which would carry the key along. What a service says of an error is
/// not repeated: it may quote what it was sent.
final class RemoteCalls implements AutoCloseable {

    private static final int TRIES_MAX = 3;
    private static final int ANSWER_BYTES_MAX = 4 << 20;
    private static final Duration CONNECT_TIME = Duration.ofSeconds(10);

    /// What a service asks to wait beyond this is a pause, not a wait.
    private static final Duration WAIT_LONGEST = Duration.ofSeconds(20);

    /// Only a person can change a key, an address or a model's name.
    private static final Duration MISCONFIGURED_PAUSE = Duration.ofMinutes(10);

    private static final double JITTER = 0.2;

    /// What a person can do about a service that gives no answer.
    private static final String SILENCE_CURE =
            "see that the service answers at the address in `mneme config list` and give it more"
                    + " time there, or take it out of `MNEME_EXTRACTOR`";

    /// What a person can do about one that does not answer what it was asked.
    private static final String NONSENSE_CURE =
            "choose a model there that keeps to a JSON schema, or take it out of"
                    + " `MNEME_EXTRACTOR`";

    /// Nothing that a service says is believed: no answer has more tokens.
    private static final int TOKENS_MAX = 100_000_000;

    private final HttpClient client =
            HttpClient.newBuilder()
                    .connectTimeout(CONNECT_TIME)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
    private final URI address;
    private final Map<String, String> headers;
    private final Duration callTime;
    private final Duration firstWait;
    private final Breaker breaker;
    private final String name;
    private volatile boolean closed;

    /// @param headers with the key; never shown
    /// @param callTime for one try
    /// @param firstWait before the second try, where the service does not say
    RemoteCalls(
            String name,
            URI address,
            Map<String, String> headers,
            Duration callTime,
            Duration firstWait,
            InstantSource clock) {
        this.name = name;
        this.address = address;
        this.headers = Map.copyOf(headers);
        this.callTime = callTime;
        this.firstWait = firstWait;
        this.breaker = new Breaker(clock);
    }

    Backend.State state() {
        return breaker.state();
    }

    /// The JSON that the service answered with 200.
    JsonNode post(JsonNode body) throws BackendFailure, InterruptedException {
        Duration pause = breaker.pause();
        if (pause.isPositive()) {
            throw new BackendFailure(
                    BackendFailure.Kind.AWAY,
                    name + " is left alone for another " + pause.toSeconds() + " s");
        }
        byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
        long begun = System.nanoTime();
        for (int attempt = 1; ; attempt++) {
            Outcome outcome = attempt(bytes);
            if (closed) {
                throw new InterruptedException("the daemon stops");
            }
            switch (outcome) {
                case Outcome.Answered(JsonNode json) -> {
                    return json;
                }
                case Outcome.Refused(String why) -> {
                    breaker.failedFor(
                            why,
                            MISCONFIGURED_PAUSE,
                            "check the key, the address and the model of `"
                                    + name
                                    + "` in the settings, then `mneme restart`");
                    throw failure(BackendFailure.Kind.REFUSED, why, begun);
                }
                case Outcome.TooLong(String why) ->
                        throw failure(BackendFailure.Kind.TOO_LONG, why, begun);
                case Outcome.Failed(String why, OptionalLong retryAfterSeconds) -> {
                    Duration asked = Duration.ofSeconds(retryAfterSeconds.orElse(0));
                    if (asked.compareTo(WAIT_LONGEST) > 0) {
                        breaker.failedFor(why, asked, null);
                        throw failure(BackendFailure.Kind.REFUSED, why, begun);
                    }
                    if (attempt == TRIES_MAX) {
                        breaker.failed(why, SILENCE_CURE);
                        throw failure(BackendFailure.Kind.FAILED, why, begun);
                    }
                    Thread.sleep(asked.isPositive() ? asked : waitBefore(attempt + 1));
                }
            }
        }
    }

    /// What it took until it failed, however often it was tried.
    private static BackendFailure failure(BackendFailure.Kind kind, String why, long begunNanos) {
        return new BackendFailure(kind, why, usage(0, 0, begunNanos));
    }

    /// What a call took that began then.
    static Backend.Usage usage(long promptTokens, long answerTokens, long begunNanos) {
        return new Backend.Usage(
                Math.clamp(promptTokens, 0, TOKENS_MAX),
                Math.clamp(answerTokens, 0, TOKENS_MAX),
                Duration.ofNanos(System.nanoTime() - begunNanos),
                Duration.ZERO);
    }

    /// Called when the answer made sense: only then the service works.
    void succeeded() {
        breaker.succeeded();
    }

    /// Called when it did not.
    void nonsense(String why) {
        breaker.failed(name + " answered, but " + why, NONSENSE_CURE);
    }

    private Duration waitBefore(int attempt) {
        double spread = 1 + JITTER * (2 * RandomGenerator.getDefault().nextDouble() - 1);
        return Duration.ofMillis(
                Math.round(firstWait.toMillis() * Math.pow(4, attempt - 2) * spread));
    }

    private sealed interface Outcome {

        record Answered(JsonNode json) implements Outcome {}

        /// Not now: perhaps later.
        record Failed(String why, OptionalLong retryAfterSeconds) implements Outcome {}

        /// Never, unless somebody changes the settings.
        record Refused(String why) implements Outcome {}

        record TooLong(String why) implements Outcome {}
    }

    private Outcome attempt(byte[] body) throws InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address)
                        .header("content-type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        CompletableFuture<HttpResponse<byte[]>> call =
                client.sendAsync(
                        request.build(),
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        try {
            // A time of the request would end with the headers; a body may take for ever.
            return outcome(call.get(callTime.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException late) {
            return failed(name + " gave no answer within " + callTime.toSeconds() + " s");
        } catch (ExecutionException broken) {
            return failed(
                    name
                            + " cannot be reached at "
                            + address.getHost()
                            + " ("
                            + reason(broken.getCause())
                            + ")");
        } finally {
            call.cancel(true);
        }
    }

    private static String reason(@org.jspecify.annotations.Nullable Throwable cause) {
        return cause instanceof IOException ? cause.getClass().getSimpleName() : "error";
    }

    private static Outcome failed(String why) {
        return new Outcome.Failed(why, OptionalLong.empty());
    }

    private Outcome outcome(HttpResponse<byte[]> response) {
        String why = name + " answered " + response.statusCode();
        return switch (response.statusCode()) {
            case 200 -> {
                try {
                    JsonNode json = Json.tree(new String(response.body(), StandardCharsets.UTF_8));
                    yield json != null && json.isObject()
                            ? new Outcome.Answered(json)
                            : failed(name + " answered something else than JSON");
                } catch (JacksonException garbage) {
                    yield failed(name + " answered something else than JSON");
                }
            }
            case 413 -> new Outcome.TooLong(why);
            case 408, 429, 500, 502, 503, 504, 529 -> new Outcome.Failed(why, retryAfter(response));
            case 401, 403 -> new Outcome.Refused(why + ": check the key");
            case 404 -> new Outcome.Refused(why + ": check the address and the model's name");
            default -> new Outcome.Refused(why);
        };
    }

    private static OptionalLong retryAfter(HttpResponse<?> response) {
        try {
            return response.headers().firstValueAsLong("retry-after");
        } catch (NumberFormatException aDate) {
            return OptionalLong.empty();
        }
    }

    @Override
    public void close() {
        closed = true;
        client.shutdownNow();
    }
}
