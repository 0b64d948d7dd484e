package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/// Calls of the daemon's REST interface, with every refusal as something a person can act on.
final class RestCalls {

    private final DaemonClient client;
    private final Duration timeout;

    RestCalls(DaemonClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    private interface Call {
        DaemonClient.Answer make() throws DaemonUnavailable;
    }

    /// @param attempt what the call is to do, as in `show job 7`
    <T> T get(String attempt, String path, Class<T> type) throws Failure {
        return answer(attempt, () -> client.get(path, timeout), type);
    }

    <T> T post(String attempt, String path, Object request, Class<T> type) throws Failure {
        return answer(attempt, () -> client.post(path, request, timeout), type);
    }

    <T> T delete(String attempt, String path, Class<T> type) throws Failure {
        return answer(attempt, () -> client.delete(path, timeout), type);
    }

    private static <T> T answer(String attempt, Call call, Class<T> type) throws Failure {
        DaemonClient.Answer answer;
        try {
            answer = call.make();
        } catch (DaemonUnavailable down) {
            throw new Failure(String.valueOf(down.getMessage()), down.hint(), down);
        }
        try {
            if (answer.ok()) {
                return Json.read(answer.body(), type);
            }
            Problem problem = Json.read(answer.body(), Problem.class);
            throw new Failure(
                    "cannot " + attempt + ": " + problem.detail() + " [" + problem.code() + "]",
                    hint(problem));
        } catch (JacksonException unreadable) {
            throw new Failure(
                    "cannot " + attempt + ": the answer of the daemon is unreadable",
                    "restart it with `mneme restart`; it may be of another version",
                    unreadable);
        }
    }

    /// A hint of the REST interface may name a request; here commands are typed.
    private static String hint(Problem problem) {
        String hint = problem.hint();
        if (hint == null) {
            return "see `mneme doctor`";
        }
        return hint.contains("/api/observations")
                ? "`mneme search` shows those that there are"
                : hint;
    }

    /// A path with a parameter more, where there is a value.
    static String with(String path, String name, @Nullable String value) {
        return value == null
                ? path
                : path
                        + (path.contains("?") ? '&' : '?')
                        + name
                        + '='
                        + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /// The daemon has another working directory: what is written relative to ours is made absolute.
    /// Only what starts with a dot counts as such; anything else is a name.
    static String absolute(String project) {
        boolean relative =
                project.equals(".")
                        || project.equals("..")
                        || project.startsWith("./")
                        || project.startsWith("../");
        return relative ? Path.of(project).toAbsolutePath().normalize().toString() : project;
    }
}
