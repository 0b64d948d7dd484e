package dev.mneme.extract.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.domain.Concept;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.extract.TurnText;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;

/// Models that run elsewhere answer what they like.
final class ModelAnswerTest {

    private static final TurnText TURN =
            new TurnText("a turn", List.of(71L, 72L, 73L), List.of("a.java", "b.java"), Set.of());

    static final String GOOD =
            """
            {"skip":"","observations":[{"type":"bugfix","title":" Cap the backoff ",\
            "subtitle":"","narrative":"It grew without a bound.","facts":["the cap is 30 s",\
            "the cap is 30 s"],"concepts":["problem-solution","nonsense"],"files_read":[1,2],\
            "files_modified":[2,9,-1],"events":[3,2,3,99]}],\
            "summary":{"request":"fix it","investigated":"","learned":"","completed":"done",\
            "next_steps":""}}""";

    @Test
    void whatItNamesByNumberIsWhatTheTurnHas() throws Exception {
        ModelAnswer answer = ModelAnswer.read(GOOD, TURN);

        assertThat(answer.skip()).isNull();
        assertThat(answer.found()).hasSize(1);
        ModelAnswer.Found found = answer.found().getFirst();
        assertThat(found.eventIds()).containsExactly(73L, 72L);
        assertThat(found.draft().title()).isEqualTo("Cap the backoff");
        assertThat(found.draft().subtitle()).isNull();
        assertThat(found.draft().type()).isEqualTo(ObservationType.BUGFIX);
        assertThat(found.draft().facts()).containsExactly("the cap is 30 s");
        assertThat(found.draft().concepts()).containsExactly(Concept.PROBLEM_SOLUTION);
        assertThat(found.draft().filesModified()).containsExactly("b.java");
        assertThat(found.draft().filesRead()).containsExactly("a.java");
        assertThat(answer.summary())
                .isEqualTo(new SummaryDraft("fix it", null, null, "done", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "```json\n%s\n```",
                "<think>perhaps {\"skip\":\"routine\"} is right</think>\n%s",
                "Here it is: %s I hope that helps }"
            })
    void whatStandsAroundTheJsonIsPassedOver(String around) throws Exception {
        assertThat(ModelAnswer.read(around.replace("%s", GOOD), TURN))
                .isEqualTo(ModelAnswer.read(GOOD, TURN));
    }

    @Test
    void aReasonToSkipIsAnAnswerAndAnUnknownOneIsNothingNew() throws Exception {
        assertThat(ModelAnswer.read("{\"skip\":\"routine\",\"observations\":[]}", TURN).skip())
                .isEqualTo("routine");
        assertThat(ModelAnswer.read("{\"skip\":\"bored\",\"observations\":[]}", TURN).skip())
                .isEqualTo("nothing-new");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "I cannot do that",
                "[]",
                "{",
                "{\"skip\":\"\",\"observations\":[{\"type\":\"bugfix\",\"tit",
                "{\"skip\":\"\",\"observations\":{}}",
                "{\"skip\":\"\",\"observations\":[]}",
                "{\"skip\":\"\",\"observations\":[{\"title\":\"  \"},7,null]}",
                "{\"title\":\"another schema\"}",
                "{\"skip\":}"
            })
    void whatMakesNoSenseIsRefusedWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> ModelAnswer.read(text, TURN))
                .isInstanceOf(ModelAnswer.BadAnswer.class)
                .message()
                .doesNotContain("another")
                .doesNotContain("cannot do");
    }

    @Test
    void whatIsTooLongIsCutBetweenCharacters() throws Exception {
        String title = "\ud83d\ude00".repeat(100);
        ModelAnswer answer =
                ModelAnswer.read(
                        "{\"skip\":\"\",\"observations\":[{\"title\":\"" + title + "\"}]}", TURN);
        assertThat(answer.found().getFirst().draft().title())
                .hasSizeLessThanOrEqualTo(120)
                .isEqualTo("\ud83d\ude00".repeat(60));
        assertThat(answer.found().getFirst().draft().type()).isEqualTo(ObservationType.DISCOVERY);
    }
}
