package dev.mneme.installer;

import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// Forgetting and redacting over REST.
final class ForgetCalls {

    /// All of a large project moves in one transaction, and tables may be written anew behind it.
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private static final String FORGET = "/api/forget";

    private final RestCalls calls;

    ForgetCalls(DaemonClient client) {
        this.calls = new RestCalls(client, TIMEOUT);
    }

    Wire.ForgetResponse forget(Wire.ForgetRequest request) throws Failure {
        return calls.post("forget", FORGET, request, Wire.ForgetResponse.class);
    }

    Wire.ForgottenList list() throws Failure {
        return calls.get("list what was forgotten", FORGET, Wire.ForgottenList.class);
    }

    Wire.ForgottenView restore(long id) throws Failure {
        return calls.post(
                "restore " + id,
                FORGET + "/restore",
                new Wire.ForgottenRequest(id),
                Wire.ForgottenView.class);
    }

    Wire.ErasedResponse erase(long id) throws Failure {
        return calls.post(
                "erase " + id,
                FORGET + "/erase",
                new Wire.ForgottenRequest(id),
                Wire.ErasedResponse.class);
    }

    Wire.RedactResponse redact(boolean apply, @Nullable String next) throws Failure {
        return calls.post(
                "scan",
                "/api/redact",
                new Wire.RedactRequest(apply, next),
                Wire.RedactResponse.class);
    }
}
