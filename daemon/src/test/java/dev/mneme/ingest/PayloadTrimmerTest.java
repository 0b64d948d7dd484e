package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.Utf8;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

final class PayloadTrimmerTest {

    @Test
    void dropsTheOldFileWhereverItIs() {
        String trimmed =
                trim(
                        """
                        {"tool_response":{"originalFile":"old","structuredPatch":[1]},"a":1.50,
                         "tool_name":"mcp__files__edit"}
                        """);

        assertThat(trimmed)
                .isEqualTo(
                        "{\"tool_response\":{\"structuredPatch\":[1]},\"a\":1.50,"
                                + "\"tool_name\":\"mcp__files__edit\"}");
    }

    @Test
    void cutsALongTextInTheMiddleAndSaysHowMuch() {
        String text = "a".repeat(PayloadTrimmer.FIELD_BYTES_MAX) + "b".repeat(1_000);

        String trimmed = trim("{\"x\":{\"y\":[\"" + text + "\"]}}");

        assertThat(trimmed).contains("[cut: 1000 bytes]").contains("bbb").contains("aaa");
        assertThat(trimmed.length()).isLessThan(PayloadTrimmer.FIELD_BYTES_MAX + 100);
    }

    /// 20,000 faces are 40,000 chars and 80,000 bytes; no half of one may remain.
    @Test
    void countsBytesAndKeepsCharactersWhole() {
        for (String unit : new String[] {"😀", "é", "語", "a😀é語"}) {
            String text = unit.repeat(80_000 / Utf8.bytes(unit));

            String cut = PayloadTrimmer.cut(text, PayloadTrimmer.FIELD_BYTES_MAX);

            assertThat(Utf8.bytes(cut))
                    .isBetween(
                            PayloadTrimmer.FIELD_BYTES_MAX - 8,
                            PayloadTrimmer.FIELD_BYTES_MAX + 40);
            String[] parts = cut.split("\n… \\[cut: \\d+ bytes] …\n", -1);
            assertThat(parts).hasSize(2);
            assertThat(text).startsWith(parts[0]).endsWith(parts[1]);
            assertThat(cut.codePoints().filter(point -> point >= 0xd800 && point < 0xe000))
                    .isEmpty();
            assertThat(PayloadTrimmer.cut(text, Utf8.bytes(text))).isEqualTo(text);
        }
    }

    @Test
    void aPayloadOfManyLargeFieldsHasABoundThatSparesTheShortOnes() {
        var payload = (ObjectNode) Json.tree("{\"session_id\":\"s\",\"tool_name\":\"Bash\"}");
        ObjectNode response = payload.putObject("tool_response");
        for (int i = 0; i < 1_000; i++) {
            response.put("field" + i, "x".repeat(20_000));
        }
        payload.put("error", "Exit code 1");

        PayloadTrimmer.trim(payload);

        assertThat(Json.write(payload).length())
                .isLessThan(PayloadTrimmer.PAYLOAD_BYTES_MAX + 40_000);
        assertThat(payload.path("error").stringValue()).isEqualTo("Exit code 1");
        assertThat(payload.path("tool_response").path("…").stringValue())
                .matches("\\[cut: 9\\d\\d fields]");
    }

    @Test
    void endlessListsAndNamesHaveABoundToo() {
        var payload = (ObjectNode) Json.tree("{\"session_id\":\"s\"}");
        var list = payload.putArray("tool_response");
        for (int i = 0; i < 300_000; i++) {
            list.addObject();
        }
        ObjectNode names = payload.putObject("tool_input");
        names.put("n".repeat(100_000), 1);
        for (int i = 0; i < 100_000; i++) {
            names.put("name" + i, true);
        }

        PayloadTrimmer.trim(payload);

        String stored = Json.write(payload);
        assertThat(stored.length()).isLessThan(2 * PayloadTrimmer.PAYLOAD_BYTES_MAX);
        assertThat(stored).containsPattern("\\[cut: \\d+ items]").doesNotContain("n".repeat(300));
    }

    @Test
    void replacesWhatPostgresCannotStore() {
        String trimmed = trim("{\"x\\u0000\":\"a\\u0000b\\ud800c\\ud83d\\ude00\"}");

        assertThat(trimmed).isEqualTo("{\"x\uFFFD\":\"a\uFFFDb\uFFFDc\uD83D\uDE00\"}");
    }

    @Test
    void aNewFileIsStoredOnceAsAddedLines() {
        JsonNode stored =
                stored(
                        """
                        {"tool_name":"Write",
                         "tool_input":{"file_path":"/p/a.py","content":"one\\r\\ntwo\\n"},
                         "tool_response":{"type":"create","filePath":"/p/a.py",
                          "content":"one\\r\\ntwo\\n","structuredPatch":[],"originalFile":null,
                          "userModified":false}}
                        """);

        assertThat(Json.write(stored.path("tool_input")))
                .isEqualTo(
                        "{\"file_path\":\"/p/a.py\",\"structuredPatch\":[{\"oldStart\":0,"
                                + "\"oldLines\":0,\"newStart\":1,\"newLines\":2,"
                                + "\"lines\":[\"+one\",\"+two\"]}]}");
        assertThat(Json.write(stored.path("tool_response")))
                .isEqualTo("{\"type\":\"create\",\"filePath\":\"/p/a.py\",\"userModified\":false}");
    }

