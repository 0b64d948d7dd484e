package dev.mneme.extract.model;

import dev.mneme.llama.Answer;
import dev.mneme.llama.LocalModel;
import dev.mneme.llama.ModelFailure;
import dev.mneme.llama.Question;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;

/// A model in a file on this machine. Its answers are of the right shape by construction.
public final class LocalBackend implements Backend {

    public static final String NAME = "local";

    /// English has four characters a token, code three, other languages fewer. Too many are
    /// noticed before anything is computed.
    private static final int CHARS_PER_TOKEN = 3;

    /// What the instruction takes of the context.
    private static final int SYSTEM_TOKENS = 700;

    private static final String NONSENSE_CURE =
            "choose another model with `mneme models use`: this one does not keep to the form that"
                    + " it is given";

    private final LocalModel model;
    private final Breaker breaker = new Breaker(InstantSource.system());
    private final int answerTokensMax;
    private final String modelName;

    public LocalBackend(LocalModel model, int answerTokensMax) {
        this.model = model;
        this.answerTokensMax = answerTokensMax;
        String file = String.valueOf(model.file().getFileName());
        this.modelName = file.endsWith(".gguf") ? file.substring(0, file.length() - 5) : file;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String model() {
        return modelName;
    }

    @Override
    public int turnCharsMax() {
        int tokens = model.limits().contextTokens() - answerTokensMax - SYSTEM_TOKENS;
        return Math.max(0, tokens) * CHARS_PER_TOKEN;
    }

    @Override
    public int answerTokensMax() {
        return answerTokensMax;
    }

    @Override
    public boolean local() {
        return true;
    }

    @Override
    public Reply ask(Asked asked) throws BackendFailure, InterruptedException {
        Duration pause = breaker.pause();
        if (pause.isPositive()) {
            throw new BackendFailure(
                    BackendFailure.Kind.AWAY,
                    "the model is left alone for another " + pause.toSeconds() + " s");
        }
        long begun = System.nanoTime();
        try {
            Answer answer =
                    model.ask(
                            new Question(
                                    asked.system(),
                                    asked.user(),
                                    asked.shape().grammar(),
                                    answerTokensMax,
                                    0,
                                    0));
            return new Reply(
                    answer.text(),
                    new Usage(
                            answer.promptTokens(),
                            answer.answerTokens(),
                            since(begun),
                            answer.cpu()));
        } catch (ModelFailure failure) {
            throw new BackendFailure(
                    switch (failure.kind()) {
                        case FILE_MISSING, FILE_TOO_LARGE, FILE_REFUSED, NO_ROOM, RESTING ->
                                BackendFailure.Kind.AWAY;
                        case CRASHED, TIMED_OUT, QUESTION_REFUSED -> BackendFailure.Kind.FAILED;
                        case TOO_LONG -> BackendFailure.Kind.TOO_LONG;
                    },
                    String.valueOf(failure.getMessage()),
                    new Usage(0, 0, since(begun), Duration.ZERO));
        }
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    @Override
    public void understood() {
        breaker.succeeded();
    }

    @Override
    public void notUnderstood(String why) {
        breaker.failed("the model answered, but " + why, NONSENSE_CURE);
    }

    @Override
    public State state() {
        LocalModel.State state = model.state();
        State judged = breaker.state();
        if (state.failure() == null && judged.problem() != null) {
            return judged;
        }
        return new State(
                switch (state.phase()) {
                    case LOADED -> "loaded";
                    case RESTING -> "resting";
                    case UNLOADED -> state.failure() == null ? "ready" : "broken";
                },
                state.problem(),
                cure(state.failure()));
    }

    private static @Nullable String cure(@Nullable ModelFailure failure) {
        return failure == null
                ? null
                : switch (failure.kind()) {
                    case FILE_MISSING ->
                            "download it with `mneme models pull`, or set `MNEME_EXTRACT_MODEL` to"
                                    + " a GGUF file";
                    case FILE_REFUSED ->
                            "look at the file with `mneme models verify` and download it again if"
                                    + " it is broken; if it is whole, raise"
                                    + " `MNEME_EXTRACT_MEMORY_MB`, lower `MNEME_EXTRACT_CONTEXT`,"
                                    + " or choose another";
                    case FILE_TOO_LARGE ->
                            "choose a smaller model, or raise `MNEME_EXTRACT_MEMORY_MB`";
                    case NO_ROOM -> "free some space there";
                    case CRASHED ->
                            "raise `MNEME_EXTRACT_MEMORY_MB` where it needs more, or choose"
                                    + " another model";
                    case TIMED_OUT -> "choose a smaller model, or raise `MNEME_EXTRACT_SECONDS`";
                    case TOO_LONG, QUESTION_REFUSED, RESTING -> null;
                };
    }

    @Override
    public void close() {
        model.close();
    }
}
