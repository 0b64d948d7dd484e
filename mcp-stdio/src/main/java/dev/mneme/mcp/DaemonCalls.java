package dev.mneme.mcp;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonClient.Answer;
import dev.mneme.protocol.client.DaemonStarter;
import dev.mneme.protocol.client.DaemonUnavailable;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;

import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/// The way to the daemon: each call within a deadline, the daemon started when it is down.
///
/// A call is sent again after the daemon was started only if the first attempt never reached one;
/// a memory whose answer got lost may have been saved, and would be saved twice.
///
/// Any number of calls may find the daemon down at once; they share one attempt to start it. Safe
/// for use by many threads.
final class DaemonCalls {

    /// One call, from the moment a request may leave to its whole answer. A search takes tens of
    /// milliseconds; a first one may wait for an embedding model to load.
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    /// Requests at the daemon at one time; the others wait for their turn within `CALL_TIMEOUT`.
    /// The daemon has fewer database connections than a client may have ideas.
    static final int CALLS_AT_ONCE_MAX = 8;

    private static final Logger logger = LoggerFactory.getLogger(DaemonCalls.class);

    private final MnemeHome home;
    private final DaemonClient client;
    private final DaemonStarter starter;
    private final Semaphore turns = new Semaphore(CALLS_AT_ONCE_MAX, true);
    private final AtomicReference<@Nullable CompletableFuture<Void>> starting =
            new AtomicReference<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("daemon-call-", 0).factory());

    DaemonCalls(MnemeHome home) {
        this.home = home;
        this.client = new DaemonClient(home);
        this.starter = DaemonStarter.forSession(home, client);
    }

    /// Starts the daemon if it is down, without anybody waiting for it.
    void startInBackground() {
        var _ =
                start().exceptionally(
                                failed -> {
                                    logger.warn(
                                            "failed start of the daemon reason={}",
                                            failed.getMessage());
                                    return null;
                                });
    }

    /// The daemon's answer as a record. `what` is what the caller is attempting, as in "search".
    <T> T post(String what, String path, Object body, Class<T> answerType)
            throws ToolFailure, InterruptedException {
        Answer answer;
        try {
            answer = send(what, path, body);
        } catch (DaemonUnavailable unavailable) {
            if (wasReached(unavailable)) {
                throw new ToolFailure(failed(what, unavailable.getMessage()), unavailable.hint());
            }
            awaitStart(what);
            try {
                answer = send(what, path, body);
            } catch (DaemonUnavailable still) {
                throw new ToolFailure(failed(what, still.getMessage()), still.hint());
            }
        }
        return read(what, answer, answerType);
    }

    private Answer send(String what, String path, Object body)
            throws DaemonUnavailable, ToolFailure, InterruptedException {
        // On a thread of its own because the client's time limits are for each read; a daemon that
        // answers one byte a second would never exceed them.
        Future<Answer> answer = threads.submit(() -> inTurn(path, body));
        try {
            return answer.get(CALL_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw tooSlow(what);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof DaemonUnavailable unavailable) {
                throw unavailable;
            }
            throw new IllegalStateException(failed.getCause());
        } finally {
            answer.cancel(true); // ends the wait for a turn, closes the connection
        }
    }

    private Answer inTurn(String path, Object body) throws DaemonUnavailable, InterruptedException {
        turns.acquire();
        try {
            return client.post(path, body, CALL_TIMEOUT);
        } finally {
            turns.release();
        }
    }

    private static boolean wasReached(DaemonUnavailable unavailable) {
        Throwable cause = unavailable.getCause();
        return cause != null && !(cause instanceof ConnectException);
    }

    private void awaitStart(String what) throws ToolFailure, InterruptedException {
        try {
            start().get(Limits.DAEMON_START_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw new ToolFailure(
                    failed(
                            what,
                            "the daemon did not start within "
                                    + Limits.DAEMON_START_TIMEOUT.toSeconds()
                                    + " s"),
                    startAdvice("see what is wrong with `mneme doctor`"));
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof DaemonUnavailable unavailable) {
                throw new ToolFailure(
                        failed(what, unavailable.getMessage()), startAdvice(unavailable.hint()));
            }
            throw new IllegalStateException(failed.getCause());
        }
    }

    /// The attempt that is under way, or a new one.
    private CompletableFuture<Void> start() {
        var mine = new CompletableFuture<Void>();
        while (true) {
            CompletableFuture<Void> others = starting.get();
            if (others != null) {
                return others;
            }
            if (starting.compareAndSet(null, mine)) {
                break;
            }
        }
        threads.execute(
                () -> {
                    try {
                        starter.ensureRunning(Limits.DAEMON_START_TIMEOUT);
                        starting.set(null);
                        mine.complete(null);
                    } catch (DaemonUnavailable | InterruptedException | RuntimeException failed) {
                        starting.set(null);
                        mine.completeExceptionally(failed);
                    }
                });
        return mine;
    }

    private String startAdvice(String hint) {
        Path launcher = home.bin().resolve("mneme");
        String command = Files.isExecutable(launcher) ? launcher.toString() : "mneme";
        return hint + ", or start it by hand with `" + command + " start`";
    }

    private <T> T read(String what, Answer answer, Class<T> type) throws ToolFailure {
        if (!answer.ok()) {
            throw refused(what, answer);
        }
        try {
            return Json.read(answer.body(), type);
        } catch (JacksonException garbage) {
            throw notUnderstood(what, "the daemon's answer is not the expected JSON");
        }
    }

    private static ToolFailure refused(String what, Answer answer) {
        @Nullable Problem problem;
        try {
            problem = Json.read(answer.body(), Problem.class);
        } catch (JacksonException notProblem) {
            problem = null;
        }
        if (problem == null || isMissing(problem.detail())) {
            return notUnderstood(what, "the daemon answered with status " + answer.status());
        }
        return new ToolFailure(failed(what, problem.detail()), problem.hint());
    }

    /// What NullAway believes to be present may be absent in JSON.
    private static boolean isMissing(@Nullable Object value) {
        return value == null;
    }

    static ToolFailure notUnderstood(String what, String happened) {
        return new ToolFailure(failed(what, happened), "see what is wrong with `mneme doctor`");
    }

    private static ToolFailure tooSlow(String what) {
        return new ToolFailure(
                failed(what, "the daemon did not answer within " + CALL_TIMEOUT.toSeconds() + " s"),
                "try again; if it stays so, see what is wrong with `mneme doctor`");
    }

    private static String failed(String what, @Nullable String happened) {
        return what + " failed: " + happened;
    }
}
