package dev.mneme.extract.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.util.Set;
import java.util.TreeSet;

final class AnswerShapeTest {

    @ParameterizedTest
    @ValueSource(ints = {AnswerShape.TOKENS_MIN, 700, 1_024, 2_048, 4_096, 100_000})
    void theLongestAnswerEndsBeforeTheLimitWhateverTheTurnHas(int tokens) {
        for (int events : new int[] {1, 9, 60}) {
            for (int files : new int[] {0, 1, 40}) {
                AnswerShape shape = AnswerShape.within(tokens, events, files);
                assertThat(shape.tokensMax()).isLessThan(tokens);
                assertThat(shape.bounds().title()).isPositive();
                assertThat(shape.bounds().narrative()).isPositive();
            }
        }
    }

    @Test
    void moreRoomGivesLongerAnswers() {
        AnswerShape.Bounds small = AnswerShape.within(AnswerShape.TOKENS_MIN, 9, 9).bounds();
        AnswerShape.Bounds large = AnswerShape.within(4_096, 9, 9).bounds();
        assertThat(large.narrative()).isGreaterThan(2 * small.narrative());
        assertThat(large.observations()).isGreaterThan(small.observations());
        assertThat(small.observations()).isEqualTo(1);
    }

    @Test
    void aLimitThatNoAnswerFitsIntoIsRefused() {
        assertThatThrownBy(() -> AnswerShape.within(100, 1, 0)).hasMessageContaining("100 tokens");
    }

    /// What some server refuses is not in the schema, and it is the same for every turn: servers
    /// keep what they compiled from it.
    @Test
    void theSchemaHasOnlyWhatEveryServerUnderstands() {
        JsonNode schema = AnswerShape.schema();
        assertThat(schema).isEqualTo(AnswerShape.schema());
        assertOnlyCommonKeywords(schema);
    }

    private static void assertOnlyCommonKeywords(JsonNode schema) {
        var keywords = new TreeSet<>(schema.propertyNames());
        assertThat(keywords)
                .isSubsetOf(
                        "type", "enum", "items", "properties", "required", "additionalProperties");
        if (schema.path("type").stringValue("").equals("object")) {
            assertThat(schema.path("additionalProperties").asBoolean(true)).isFalse();
            Set<String> properties = new TreeSet<>(schema.path("properties").propertyNames());
            var required = new TreeSet<String>();
            schema.path("required").forEach(name -> required.add(name.stringValue("")));
            assertThat(required).isEqualTo(properties);
            schema.path("properties").forEach(AnswerShapeTest::assertOnlyCommonKeywords);
        }
        if (schema.has("items")) {
            assertOnlyCommonKeywords(schema.path("items"));
        }
    }
}
