package dev.mneme.installer.moving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/// What other agents wrote down is told as the moments that hooks would have seen.
final class OtherAgentsTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir private Path folder;

    private final Told told = new Told();

    /// Collects what a source reads.
    private static final class Told implements Source.Sink {

        private final List<JsonNode> records = new ArrayList<>();
        private final List<String> bad = new ArrayList<>();
        private long done;

        @Override
        public void record(String where, ObjectNode record) {
            records.add(record);
        }

        @Override
        public void bad(String where, String reason) {
            bad.add(where + ": " + reason);
        }

        @Override
        public void leftOut(String what) {
            bad.add("left out: " + what);
        }

        @Override
        public void done(long work) {
            done += work;
        }

        List<String> kinds() {
            return records.stream().map(record -> record.path("kind").asString("")).toList();
        }

        JsonNode payload(int index) {
            return records.get(index).path("payload");
        }
    }

    @Test
    void aSessionOfCodex() throws Exception {
        Path rollout =
                transcript(
                        "rollout-2026-09-01T10-00-00-01234567-89ab-cdef-0123-456789abcdef.jsonl",
                        """
                        {"timestamp":"2026-09-01T10:00:00Z","type":"session_meta","payload":{"id":"codex-1","cwd":"/tmp/none/shop"}}
                        {"timestamp":"2026-09-01T10:00:01Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>linux</environment_context>"}]}}
                        {"timestamp":"2026-09-01T10:00:02Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Mend the test"}]}}
                        {"timestamp":"2026-09-01T10:00:03Z","type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{\\"command\\":[\\"bash\\",\\"-lc\\",\\"make test\\"]}","call_id":"call_1"}}
                        {"timestamp":"2026-09-01T10:00:04Z","type":"event_msg","payload":{"type":"exec_command_end","call_id":"call_1","aggregated_output":"1 failed","exit_code":2}}
                        {"timestamp":"2026-09-01T10:00:04Z","type":"response_item","payload":{"type":"function_call_output","call_id":"call_1","output":"mirrored"}}
                        not JSON
                        {"timestamp":"2026-09-01T10:00:05Z","type":"response_item","payload":{"type":"custom_tool_call","name":"apply_patch","input":"*** Begin Patch\\n*** Update File: a.py\\n@@\\n-one\\n+two\\n*** End Patch","call_id":"call_2"}}
                        {"timestamp":"2026-09-01T10:00:06Z","type":"response_item","payload":{"type":"custom_tool_call_output","call_id":"call_2","output":"{\\"output\\":\\"Success\\",\\"metadata\\":{\\"exit_code\\":0}}"}}
                        {"timestamp":"2026-09-01T10:00:07Z","type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Mended: two, not one."}]}}
                        """);

        readTranscripts();

        assertThat(told.kinds())
                .containsExactly(
                        "user-prompt-submit", "post-tool-use-failure", "post-tool-use", "stop");
        assertThat(told.records).allMatch(record -> record.at("/agent").asString().equals("codex"));
        assertThat(told.payload(0).at("/session_id").asString()).isEqualTo("codex-1");
        assertThat(told.payload(1).at("/tool_input/command").asString()).isEqualTo("make test");
        assertThat(told.payload(1).at("/error").asString()).isEqualTo("Exit code 2\n1 failed");
        assertThat(told.payload(2).at("/tool_input").toString())
                .isEqualTo(
                        "{\"edits\":[{\"old_string\":\"one\\n\",\"new_string\":\"two\\n\"}],"
                                + "\"file_path\":\"a.py\"}");
        assertThat(told.payload(3).at("/last_assistant_message").asString()).startsWith("Mended");
        assertThat(told.bad).hasSize(1).first().asString().contains("line 7", "not JSON");
        assertThat(told.done).isEqualTo(Files.size(rollout));
    }

    @Test
    void claudeCodeWithWhatItsHooksAreNotTold() throws Exception {
        transcript(
                "s1.jsonl",
                """
                {"type":"user","uuid":"1","sessionId":"s1","cwd":"/tmp","timestamp":"2026-09-01T10:00:00Z","message":{"role":"user","content":"<command-name>/clear</command-name>"}}
                {"type":"user","uuid":"2","sessionId":"s1","cwd":"/tmp","timestamp":"2026-09-01T10:00:01Z","isMeta":true,"message":{"role":"user","content":"inserted"}}
                {"type":"user","uuid":"3","sessionId":"s1","cwd":"/tmp","timestamp":"2026-09-01T10:00:02Z","message":{"role":"user","content":"First"}}
                {"type":"assistant","uuid":"4","sessionId":"s1","cwd":"/tmp","timestamp":"2026-09-01T10:00:03Z","message":{"id":"m1","content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"}}]}}
                {"type":"user","uuid":"5","sessionId":"s1","cwd":"/tmp","timestamp":"2026-09-01T10:00:04Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":"The user doesn't want to proceed with this tool use. Stop."}]}}
                {"type":"assistant","uuid":"6","sessionId":"s1","isSidechain":true,"agentId":"a1","timestamp":"2026-09-01T10:00:05Z","message":{"id":"m2","content":[{"type":"text","text":"a report"},{"type":"tool_use","id":"toolu_2","name":"Grep","input":{"pattern":"x"}}]}}
                {"type":"user","uuid":"7","sessionId":"s1","isSidechain":true,"agentId":"a1","timestamp":"2026-09-01T10:00:06Z","toolUseResult":{"numFiles":1},"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_2","content":"found"}]}}
                {"type":"system","subtype":"compact_boundary","uuid":"8","sessionId":"s1","timestamp":"2026-09-01T10:00:07Z","compactMetadata":{"trigger":"manual"}}
                {"type":"user","uuid":"9","sessionId":"s1","timestamp":"2026-09-01T10:00:08Z","isCompactSummary":true,"message":{"role":"user","content":"So far: nothing."}}
                {"type":"assistant","uuid":"10","sessionId":"s1","timestamp":"2026-09-01T10:00:09Z","message":{"id":"m3","content":[{"type":"text","text":"Done."}]}}
                {"type":"user","uuid":"11","sessionId":"s1","timestamp":"2026-09-01T10:00:10Z","message":{"role":"user","content":[{"type":"text","text":"Second"}]}}
                {"type":"assistant","uuid":"12","sessionId":"s1","timestamp":"2026-09-01T10:00:11Z","message":{"id":"m4","content":[{"type":"text","text":"Half"}]}}
                """);

        readTranscripts();

        assertThat(told.kinds())
                .containsExactly(
                        "user-prompt-submit",
                        "post-tool-use",
                        "post-compact",
                        "stop",
                        "user-prompt-submit",
                        "stop");
        assertThat(told.payload(1).at("/agent_id").asString()).isEqualTo("a1");
        assertThat(told.payload(1).at("/tool_response/numFiles").asInt()).isEqualTo(1);
        assertThat(told.payload(2).at("/trigger").asString()).isEqualTo("manual");
        assertThat(told.payload(3).at("/last_assistant_message").asString()).isEqualTo("Done.");
    }

    @Test
    void aTranscriptThatIsStillWrittenKeepsItsLastTurnForTheNextTime() throws Exception {
        Path live =
                transcript(
                        "live.jsonl",
                        """
                        {"type":"user","uuid":"1","sessionId":"live","timestamp":"2026-11-21T11:59:00Z","message":{"role":"user","content":"First"}}
                        {"type":"assistant","uuid":"2","sessionId":"live","timestamp":"2026-11-21T11:59:01Z","message":{"id":"m1","content":[{"type":"text","text":"Half of it"}]}}
                        {"type":"assistant","uuid":"3","sessi\
                        """);
        Files.setLastModifiedTime(live, FileTime.from(NOW.minusSeconds(30)));

        readTranscripts();

        assertThat(told.kinds()).containsExactly("user-prompt-submit");
        assertThat(told.bad).isEmpty();
    }

    @Test
    void aSessionOfOpenCode() throws Exception {
        Path database = folder.resolve("opencode.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE session (id TEXT, directory TEXT, title TEXT, time_created INTEGER)");
            statement.execute(
                    "CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT)");
            statement.execute(
                    "CREATE TABLE part (id TEXT, message_id TEXT, session_id TEXT, data TEXT)");
            statement.execute(
                    "INSERT INTO session VALUES ('ses_1', '/tmp/none/shop', 't', 1788256800000)");
            statement.execute(
                    """
                    INSERT INTO message VALUES
                        ('msg_1', 'ses_1', 1788256801000, '{"role":"user"}'),
                        ('msg_2', 'ses_1', 1788256802000, '{"role":"assistant"}')
                    """);
            statement.execute(
                    """
                    INSERT INTO part VALUES
                        ('prt_1', 'msg_1', 'ses_1', '{"type":"text","text":"Rename it"}'),
                        ('prt_2', 'msg_1', 'ses_1', '{"type":"text","text":"x","synthetic":true}'),
                        ('prt_3', 'msg_2', 'ses_1', '{"type":"tool","tool":"edit","callID":"c1",
                            "state":{"status":"completed","input":{"filePath":"/a","oldString":"b",
                            "newString":"c"},"output":"ok","time":{"end":1788256803000}}}'),
                        ('prt_4', 'msg_2', 'ses_1', 'broken'),
                        ('prt_5', 'msg_2', 'ses_1', '{"type":"text","text":"Renamed."}')
                    """);
        }
        byte[] before = Files.readAllBytes(database);

        try (Source source = OpenCodeSource.open(database, new MnemeHome(folder.resolve("home")))) {
            source.read(told);
        }

        assertThat(told.kinds()).containsExactly("user-prompt-submit", "post-tool-use", "stop");
        assertThat(told.payload(1).at("/tool_name").asString()).isEqualTo("Edit");
        assertThat(told.payload(1).at("/tool_input").toString())
                .isEqualTo("{\"file_path\":\"/a\",\"old_string\":\"b\",\"new_string\":\"c\"}");
        assertThat(told.records.get(1).path("occurred_at").asString())
                .isEqualTo(Instant.ofEpochMilli(1_788_256_803_000L).toString());
        assertThat(told.bad).hasSize(1).first().asString().contains("prt_4");
        assertThat(Files.readAllBytes(database)).isEqualTo(before);
        try (var run = Files.list(folder.resolve("home/run"))) {
            assertThat(run).isEmpty();
        }
    }

    private void readTranscripts() throws Exception {
        try (Source source =
                new TranscriptSource(List.of(folder), Clock.fixed(NOW, ZoneOffset.UTC))) {
            source.read(told);
        }
    }

    private Path transcript(String name, String lines) throws Exception {
        Path file = Files.writeString(folder.resolve(name), lines);
        Files.setLastModifiedTime(file, FileTime.from(NOW.minusSeconds(3_600)));
        return file;
    }
}
