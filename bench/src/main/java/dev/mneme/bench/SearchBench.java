package dev.mneme.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.SearchFilter;
import dev.mneme.embed.WordsEmbedder;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.SearchStore;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How long a search takes as more is stored: the whole HTTP call, against the bare SQL of both of
/// its arms plus the bare embedding of the query, by turns on the same rows.
///
/// The rows are made up, of the length of real ones: a title of ten words, a narrative of ninety,
/// three facts and two files, in twenty projects; words are as frequent as in any language.
final class SearchBench {

    private static final List<Integer> SIZES = List.of(1_000, 10_000, 100_000);
    private static final int SIZES_QUICK = 2;

    private static final int PROJECTS = 20;
    private static final int SESSION_OBSERVATIONS = 25;

    private static final int QUERIES = 300;
    private static final int QUERIES_QUICK = 150;

    /// Asked in turn.
    private static final int QUERIES_MADE = 400;

    /// On both sides the JVM compiles, PostgreSQL reads its pages and keeps its plans; the words of
    /// a project are read once. What these take is a figure of its own.
    private static final int WARM_UP = 400;

    private static final int WORDS = 20_000;
    private static final int TITLE_WORDS = 10;
    private static final int NARRATIVE_WORDS = 90;
    private static final int FACTS = 3;
    private static final int FACT_WORDS = 9;
    private static final int QUERY_WORDS = 5;

    private static final int HITS = 10;

    /// As many as the product asks each arm for.
    private static final int CANDIDATES = 300;

    private static final int PLOT_COLUMNS = 50;
    private static final double RATIO_MAX = 1.5;
    private static final double MEDIAN = 0.5;
    private static final double P95 = 0.95;
    private static final double NANOS_PER_MS = 1e6;
    private static final Instant FIRST = Instant.parse("2026-01-05T08:00:00Z");
    private static final int SECONDS_BETWEEN = 97;

    private record Asked(String project, String query) {}

    /// In milliseconds, one for each query.
    private static final class Times {

        private final List<Double> first = new ArrayList<>();
        private final List<Double> call = new ArrayList<>();
        private final List<Double> bare = new ArrayList<>();
        private final List<Double> words = new ArrayList<>();
        private final List<Double> meaning = new ArrayList<>();
        private final List<Double> embedding = new ArrayList<>();

        Map<String, Object> figures() {
            var figures = new LinkedHashMap<String, Object>();
            put(figures, "first_http", first);
            put(figures, "http", call);
            put(figures, "bare_sum", bare);
            put(figures, "sql_words", words);
            put(figures, "sql_meaning", meaning);
            put(figures, "embedding", embedding);
            return figures;
        }

        private static void put(
                Map<String, Object> figures, String name, List<Double> milliseconds) {
            figures.put(name + "_p50_ms", Report.rounded(quantile(milliseconds, MEDIAN)));
            figures.put(name + "_p95_ms", Report.rounded(quantile(milliseconds, P95)));
        }
    }

    private final BenchDaemon daemon;
    private final Database database;
    private final Dice dice = new Dice(5);
    private final List<String> vocabulary = words();
    private final List<Asked> asked = new ArrayList<>();
    private final WordsEmbedder embedder = new WordsEmbedder();
    private final SearchStore search = new SearchStore("english");
    private int stored;

    private SearchBench(BenchDaemon daemon, Database database) {
        this.daemon = daemon;
        this.database = database;
    }

    static Report run(boolean quick) throws BenchFailure, InterruptedException {
        var report = new Report("search");
        report.comparedWith(
                "bare SQL of both arms (text search, nearest vectors) and the bare embedding of"
                        + " the same query, one after the other");
        try (var daemon = BenchDaemon.start();
                HikariDataSource pool = pool(TemporaryInstallation.databaseOf(daemon.home()))) {
            var bench = new SearchBench(daemon, new Database(pool));
            var growth = new LinkedHashMap<String, Times>();
            for (int size : SIZES.subList(0, quick ? SIZES_QUICK : SIZES.size())) {
                bench.storeUpTo(size);
                daemon.api().awaitVectors();
                Times times = bench.measure(quick ? QUERIES_QUICK : QUERIES);
                report.figure(size + " observations", times.figures());
                growth.put(String.format(Locale.ROOT, "%,9d", size), times);
                report.atMost(
                        "p95 of the call / p95 of its bare parts, " + size + " observations",
                        quantile(times.call, P95) / quantile(times.bare, P95),
                        RATIO_MAX);
            }
            report.figure("p95 by observations", plot(growth));
        }
        return report;
    }

    /// How the time grows: a bar for each size, of the call and of its bare parts.
    private static List<String> plot(Map<String, Times> growth) {
        double longest =
                growth.values().stream()
                        .mapToDouble(
                                times ->
                                        Math.max(
                                                quantile(times.call, P95),
                                                quantile(times.bare, P95)))
                        .max()
                        .orElse(1);
        var lines = new ArrayList<String>();
        growth.forEach(
                (size, times) -> {
                    lines.add(bar(size + " call      ", quantile(times.call, P95), longest));
                    lines.add(bar("          bare parts", quantile(times.bare, P95), longest));
                });
        return lines;
    }

