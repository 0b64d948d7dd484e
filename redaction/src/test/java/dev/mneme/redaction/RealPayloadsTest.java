package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Payloads that Claude Code really sent keep their structure, and nearly all of their text.
final class RealPayloadsTest {

    private final Redactor redactor = new Redactor();

    @Test
    void keepsTheStructureOfEveryRealPayload() throws IOException {
        List<String> payloads = payloads();
        int changed = 0;
        for (String payload : payloads) {
            String redacted = redactor.redactJson(payload);
            assertThat(Skeleton.of(redacted)).isEqualTo(Skeleton.of(payload));
            assertThat(redactor.redactJson(redacted)).isEqualTo(redacted);
            if (!redacted.equals(payload)) {
                changed++;
            }
        }
        System.out.println("real payloads: " + payloads.size() + ", redacted in: " + changed);
        assertThat(payloads).isNotEmpty();
    }

    static List<String> payloads() throws IOException {
        Path data = Path.of(System.getProperty("mneme.root"), "..", "shared", "data").normalize();
        List<String> payloads = new ArrayList<>();
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
                        payloads.add(Files.readString(file, StandardCharsets.UTF_8));
                    } else if (name.endsWith(".jsonl")) {
                        payloads.addAll(Files.readAllLines(file, StandardCharsets.UTF_8));
                    }
                }
            }
        }
        payloads.add(
                "{\"session_id\":\"a\",\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Bash\","
                        + "\"tool_input\":{\"command\":\"ls\"},\"tool_response\":{\"stdout\":\"a\\n\"}}");
        return payloads;
    }

    /// A JSON text with every string emptied: structure, numbers and blanks are left.
    static final class Skeleton {

        private Skeleton() {}

        static String of(String json) {
            StringBuilder skeleton = new StringBuilder();
            boolean inString = false;
            for (int i = 0; i < json.length(); i++) {
                char c = json.charAt(i);
                if (inString && c == '\\') {
                    i++;
                    continue;
                }
                if (c == '"') {
                    inString = !inString;
                    skeleton.append(c);
                } else if (!inString) {
                    skeleton.append(c);
                }
            }
            assertThat(inString).isFalse();
            return skeleton.toString();
        }
    }
}
