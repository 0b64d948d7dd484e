package dev.mneme.extract.model;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// A model that can be asked about a turn. Safe for use by several threads.
public interface Backend extends AutoCloseable {

    /// The word for it in the settings, in `status` and in the ledger.
    String name();

    /// The model's name, stored with what it made.
    String model();

    /// The most characters of a turn that it should be given at first.
    int turnCharsMax();

    /// No answer has more.
    int answerTokensMax();

    /// Whether this machine computes, and pays in battery instead of money.
    boolean local();

    Reply ask(Asked asked) throws BackendFailure, InterruptedException;

    /// Told that the last answer could be understood.
    default void understood() {}

    /// Told that the last answer was of no use: one that always gives such answers is left alone,
    /// and named.
    ///
    /// @param why without content
    default void notUnderstood(String why) {}

    /// How it stands, without asking it.
    State state();

    /// Ends what it holds. No answer comes afterwards.
    @Override
    void close();

    /// A question about a turn.
    ///
    /// @param system who the model is to be
    /// @param user the turn
    record Asked(String system, String user, AnswerShape shape) {

        @Override
        public String toString() {
            return "Asked[" + user.length() + " chars]";
        }
    }

    /// What came back, not yet understood.
    record Reply(String text, Usage usage) {

        @Override
        public String toString() {
            return "Reply[" + usage + "]";
        }
    }

    /// What a call took.
    ///
    /// @param cpu of this machine; zero where another one computed
    record Usage(int promptTokens, int answerTokens, Duration time, Duration cpu) {

        static final Usage NONE = new Usage(0, 0, Duration.ZERO, Duration.ZERO);
    }

    /// How a backend stands.
    ///
    /// @param word `ready`, `loaded`, `resting`, `paused`, `failing` or `broken`
    /// @param problem why the last call failed; null when it did not
    /// @param cure what a person can do about it; null where time does it
    record State(String word, @Nullable String problem, @Nullable String cure) {}
}
