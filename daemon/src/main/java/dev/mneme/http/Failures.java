package dev.mneme.http;

import dev.mneme.forget.ForgetRefused;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.ingest.Refused;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Problem;
import dev.mneme.store.StoreException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a client is told of a failure, whichever way its request took, and what the log is told.
final class Failures {

    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    /// @param method of the request
    /// @param path as it is registered: what stands for a parameter is nobody's content
    static Problem problem(
            Throwable failure, String method, String path, @Nullable String requestId) {
        return switch (failure) {
            case ApiException wrong ->
                    Problem.of(
                            wrong.code(),
                            String.valueOf(wrong.getMessage()),
                            wrong.hint(),
                            wrong.path(),
                            requestId);
            case Refused refused ->
                    Problem.of(
                            refused.code(),
                            String.valueOf(refused.getMessage()),
                            "send one JSON object as the host sends it to hooks",
                            refused.path(),
                            requestId);
            case ForgetRefused refused ->
                    Problem.of(
                            refused.code(),
                            String.valueOf(refused.getMessage()),
                            refused.hint(),
                            null,
                            requestId);
            case ProjectResolver.Ambiguous ambiguous ->
                    Problem.of(
                                    ErrorCode.PROJECT_AMBIGUOUS,
                                    String.valueOf(ambiguous.getMessage()),
                                    "name the project by its id",
                                    "project",
                                    requestId)
                            .withCandidates(Views.candidates(ambiguous.candidates()));
            case StoreException store when store.transientFailure() ->
                    notNow(store, path, requestId);
            default -> bug(failure, method, requestId);
        };
    }

    private static Problem notNow(StoreException failure, String path, @Nullable String requestId) {
        ErrorCode code = failure.diskFull() ? ErrorCode.DISK_FULL : ErrorCode.DATABASE_UNREACHABLE;
        LOG.warn("request failed: path={} code={}", path, code);
        return Problem.of(
                code,
                String.valueOf(failure.getMessage()),
                failure.diskFull()
                        ? "free some space where the database lies"
                        : "see `mneme doctor`",
                null,
                requestId);
    }

    /// Something we did not foresee: the trace goes to the log once, nothing of it to the client.
    private static Problem bug(Throwable failure, String method, @Nullable String requestId) {
        LOG.error(
                "request failed: method={} request_id={} error={}",
                method,
                requestId,
                failure.getClass().getName(),
                withoutMessage(failure));
        return Problem.of(
                ErrorCode.INTERNAL,
                "the request failed inside the daemon",
                "look for the request id in `log/daemon.log`",
                null,
                requestId);
    }

    /// Where it happened, without what was said: messages of libraries may quote content.
    private static Throwable withoutMessage(Throwable failure) {
        var bare = new RuntimeException(failure.getClass().getName());
        bare.setStackTrace(failure.getStackTrace());
        return bare;
    }
}
