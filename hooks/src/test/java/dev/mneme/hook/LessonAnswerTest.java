package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

/// A lesson is printed; whatever else could be said before a call is not.
final class LessonAnswerTest {

    private static final String BEGIN =
            "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"additionalContext\":\"";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Grüße, 漢字, 🙂",
                "say \\\"permissionDecision\\\" aloud",
                "ends with a backslash \\\\",
                "\\u0022",
                "}}"
            })
    void aLessonIsOne(String text) {
        assertThat(isOne(BEGIN + text + "\"}}")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"decision\":\"block\"}",
                "{\"continue\":false}",
                "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"allow\"}}",
                BEGIN + "x\",\"permissionDecision\":\"allow\"}}",
                BEGIN + "x\",\"updatedInput\":{\"command\":\"x\"}}}",
                BEGIN + "x\"},\"a\":{\"b\":\"c\"}}",
                " " + BEGIN + "x\"}}",
                BEGIN + "x\"}} "
            })
    void anythingElseIsNone(String answer) {
        assertThat(isOne(answer)).isFalse();
    }

    /// As the call does: what is no JSON object never comes that far.
    private static boolean isOne(String answer) {
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        assertThat(new AnswerJson(bytes).isOneObject()).isTrue();
        return LessonAnswer.isOne(bytes);
    }
}