    private static String bar(String name, double milliseconds, double longest) {
        int length = Math.max(1, (int) Math.round(PLOT_COLUMNS * milliseconds / longest));
        return String.format(Locale.ROOT, "%s  %s %.1f ms", name, "#".repeat(length), milliseconds);
    }

    private void storeUpTo(int size) throws BenchFailure {
        while (stored < size) {
            int count = Math.min(Limits.BATCH_OBSERVATIONS_MAX, size - stored);
            var batch = new ArrayList<Wire.ObservationRequest>(count);
            for (int i = 0; i < count; i++) {
                batch.add(observation(stored++));
            }
            daemon.api().post("/api/observations/batch", new Wire.BatchRequest(batch));
        }
    }

    private Wire.ObservationRequest observation(int number) {
        String project = "search-" + number % PROJECTS;
        String narrative = text(NARRATIVE_WORDS);
        if (number % 2 == 0 && asked.size() < QUERIES_MADE) {
            String[] words = narrative.split(" ", -1);
            int from = dice.below(words.length - QUERY_WORDS);
            asked.add(
                    new Asked(
                            project,
                            String.join(" ", List.of(words).subList(from, from + QUERY_WORDS))));
        }
        var facts = new ArrayList<String>();
        for (int fact = 0; fact < FACTS; fact++) {
            facts.add(text(FACT_WORDS));
        }
        return new Wire.ObservationRequest(
                "search-session-"
                        + number % PROJECTS
                        + "-"
                        + number / PROJECTS / SESSION_OBSERVATIONS,
                project,
                text(TITLE_WORDS),
                null,
                "discovery",
                narrative,
                facts,
                List.of(),
                List.of("src/" + word() + "/" + word() + ".java"),
                List.of("src/" + word() + "/" + word() + ".java"),
                null,
                null,
                FIRST.plusSeconds((long) number * SECONDS_BETWEEN).toString());
    }

    private Times measure(int queries) throws BenchFailure {
        EmbeddingModel model =
                database.inTransaction(tx -> new EmbeddingStore().current(tx).orElseThrow());
        var times = new Times();
        for (int i = 0; i < WARM_UP; i++) {
            times.first.add(call(asked.get(i % asked.size())));
            bare(asked.get(i % asked.size()), model, new Times());
        }
        for (int i = 0; i < queries; i++) {
            Asked one = asked.get((WARM_UP + i) % asked.size());
            if (i % 2 == 0) {
                times.call.add(call(one));
                bare(one, model, times);
            } else {
                bare(one, model, times);
                times.call.add(call(one));
            }
        }
        return times;
    }

    private double call(Asked one) throws BenchFailure {
        long start = System.nanoTime();
        daemon.api()
                .post(
                        "/api/observations/search",
                        Map.of("query", one.query(), "project", one.project(), "limit", HITS));
        return (System.nanoTime() - start) / NANOS_PER_MS;
    }

    private void bare(Asked one, EmbeddingModel model, Times times) {
        var filter =
                new SearchFilter(
                        database.inTransaction(
                                tx -> new ProjectStore().ensureNamed(tx, one.project()).id()),
                        List.of(),
                        HITS);
        long start = System.nanoTime();
        float[] vector = embedder.embedQuery(one.query());
        long embedded = System.nanoTime();
        // As the product asks where it knows that a project's vectors can all be looked at.
        database.reading(
                tx ->
                        search.byMeaningOfFew(
                                tx, SearchStore.Aim.at(vector), model, filter, CANDIDATES));
        long near = System.nanoTime();
        database.inTransaction(tx -> search.byWords(tx, one.query(), filter, CANDIDATES));
        long end = System.nanoTime();
        times.embedding.add((embedded - start) / NANOS_PER_MS);
        times.meaning.add((near - embedded) / NANOS_PER_MS);
        times.words.add((end - near) / NANOS_PER_MS);
        times.bare.add((end - start) / NANOS_PER_MS);
    }

    private String text(int words) {
        var text = new StringBuilder();
        for (int word = 0; word < words; word++) {
            text.append(word == 0 ? "" : " ").append(word());
        }
        return text.toString();
    }

    /// The first words of the vocabulary are used most, as in any language.
    private String word() {
        double share = dice.below(1_000_000) / 1e6;
        return vocabulary.get((int) (Math.pow(vocabulary.size(), share) - 1));
    }

    /// Words of the language that the built-in embedder knows, so that a query means something: it
    /// asks no vectors for one of which it knows nothing.
    private static List<String> words() {
        try (InputStream in =
                WordsEmbedder.class.getResourceAsStream("mneme-words/vocabulary.txt")) {
            if (in == null) {
                throw new IllegalStateException("this program lacks the built-in embedder's words");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(word -> word.chars().allMatch(Character::isLetter))
                    .limit(WORDS)
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static double quantile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * share)));
    }

    private static HikariDataSource pool(ConnectionInfo target) {
        var config = new HikariConfig();
        config.setJdbcUrl(target.jdbcUrl());
        config.setUsername(target.user());
        config.setPassword(target.password());
        config.setMaximumPoolSize(2);
        return new HikariDataSource(config);
    }
}
