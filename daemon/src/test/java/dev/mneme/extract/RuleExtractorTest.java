package dev.mneme.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

class RuleExtractorTest {

    private static final Duration TIME_EACH_MAX = Duration.ofMillis(5);

    private static final List<HookEvent> KINDS = List.of(HookEvent.values());

    private static final List<SharedPayloads.Sample> PAYLOADS = payloads();

    private final RuleExtractor extractor = new RuleExtractor();

    @Test
    void everyObservationKeepsTheBoundsAndSaysMoreThanItsTool() {
        for (SharedPayloads.Sample sample : PAYLOADS) {
            Extraction extraction = extractor.extract(sample.event(""));
            assertThat(extraction).isEqualTo(extractor.extract(sample.event("")));
            if (extraction instanceof Extraction.Remembered(List<ObservationDraft> drafts)) {
                for (ObservationDraft draft : drafts) {
                    checkBounds(sample.reference(), draft);
                    checkTitle(sample, draft.title());
                }
            }
        }
    }

    @Test
    void takesMillisecondsForAPayload() {
        List<SharedPayloads.Sample> samples = PAYLOADS;
        List<CapturedEvent> events = samples.stream().map(sample -> sample.event("")).toList();
        long started = System.nanoTime();
        events.forEach(extractor::extract);
        Duration each = Duration.ofNanos((System.nanoTime() - started) / events.size());
        assertThat(each).isLessThan(TIME_EACH_MAX);
    }

    @Test
    void brokenPayloadsAreSkipped() {
        for (String payload :
                List.of("", "{", "[]", "null", "7", "\"text\"", "{\"a\":1} x", "\u0000")) {
            for (HookEvent kind : HookEvent.values()) {
                assertThat(extractor.extract(event(kind, payload)))
                        .isEqualTo(new Extraction.Skipped("malformed-payload"));
            }
        }
    }

    /// Real payloads with pieces replaced by any other JSON: no shape makes a rule throw.
    @Test
    void noJsonMakesARuleThrow() {
        long seed = 20_260_402;
        var random = new Random(seed);
        for (SharedPayloads.Sample sample : PAYLOADS) {
            for (int round = 0; round < 6; round++) {
                JsonNode mangled = mangled(sample.payload().deepCopy(), random);
                HookEvent kind = KINDS.get(random.nextInt(KINDS.size()));
                Extraction extraction = extractor.extract(event(kind, Json.write(mangled)));
                assertThat(extraction).as("seed %d, %s", seed, sample.reference()).isNotNull();
                if (extraction instanceof Extraction.Remembered(List<ObservationDraft> drafts)) {
                    drafts.forEach(draft -> checkBounds(sample.reference(), draft));
                }
            }
        }
    }

    /// A quadratic pattern would take minutes on these.
    @Test
    void hugeOutputsCostNoMoreThanTheirBounds() {
        for (String unit :
                List.of(
                        "a",
                        " ",
                        "a:",
                        "error ",
                        "(",
                        "x\n",
                        "error: x\n",
                        "- ",
                        "**",
                        "`",
                        "|",
                        "/",
                        "1 passed, ",
                        "。",
                        "a. ")) {
            String text = unit.repeat(400_000 / unit.length());
            for (String command :
                    List.of("npm test", "git commit -m x", text.substring(0, 30_000))) {
                var payload = Json.mapper().createObjectNode();
                payload.putObject("tool_input")
                        .put("command", command)
                        .put("content", text)
                        .put("file_path", "a.md");
                payload.putObject("tool_response").put("stdout", text);
                payload.put("error", text).put("last_assistant_message", text);
                for (String tool : List.of("Bash", "Write", "WebFetch", "Agent")) {
                    payload.put("tool_name", tool);
                    for (HookEvent kind :
                            List.of(
                                    HookEvent.POST_TOOL_USE,
                                    HookEvent.POST_TOOL_USE_FAILURE,
                                    HookEvent.STOP)) {
                        long started = System.nanoTime();
                        extractor.extract(event(kind, Json.write(payload)));
                        assertThat(Duration.ofNanos(System.nanoTime() - started))
                                .as(
                                        "%s, %s, %s, %s characters of command",
                                        unit, tool, kind, command.length())
                                .isLessThan(Duration.ofSeconds(20));
                    }
                }
            }
        }
    }

