package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
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
    @ValueSource(strings = {"hybrid", "vector", "fts"})
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
        for (String mode : List.of("hybrid", "vector", "fts")) {
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
