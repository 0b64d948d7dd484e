package dev.mneme.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.ingest.StoredPayload;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Every real edit, as it is stored: a patch that says the same, and nothing of the old file.
class StoredEditsTest {

    private static final Set<String> FILE_TOOLS =
            Set.of("Write", "Edit", "MultiEdit", "NotebookEdit");

    private static final int EDITS_MIN = 150;

    /// Shorter lines appear everywhere by chance.
    private static final int TELLING_LINE_CHARS_MIN = 12;

    private final RuleExtractor extractor = new RuleExtractor();

    @Test
    void everyRealEditIsStoredAsAPatchThatSaysTheSame() {
        Optional<Path> data = SharedPayloads.folder();
        if (data.isEmpty()) {
            System.out.println("not run: all real edits as stored (no ../shared/data)");
            return;
        }
        var samples = new ArrayList<>(SharedPayloads.all(data.get()));
        samples.addAll(SharedPayloads.transcripts(data.get()));
        int edits = 0;
        int withOldFile = 0;
        long sentBytes = 0;
        long storedBytes = 0;
        for (SharedPayloads.Sample sample : samples) {
            if (!FILE_TOOLS.contains(sample.payload().path("tool_name").asString(""))) {
                continue;
            }
            JsonNode sent = sample.payload();
            JsonNode stored = StoredPayload.of(sent);
            String text = Json.write(stored);
            edits++;
            sentBytes += bytes(Json.write(sent));
            storedBytes += bytes(text);
            assertThat(text)
                    .as(sample.reference())
                    .doesNotContain("\"originalFile")
                    .doesNotContain("\"oldString\"")
                    .doesNotContain("\"newString\"")
                    .doesNotContain("\"content\"");
            withOldFile += leavesTheOldFileOut(sample, stored) ? 1 : 0;
            assertThat(extractor.extract(SharedPayloads.event(stored, "Do it")))
                    .as(sample.reference())
                    .isEqualTo(extractor.extract(sample.event("Do it")));
        }
        System.out.printf(
                "%d real edits, %d with their old file: %,d bytes sent, %,d stored (%.0f %%)%n",
                edits, withOldFile, sentBytes, storedBytes, 100.0 * storedBytes / sentBytes);
        assertThat(edits).isGreaterThanOrEqualTo(EDITS_MIN);
        assertThat(withOldFile).isPositive();
        assertThat(storedBytes).isLessThan(sentBytes / 2);
    }

    /// Of the old file nothing may be left but what the patch shows.
    private static boolean leavesTheOldFileOut(SharedPayloads.Sample sample, JsonNode stored) {
        JsonNode response = sample.payload().path("tool_response");
        String old = response.path("originalFile").asString("");
        old = old.isEmpty() ? response.path("originalFileContents").asString("") : old;
        if (old.isEmpty()) {
            return false;
        }
        Set<String> patched = new HashSet<>();
        for (JsonNode holder : List.of(stored.path("tool_input"), stored.path("tool_response"))) {
            for (JsonNode hunk : holder.path("structuredPatch")) {
                for (JsonNode line : hunk.path("lines")) {
                    patched.add(line.asString("").substring(1).strip());
                }
            }
        }
        String shown = String.join("\n", patched);
        String rest = Json.write(stored);
        for (String line : old.lines().toList()) {
            String telling = line.strip();
            String quoted = Json.write(telling);
            if (telling.length() >= TELLING_LINE_CHARS_MIN && !shown.contains(telling)) {
                assertThat(rest)
                        .as(sample.reference())
                        .doesNotContain(quoted.substring(1, quoted.length() - 1));
            }
        }
        return true;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
