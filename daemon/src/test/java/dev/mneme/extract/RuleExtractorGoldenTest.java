package dev.mneme.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.SkipReason;
import dev.mneme.ingest.StoredPayload;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/// The golden table: real payloads by reference, and exactly what each becomes.
class RuleExtractorGoldenTest {

    private static final int REAL_PAYLOADS_MIN = 40;

    private final RuleExtractor extractor = new RuleExtractor();
    private final JsonNode samples = SharedPayloads.resource("samples.json");

    @Test
    void everyPayloadOfTheTableBecomesWhatItSays() {
        Optional<Path> data = SharedPayloads.folder();
        if (data.isEmpty()) {
            System.out.println("not run: golden table of real payloads (no ../shared/data)");
        }
        int real = 0;
        var wrong = new ArrayList<String>();
        for (JsonNode row : SharedPayloads.resource("golden.json")) {
            String reference = row.path("payload").stringValue();
            boolean own = reference.startsWith("sample#");
            if (!own && data.isEmpty()) {
                continue;
            }
            JsonNode payload =
                    own
                            ? samples.path(reference.substring("sample#".length()))
                            : SharedPayloads.find(data.orElseThrow(), reference).payload();
            real += own ? 0 : 1;
            String request = row.path("request").asString("");
            CapturedEvent sent = SharedPayloads.event(payload, request);
            Optional<SkipReason> left = StoredPayload.reasonToSkip(sent.kind(), payload);
            if (left.isPresent()) {
                compare(row, new Extraction.Skipped(left.get().wireName()), wrong);
                continue;
            }
            // As the host sends it, and as the daemon stores it: edits as patches.
            compare(row, extractor.extract(sent), wrong);
            JsonNode stored = StoredPayload.of(payload);
            compare(row, extractor.extract(SharedPayloads.event(stored, request)), wrong);
        }
        assertThat(wrong).isEmpty();
        if (data.isPresent()) {
            assertThat(real).isGreaterThanOrEqualTo(REAL_PAYLOADS_MIN);
        }
    }

    private static void compare(JsonNode row, Extraction extraction, List<String> wrong) {
        String expected =
                row.has("skip")
                        ? "skip " + row.path("skip").stringValue()
                        : String.join(
                                "\n",
                                row.path("type").stringValue(),
                                row.path("title").stringValue(),
                                "concepts " + strings(row.path("concepts")),
                                "files " + strings(row.path("files")),
                                row.path("says").stringValue());
        String actual =
                switch (extraction) {
                    case Extraction.Skipped(String reason) -> "skip " + reason;
                    case Extraction.Remembered(List<ObservationDraft> drafts) ->
                            drafts.size() == 1
                                    ? describe(drafts.getFirst())
                                    : drafts.size() + " drafts";
                };
        if (!expected.equals(actual)) {
            wrong.add(
                    row.path("payload").stringValue()
                            + "\nexpected: "
                            + expected
                            + "\nbut was: "
                            + actual);
        }
    }

    private static String describe(ObservationDraft draft) {
        return String.join(
                "\n",
                draft.type().wireName(),
                draft.title(),
                "concepts " + draft.concepts().stream().map(Concept::wireName).toList(),
                "files " + draft.filesModified(),
                draft.narrative().lines().findFirst().orElse(""));
    }

    private static List<String> strings(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::stringValue).toList();
    }
}