    @Test
    void aReplacementWithoutAPatchBecomesOne() {
        JsonNode stored =
                stored(
                        """
                        {"tool_name":"Edit",
                         "tool_input":{"file_path":"a","old_string":"a\\nb\\nc","new_string":"a\\nx\\nc"},
                         "tool_response_preview":"{\\"filePath\\":\\"a\\",\\"oldString\\":\\"a"}
                        """);

        assertThat(Json.write(stored.path("tool_input")))
                .isEqualTo(
                        "{\"file_path\":\"a\",\"structuredPatch\":[{\"lines\":"
                                + "[\" a\",\"-b\",\"+x\",\" c\"]}]}");
        assertThat(stored.path("tool_response_preview").stringValue())
                .isEqualTo("{\"filePath\":\"a\",… [cut: 14 bytes]");
    }

    @Test
    void anEditKeepsTheHostsPatchAndAShortReplacement() {
        JsonNode stored =
                stored(
                        """
                        {"tool_name":"Edit",
                         "tool_input":{"file_path":"a","old_string":"30","new_string":"5"},
                         "tool_response":{"filePath":"a","oldString":"30","newString":"5",
                          "originalFile":"secret past","userModified":true,"replaceAll":false,
                          "structuredPatch":[{"oldStart":1,"oldLines":1,"newStart":1,"newLines":1,
                           "lines":["-t = 30","+t = 5"]}]}}
                        """);

        assertThat(Json.write(stored.path("tool_input")))
                .isEqualTo("{\"file_path\":\"a\",\"old_string\":\"30\",\"new_string\":\"5\"}");
        assertThat(Json.write(stored.path("tool_response")))
                .contains("\"lines\":[\"-t = 30\",\"+t = 5\"]")
                .contains("\"userModified\":true")
                .doesNotContain("past")
                .doesNotContain("String");
    }

    @Test
    void severalReplacementsAndNotebookCellsBecomePatches() {
        assertThat(
                        Json.write(
                                stored(
                                                """
                                                {"tool_name":"MultiEdit","tool_input":{"file_path":"a","edits":[
                                                  {"old_string":"a","new_string":"b"},
                                                  {"old_string":"","new_string":"c"}]},
                                                 "tool_response":{"edits":[],"originalFileContents":"past"}}
                                                """)
                                        .path("tool_input")))
                .isEqualTo(
                        "{\"file_path\":\"a\",\"structuredPatch\":[{\"lines\":[\"-a\",\"+b\"]},"
                                + "{\"lines\":[\"-\",\"+c\"]}]}");
        assertThat(
                        Json.write(
                                stored(
                                        """
                                        {"tool_name":"NotebookEdit",
                                         "tool_input":{"notebook_path":"n","new_source":"y"},
                                         "tool_response":{"old_source":"x","new_source":"y",
                                          "original_file":"past","updated_file":"past"}}
                                        """)))
                .contains("\"lines\":[\"-x\",\"+y\"]")
                .contains("\"tool_response\":{}")
                .doesNotContain("past");
    }

    @Test
    void whatACommandDeletedIsCountedAndNotKept() {
        JsonNode stored =
                stored(
                        """
                        {"tool_name":"Bash","tool_input":{"command":"rm a; sed -i s/1/2/ b"},
                         "tool_response":{"stdout":"","bashEditDiff":{"changedFiles":["a","b"],
                          "files":[
                           {"filePath":"a","deleted":true,"hunks":[{"lines":["-past","-gone"]}]},
                           {"filePath":"b","hunks":[{"lines":["-1","+2"]}]}]}}}
                        """);

        assertThat(Json.write(stored.at("/tool_response/bashEditDiff/files")))
                .isEqualTo(
                        "[{\"filePath\":\"a\",\"deleted\":true,\"removedLines\":2},"
                                + "{\"filePath\":\"b\",\"hunks\":[{\"lines\":[\"-1\",\"+2\"]}]}]");
    }

    @Test
    void aPatchHasABoundAroundAMark() {
        var payload =
                (ObjectNode)
                        Json.tree("{\"tool_name\":\"Write\",\"tool_input\":{\"file_path\":\"a\"}}");
        ((ObjectNode) payload.path("tool_input")).put("content", "0123456789\n".repeat(100_000));

        PayloadTrimmer.trim(payload);

        JsonNode hunk = payload.at("/tool_input/structuredPatch/0");
        assertThat(hunk.path("newLines").intValue()).isEqualTo(100_000);
        assertThat(Json.write(payload).length()).isLessThan(2 * FilePatch.PATCH_BYTES_MAX);
        assertThat(hunk.path("lines").values())
                .filteredOn(line -> line.stringValue().startsWith("\\ [cut: about "))
                .hasSize(1);
    }

    @Test
    void shapesThatNoHostSendsAreLeftAlone() {
        for (String payload :
                new String[] {
                    "{\"tool_name\":\"Edit\"}",
                    "{\"tool_name\":\"Edit\",\"tool_input\":null,\"tool_response\":[1]}",
                    "{\"tool_name\":\"Write\",\"tool_input\":{\"content\":7},\"tool_response\":\"{\"}",
                    "{\"tool_name\":\"MultiEdit\",\"tool_input\":{\"edits\":{\"a\":1}}}",
                    "{\"tool_name\":\"Bash\",\"tool_response\":{\"bashEditDiff\":{\"files\":[1,{\"hunks\":7}]}}}",
                    "{\"tool_name\":5,\"tool_input\":\"{}\"}"
                }) {
            assertThat(trim(payload)).startsWith("{\"tool_name\":");
        }
    }

    private static JsonNode stored(String json) {
        return Json.tree(trim(json));
    }

    private static String trim(String json) {
        var payload = (ObjectNode) Json.tree(json);
        PayloadTrimmer.trim(payload);
        return Json.write(payload);
    }
}
