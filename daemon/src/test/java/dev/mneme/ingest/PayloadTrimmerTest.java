package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.node.ObjectNode;

final class PayloadTrimmerTest {

    @Test
    void dropsTheOldFileAndKeepsThePatch() {
        String trimmed =
                trim(
                        """
                        {"tool_response":{"originalFile":"old","structuredPatch":[1]},"a":1.50}
                        """);

        assertThat(trimmed).isEqualTo("{\"tool_response\":{\"structuredPatch\":[1]},\"a\":1.50}");
    }

    @Test
    void cutsALongTextInTheMiddleAndSaysHowMuch() {
        String text = "a".repeat(PayloadTrimmer.FIELD_CHARS_MAX) + "b".repeat(1_000);

        String trimmed = trim("{\"x\":{\"y\":[\"" + text + "\"]}}");

        assertThat(trimmed).contains("[cut: 1000 bytes]").contains("bbb").contains("aaa");
        assertThat(trimmed.length()).isLessThan(PayloadTrimmer.FIELD_CHARS_MAX + 100);
    }

    @Test
    void replacesWhatPostgresCannotStore() {
        String trimmed = trim("{\"x\":\"a\\u0000b\\ud800c\\ud83d\\ude00\"}");

        assertThat(trimmed).isEqualTo("{\"x\":\"a\uFFFDb\uFFFDc\uD83D\uDE00\"}");
    }

    private static String trim(String json) {
        var payload = (ObjectNode) Json.tree(json);
        PayloadTrimmer.trim(payload);
        return Json.write(payload);
    }
}