    @Test
    void cuttingKeepsCharactersWhole() {
        String faces = "😀".repeat(200);
        String cut = Bounds.cut(faces, 120);
        assertThat(cut).hasSizeLessThanOrEqualTo(120).endsWith("…");
        assertThat(cut.codePoints().filter(point -> point >= 0xd800 && point < 0xe000)).isEmpty();
        assertThat(Bounds.cut("one two three", 9)).isEqualTo("one two…");
        assertThat(Bounds.cut("short", 9)).isEqualTo("short");
    }

    private static void checkBounds(String reference, ObservationDraft draft) {
        assertThat(draft.title())
                .as(reference)
                .isNotBlank()
                .hasSizeLessThanOrEqualTo(120)
                .doesNotContain("\n");
        assertThat(draft.narrative()).as(reference).isNotBlank().hasSizeLessThanOrEqualTo(4_000);
        assertThat(draft.facts())
                .as(reference)
                .hasSizeLessThanOrEqualTo(10)
                .allMatch(fact -> fact.length() <= 300);
        assertThat(draft.filesModified()).as(reference).hasSizeLessThanOrEqualTo(50);
    }

    private static void checkTitle(SharedPayloads.Sample sample, String title) {
        String tool = sample.payload().path("tool_name").asString("");
        String command =
                Bounds.oneLine(sample.payload().path("tool_input").path("command").asString(""));
        if (!tool.isEmpty()) {
            String lower = title.toLowerCase(Locale.ROOT);
            assertThat(lower)
                    .as(sample.reference())
                    .isNotEqualTo(tool.toLowerCase(Locale.ROOT))
                    .doesNotStartWith(tool.toLowerCase(Locale.ROOT) + " ")
                    .doesNotStartWith(tool.toLowerCase(Locale.ROOT) + ":");
        }
        if (!command.isEmpty()) {
            assertThat(title).as(sample.reference()).doesNotContain(command);
        }
    }

    static List<SharedPayloads.Sample> payloads() {
        Optional<Path> data = SharedPayloads.folder();
        var samples = new ArrayList<SharedPayloads.Sample>();
        SharedPayloads.resource("samples.json")
                .properties()
                .forEach(
                        entry ->
                                samples.add(
                                        new SharedPayloads.Sample(
                                                entry.getKey(), entry.getValue())));
        if (data.isEmpty()) {
            System.out.println("not run: rules over all real payloads (no ../shared/data)");
            return samples;
        }
        samples.addAll(SharedPayloads.all(data.get()));
        samples.addAll(SharedPayloads.transcripts(data.get()));
        return samples;
    }

    private static JsonNode mangled(JsonNode node, Random random) {
        List<JsonNode> odd =
                List.of(
                        Json.tree("null"),
                        Json.tree("true"),
                        Json.tree("-1e9"),
                        Json.tree("[]"),
                        Json.tree("{}"),
                        Json.tree("[[{\"text\":[1]}]]"),
                        Json.tree("\"\""),
                        Json.tree("\"`$(\\u0000 -'\\\"| << EOF\\n\\ud83d\""));
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                if (random.nextInt(6) == 0) {
                    object.set(name, odd.get(random.nextInt(odd.size())));
                } else {
                    mangled(object.path(name), random);
                }
            }
        }
        return node;
    }

    private static CapturedEvent event(HookEvent kind, String payload) {
        return new CapturedEvent(1, kind, "s", Instant.EPOCH, null, null, null, payload, null);
    }
}
