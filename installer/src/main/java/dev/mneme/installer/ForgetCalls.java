package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.time.Duration;

/// Forgetting and redacting over REST, with every refusal as something a person can act on.
final class ForgetCalls {

    /// All of a large project moves in one transaction, and tables may be written anew behind it.
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private static final String FORGET = "/api/forget";

    private final DaemonClient client;

    ForgetCalls(DaemonClient client) {
        this.client = client;
    }

    Wire.ForgetResponse forget(Wire.ForgetRequest request) throws Failure {
        return post("forget", FORGET, request, Wire.ForgetResponse.class);
    }

    Wire.ForgottenList list() throws Failure {
        try {
            return read(
                    "list what was forgotten",
                    client.get(FORGET, TIMEOUT),
                    Wire.ForgottenList.class);
        } catch (DaemonUnavailable down) {
            throw unavailable(down);
        }
    }

    Wire.ForgottenView restore(long id) throws Failure {
        return post(
                "restore " + id,
                FORGET + "/restore",
                new Wire.ForgottenRequest(id),
                Wire.ForgottenView.class);
    }

    Wire.ErasedResponse erase(long id) throws Failure {
        return post(
                "erase " + id,
                FORGET + "/erase",
                new Wire.ForgottenRequest(id),
                Wire.ErasedResponse.class);
    }

    Wire.RedactResponse redact(boolean apply, @Nullable String next) throws Failure {
        return post(
                "scan",
                "/api/redact",
                new Wire.RedactRequest(apply, next),
                Wire.RedactResponse.class);
    }

    private <T> T post(String attempt, String path, Object request, Class<T> type) throws Failure {
        try {
            return read(attempt, client.post(path, request, TIMEOUT), type);
        } catch (DaemonUnavailable down) {
            throw unavailable(down);
        }
    }

    private static Failure unavailable(DaemonUnavailable down) {
        return new Failure(String.valueOf(down.getMessage()), down.hint(), down);
    }

    private static <T> T read(String attempt, DaemonClient.Answer answer, Class<T> type)
            throws Failure {
        try {
            if (answer.ok()) {
                return Json.read(answer.body(), type);
            }
            Problem problem = Json.read(answer.body(), Problem.class);
            String hint = problem.hint();
            throw new Failure(
                    "cannot " + attempt + ": " + problem.detail() + " [" + problem.code() + "]",
                    hint == null ? "see `mneme doctor`" : hint);
        } catch (JacksonException unreadable) {
            throw new Failure(
                    "cannot " + attempt + ": the answer of the daemon is unreadable",
                    "restart it with `mneme restart`; it may be of another version",
                    unreadable);
        }
    }
}
