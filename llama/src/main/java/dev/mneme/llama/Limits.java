package dev.mneme.llama;

import java.time.Duration;

/// How much a model may take.
///
/// @param memoryBytes of its file and everything it computes with
/// @param contextTokens question and answer together
/// @param threads that compute
/// @param loadTime from the start of the process to a loaded model
/// @param answerTime for one question
/// @param idleTime without a question, after which it is unloaded
public record Limits(
        long memoryBytes,
        int contextTokens,
        int threads,
        Duration loadTime,
        Duration answerTime,
        Duration idleTime) {

    public static final int CONTEXT_TOKENS_DEFAULT = 8_192;
    public static final long MEMORY_BYTES_DEFAULT = 3L << 30;
    public static final Duration LOAD_TIME_DEFAULT = Duration.ofMinutes(2);
    public static final Duration ANSWER_TIME_DEFAULT = Duration.ofMinutes(3);
    public static final Duration IDLE_TIME_DEFAULT = Duration.ofMinutes(5);

    private static final int THREADS_MAX = 8;

    /// Half of the processors: the other half is the user's.
    public static int threadsDefault() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, THREADS_MAX);
    }

    public static Limits defaults() {
        return new Limits(
                MEMORY_BYTES_DEFAULT,
                CONTEXT_TOKENS_DEFAULT,
                threadsDefault(),
                LOAD_TIME_DEFAULT,
                ANSWER_TIME_DEFAULT,
                IDLE_TIME_DEFAULT);
    }
}
