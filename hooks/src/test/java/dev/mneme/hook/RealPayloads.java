package dev.mneme.hook;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Payloads that Claude Code really sent, each with the hook event that carries it.
final class RealPayloads {

    record Sample(String event, String payload) {}

    private RealPayloads() {}

    static List<Sample> all() throws IOException {
        Path data = Path.of(System.getProperty("mneme.root"), "..", "shared", "data").normalize();
        List<Sample> samples = new ArrayList<>();
        for (String folder : List.of("claude-code/hook-payloads", "claude-hooks")) {
            Path root = data.resolve(folder);
            if (!Files.isDirectory(root)) {
                System.out.println("not run: payloads of " + folder + " (no ../shared/data)");
                continue;
            }
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.sorted().toList()) {
                    String name = file.getFileName().toString();
                    if (name.endsWith(".json")) {
                        samples.add(sample(Files.readString(file, StandardCharsets.UTF_8)));
                    } else if (name.endsWith(".jsonl")) {
                        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                            samples.add(sample(line));
                        }
                    }
                }
            }
        }
        samples.addAll(own());
        return samples;
    }

    static List<Sample> own() {
        String common = "{\"session_id\":\"a1\",\"cwd\":\"/home/dev/shop\",";
        return List.of(
                sample(common + "\"hook_event_name\":\"SessionStart\",\"source\":\"startup\"}"),
                sample(
                        common
                                + "\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":\"Grüße 漢字\"}"),
                sample(
                        common
                                + "\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Bash\","
                                + "\"tool_input\":{\"command\":\"ls\"},\"tool_response\":{\"stdout\":\"\"}}"),
                sample(
                        common
                                + "\"hook_event_name\":\"Stop\",\"last_assistant_message\":\"done\"}"),
                sample(common + "\"hook_event_name\":\"SessionEnd\",\"reason\":\"other\"}\n"));
    }

    /// Events that no hook of ours carries run through post-tool-use: their shapes count.
    private static Sample sample(String payload) {
        String[][] events = {
            {"SessionStart", "session-start"},
            {"UserPromptSubmit", "user-prompt-submit"},
            {"PostToolUseFailure", "post-tool-use-failure"},
            {"Stop", "stop"},
            {"SubagentStop", "subagent-stop"},
            {"PostCompact", "post-compact"},
            {"SessionEnd", "session-end"}
        };
        for (String[] event : events) {
            if (payload.contains("\"hook_event_name\":\"" + event[0] + "\"")
                    || payload.contains("\"hook_event_name\": \"" + event[0] + "\"")) {
                return new Sample(event[1], payload);
            }
        }
        return new Sample("post-tool-use", payload);
    }
}
