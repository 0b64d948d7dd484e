package dev.mneme.llama;

import java.time.Duration;

/// What a model answered, and what that cost. `toString` holds no content.
///
/// @param promptTokens that the model read
/// @param answerTokens that it wrote
/// @param cpu time of all its threads, without the loading
public record Answer(String text, int promptTokens, int answerTokens, Duration cpu) {

    @Override
    public String toString() {
        return "Answer[" + promptTokens + " in, " + answerTokens + " out]";
    }
}
