package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// What search finds, on a real PostgreSQL with pgvector.
final class SearchIT {

    private static final String BACKOFF = "Cap the retry backoff at 5 s";
    private static final String WATERING = "Cap the watering at 5 l";
    private static final String COOKIE = "handleSessionInit lost the cookie";
    private static final String GERMAN = "Wiederholung begrenzen";
    private static final String JAPANESE = "再試行の上限";

    private static TestDaemon daemon;

    @BeforeAll
    static void fill() {
        daemon = TestDaemon.start();
        store("shop", "decision", BACKOFF, "The gateway drops connections that idle longer.");
        store(
                "shop",
                "bugfix",
                COOKIE,
                "Fixed in src/server/sessionHandler.ts, it raised ERR_COOKIE_LOST.");
        store(
                "shop",
                "discovery",
                GERMAN,
                "Die Wartezeit wird auf fünf Sekunden begrenzt, weil das Gateway sonst abbricht.");
        store("shop", "discovery", JAPANESE, "待ち時間は五秒に制限されている。ゲートウェイが切断するため。");
        store("garden", "decision", WATERING, "The tomatoes drown in more than that.");
        daemon.settle();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"why is the retry backoff capped", "idle connections", "BACKOFF"})
    void anEnglishQuestionFindsItsMemory(String query) {
        assertThat(titles(search(query, "shop"))).first().isEqualTo(BACKOFF);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session init",
                "handleSessionInit",
                "sessionHandler.ts",
                "ERR_COOKIE_LOST",
                "lost"
            })
    void anIdentifierIsFoundWholeAndByItsParts(String query) {
        assertThat(titles(search(query, "shop"))).first().isEqualTo(COOKIE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"add", "added", "adding", "adds"})
    void whatWasAddedIsFoundByAllFormsOfTheWord(String query) {
        store("kiosk " + query, "feature", "Added a second printer", "It prints receipts.");
        daemon.settle();
        JsonNode found =
                daemon.post(
                                "/api/observations/search",
                                Json.write(
                                        Map.of(
                                                "query",
                                                query,
                                                "project",
                                                "kiosk " + query,
                                                "mode",
                                                "fts",
                                                "explain",
                                                true)))
                        .json();
        assertThat(found.at("/observations/0/title").asString())
                .isEqualTo("Added a second printer");
        assertThat(found.at("/explain/0/words").asDouble()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Wartezeit begrenzt", "warum bricht das ab", "fünf Sekunden"})
    void aGermanQueryFindsItsMemory(String query) {
        assertThat(titles(search(query, "shop"))).first().isEqualTo(GERMAN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"再試行", "待ち時間の制限", "ゲートウェイ 切断"})
    void aJapaneseQueryFindsItsMemory(String query) {
        assertThat(titles(search(query, "shop"))).first().isEqualTo(JAPANESE);
    }

    @Test
    void aProjectSeesItsOwnUnlessAskedAcross() {
        assertThat(titles(search("cap", "garden"))).containsExactly(WATERING);
        assertThat(titles(search("cap", "a project nobody has"))).isEmpty();
        assertThat(titles(post(Map.of("query", "cap", "project", "garden", "cross_project", true))))
                .contains(WATERING, BACKOFF);
    }

    @Test
    void aClosedMemoryIsKeptForTheRecordAndFoundNoMore() {
        store("attic", "decision", "Sessions live in memcached", "They were lost at a restart.");
        long old = search("memcached sessions", "attic").at("/observations/0/id").asLong();
        store("attic", "decision", "Sessions live in redis", "They survive a restart.");
        daemon.settle();
        long current = search("redis", "attic").at("/observations/0/id").asLong();
        String path = "/api/observations/" + old;

        JsonNode closed =
                daemon.post(path + "/close", "{\"superseded_by\":" + current + "}").json();
        assertThat(closed.at("/superseded_by").asLong()).isEqualTo(current);
        for (String mode : List.of("hybrid", "vector", "fts")) {
            assertThat(
                            titles(
                                    post(
                                            Map.of(
                                                    "query",
                                                    "where do sessions live",
                                                    "project",
                                                    "attic",
                                                    "mode",
                                                    mode))))
                    .as(mode)
                    .containsExactly("Sessions live in redis");
        }
        assertThat(daemon.get("/api/observations?project=attic").json()).hasSize(1);
        assertThat(daemon.get(path).json().at("/closed_at").asString()).isNotEmpty();

        assertThat(daemon.post(path + "/close", "{\"superseded_by\":" + old + "}").status())
                .isEqualTo(400);
        assertThat(daemon.post(path + "/close", "{\"superseded_by\":987654321}").status())
                .isEqualTo(400);
        assertThat(daemon.post("/api/observations/987654321/close", "{}").status()).isEqualTo(404);

        assertThat(daemon.post(path + "/reopen", "{}").json().has("closed_at")).isFalse();
        assertThat(titles(search("memcached sessions", "attic")))
                .contains("Sessions live in memcached");
    }

    @Test
    void typesAndLimitsHold() {
        JsonNode found =
                post(
                        Map.of(
                                "query",
                                "gateway backoff cap",
                                "type",
                                List.of("decision"),
                                "limit",
                                1));

        assertThat(found.at("/total").asInt()).isEqualTo(1);
        assertThat(found.at("/observations/0/type").asString()).isEqualTo("decision");
        assertThat(found.at("/observations/0/has_embedding").asBoolean()).isTrue();
        assertThat(found.at("/observations/0/score").asDouble()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hybrid", "rrf", "vector", "fts"})
    void everyModeWorksAndIsNamed(String mode) {
        JsonNode found = post(Map.of("query", "retry backoff", "project", "shop", "mode", mode));

        assertThat(found.at("/mode").asString()).isEqualTo(mode);
        assertThat(titles(found)).contains(BACKOFF);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "foo:bar",
                "npm run build!",
                "fix & deploy",
                "x | y",
                "(",
                ")",
                "'",
                "\"",
                "\\",
                "<->",
                "a <2> b",
                ":*",
                "the",
                "of and or",
                "OR",
                "-",
                "\"unclosed",
                "a\u0000b",
                "\ud800",
                "%_",
                "'; DROP TABLE mem_jobs; --",
                "🙂",
                "a OR OR b",
                "/* */",
                "$1",
                "<columns>",
                ":project"
            })
    void noQueryIsAnError(String query) {
        for (String mode : List.of("hybrid", "rrf", "vector", "fts")) {
            assertThat(post(Map.of("query", query, "mode", mode)).at("/mode").asString())
                    .isEqualTo(mode);
        }
    }

    @Test
    void randomTextIsNeverAnError() {
        long seed = 20_261_120;
        var random = new Random(seed);
        for (int i = 0; i < 150; i++) {
            var query = new StringBuilder("x");
            for (int length = random.nextInt(60); length > 0; length--) {
                query.appendCodePoint(
                        random.nextInt(4) == 0 ? random.nextInt(0x3000) : 32 + random.nextInt(95));
            }
            var answer =
                    daemon.post(
                            "/api/observations/search",
                            Json.write(Map.of("query", query.toString())));
            assertThat(answer.status()).as("seed %s: %s", seed, query).isEqualTo(200);
        }
    }

    @Test
    void theTimelineShowsWhatLiesAroundAnAnchor() {
        var ids = new ArrayList<Long>();
        for (int i = 0; i < 7; i++) {
            var observation =
                    Map.of(
                            "session_id",
                            "timeline",
                            "project",
                            "timeline",
                            "title",
                            "Step " + i,
                            "created_at",
                            "2026-03-01T10:0" + i + ":00Z");
            ids.add(
                    daemon.post("/api/observations", Json.write(observation))
                            .json()
                            .at("/id")
                            .asLong());
        }

        JsonNode entries =
                daemon.post(
                                "/api/observations/timeline",
                                Json.write(
                                        Map.of(
                                                "anchor", ids.get(3),
                                                "depth_before", 2,
                                                "depth_after", 1)))
                        .json()
                        .at("/entries");

        assertThat(
                        entries.valueStream()
                                .map(
                                        entry ->
                                                entry.at("/position").asString()
                                                        + " "
                                                        + entry.at("/observation/title")
                                                                .asString()))
                .containsExactly("before Step 1", "before Step 2", "anchor Step 3", "after Step 4");
    }

    @Test
    void severalAreReadByIdAndUnknownOnesAreNamed() {
        long known = search("cookie", "shop").at("/observations/0/id").asLong();

        JsonNode answer =
                daemon.post(
                                "/api/observations/get",
                                Json.write(Map.of("ids", List.of(999_999L, known))))
                        .json();

        assertThat(answer.at("/observations/0/id").asLong()).isEqualTo(known);
        assertThat(answer.at("/missing/0").asLong()).isEqualTo(999_999);
    }

    @Test
    void aRareWordCountsForMoreThanACommonOne() {
        for (int day = 1; day <= 8; day++) {
            store("mill", "change", "The wheel was greased on day " + day, "The wheel turns.");
        }
        store("mill", "bugfix", "The sluice was mended", "It leaked.");

        assertThat(titles(fts("the wheel or the sluice", "mill")))
                .first()
                .isEqualTo("The sluice was mended");
    }

    @Test
    void theScoreIsTheSumOfItsPartsWhereThatIsAskedFor() {
        JsonNode plain = search("retry backoff", "shop");
        JsonNode explained =
                post(Map.of("query", "retry backoff", "project", "shop", "explain", true));

        assertThat(plain.has("explain")).isFalse();
        assertThat(explained.at("/explain")).hasSameSizeAs(explained.at("/observations"));
        JsonNode parts = explained.at("/explain/0");
        assertThat(parts.at("/id").asLong()).isEqualTo(explained.at("/observations/0/id").asLong());
        assertThat(parts.at("/words").asDouble()).isEqualTo(1);
        double sum = 0;
        for (String part :
                List.of("words", "neighbours", "session", "length", "meaning", "recency")) {
            sum += parts.at("/" + part).asDouble();
        }
        assertThat(explained.at("/observations/0/score").asDouble())
                .isCloseTo(sum, within(0.000_001));
    }

    @Test
    void whatIsNotStoredIsNotCovered() {
        assertThat(search("why is the retry backoff capped", "shop").at("/covered").asBoolean())
                .isTrue();
        assertThat(
                        search("which opera did the tenor sing in Vienna", "shop")
                                .at("/covered")
                                .booleanValue())
                .isFalse();
        assertThat(search("anything", "a project nobody has").at("/covered").booleanValue())
                .isFalse();
    }

    @Test
    void pagesFollowEachOtherWithoutAGapOrARepeat() {
        for (int number = 1; number <= 7; number++) {
            store("pages", "discovery", "Page " + number + " of the ledger", "Ledger, again.");
        }
        daemon.settle();
        var seen = new ArrayList<String>();
        String after = "";
        do {
            var request = new HashMap<String, Object>();
            request.put("query", "ledger page");
            request.put("project", "pages");
            request.put("limit", 3);
            if (!after.isEmpty()) {
                request.put("after", after);
            }
            JsonNode page = post(request);
            seen.addAll(titles(page));
            after = page.at("/next").asString("");
        } while (!after.isEmpty());

        assertThat(seen).hasSize(7).doesNotHaveDuplicates();
    }

    @Test
    void filtersLeaveOutEverythingElse() {
        full("log", "s1", "Rotate the log daily", "2026-01-05T10:00:00Z", "rotation", "src/log.py");
        full("log", "s2", "Rotate the log hourly", "2026-02-05T10:00:00Z", "disk", "src/disk.py");
        daemon.settle();

        assertThat(filtered("concepts", List.of("disk"))).containsExactly("Rotate the log hourly");
        assertThat(filtered("files", List.of("log.py"))).containsExactly("Rotate the log daily");
        assertThat(filtered("files", List.of("og.py"))).isEmpty();
        assertThat(filtered("since", "2026-02-01")).containsExactly("Rotate the log hourly");
        assertThat(filtered("until", "2026-02-01T00:00:00Z"))
                .containsExactly("Rotate the log daily");
        assertThat(filtered("since", "1d")).isEmpty();
        assertThat(filtered("session_id", "s2")).containsExactly("Rotate the log hourly");
        assertThat(filtered("branch", "main")).isEmpty();
        var wrong =
                daemon.post(
                        "/api/observations/search",
                        Json.write(Map.of("query", "log", "since", "lately")));
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.body()).contains("since");
    }

    @Test
    void theIndexFollowsWhatIsStoredAndForgotten() {
        store("barn", "decision", "Hay lies in the loft", "It stays dry.");
        assertThat(titles(fts("hay", "barn"))).containsExactly("Hay lies in the loft");

        store("barn", "decision", "More hay lies in the yard", "It gets wet.");
        JsonNode both = fts("hay", "barn");
        assertThat(titles(both)).hasSize(2);

        long yard =
                both.at("/observations")
                        .valueStream()
                        .filter(hit -> hit.at("/title").asString().contains("yard"))
                        .findFirst()
                        .orElseThrow()
                        .at("/id")
                        .asLong();
        assertThat(
                        daemon.post(
                                        "/api/forget",
                                        Json.write(Map.of("ids", List.of(yard), "now", true)))
                                .status())
                .isEqualTo(200);
        assertThat(titles(fts("hay", "barn"))).containsExactly("Hay lies in the loft");

        store("shed", "decision", "Straw lies in the shed", "Beside the hay.");
        assertThat(
                        daemon.post(
                                        "/api/projects/merge",
                                        Json.write(Map.of("from", "shed", "into", "barn")))
                                .status())
                .isEqualTo(200);
        assertThat(titles(fts("straw", "barn"))).containsExactly("Straw lies in the shed");
    }

    private static JsonNode fts(String query, String project) {
        return post(Map.of("query", query, "project", project, "mode", "fts"));
    }

    private static List<String> filtered(String field, Object value) {
        return titles(post(Map.of("query", "rotate the log", "project", "log", field, value)));
    }

    private static void full(
            String project, String session, String title, String at, String concept, String file) {
        var answer =
                daemon.post(
                        "/api/observations",
                        Json.write(
                                Map.of(
                                        "session_id", session,
                                        "project", project,
                                        "title", title,
                                        "created_at", at,
                                        "concepts", List.of(concept),
                                        "files_modified", List.of(file))));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static List<String> titles(JsonNode found) {
        return found.at("/observations")
                .valueStream()
                .map(observation -> observation.at("/title").asString())
                .toList();
    }

    private static JsonNode search(String query, String project) {
        return post(Map.of("query", query, "project", project));
    }

    private static JsonNode post(Map<String, Object> request) {
        var answer = daemon.post("/api/observations/search", Json.write(request));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static void store(String project, String type, String title, String narrative) {
        var observation =
                Map.of(
                        "session_id", "fill-" + project,
                        "project", project,
                        "type", type,
                        "title", title,
                        "narrative", narrative);
        var answer = daemon.post("/api/observations", Json.write(observation));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
}
