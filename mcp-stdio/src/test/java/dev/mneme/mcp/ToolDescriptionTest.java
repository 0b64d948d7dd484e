package dev.mneme.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.List;

/// What a model is told, held against the rules of the hosts.
final class ToolDescriptionTest {

    private final List<MemoryTool> tools =
            Main.tools(
                    new DaemonCalls(new MnemeHome(Path.of("nowhere"))), new Project("/srv/shop"));

    @Test
    void descriptionsAndInstructionsStayWhole() {
        assertThat(ToolServer.INSTRUCTIONS.length()).isLessThan(MemoryTool.DESCRIPTION_CHARS_MAX);
        for (MemoryTool tool : tools) {
            assertThat(tool.name()).matches("[a-z_]{1,64}");
            assertThat(tool.description().length())
                    .as(tool.name())
                    .isLessThan(MemoryTool.DESCRIPTION_CHARS_MAX);
            assertThat(ToolServer.INSTRUCTIONS).contains(tool.name());
        }
    }

    @Test
    void schemasAreStrictAndBounded() {
        for (MemoryTool tool : tools) {
            JsonNode schema = Json.tree(Json.write(tool.parameters().schema()));
            assertThat(schema.get("type").asString()).isEqualTo("object");
            assertThat(schema.get("additionalProperties").asBoolean(true)).isFalse();
            assertThat(schema.propertyNames()).doesNotContain("anyOf", "oneOf", "allOf");
            assertThat(schema.get("properties").isObject()).isTrue();
            schema.get("properties").forEach(ToolDescriptionTest::assertBounded);
        }
    }

    private static void assertBounded(JsonNode schema) {
        switch (schema.get("type").asString()) {
            case "integer" ->
                    assertThat(schema.has("minimum") && schema.has("maximum"))
                            .as(schema.toString())
                            .isTrue();
            case "array" -> {
                assertThat(schema.has("minItems") && schema.has("maxItems"))
                        .as(schema.toString())
                        .isTrue();
                assertBounded(schema.get("items"));
            }
            case "string", "boolean" -> {}
            default -> throw new AssertionError("an unexpected type: " + schema);
        }
    }
}
