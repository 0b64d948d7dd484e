package dev.mneme.domain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Which decisions take the place of others, on 163 labelled pairs and on the subjects of the
/// commits of a public code base, of which nothing was looked at.
final class SupersessionTest {

    private static final double WRONGLY_CLOSED_MAX = 0.02;
    private static final double CLOSED_MIN = 0.7;

    private static final Path SUBJECTS =
            Path.of("..", "..", "shared", "data", "entire-sessions", "queries.jsonl");

    private record Pair(String label, String older, String newer) {}

    @Test
    void whatChangedIsClosedAndWhatHoldsIsNot() throws Exception {
        Map<String, int[]> counts = new TreeMap<>();
        for (Pair pair : pairs()) {
            int[] count = counts.computeIfAbsent(pair.label(), none -> new int[2]);
            count[0]++;
            count[1] += Supersession.between(pair.older(), pair.newer()).isPresent() ? 1 : 0;
        }
        counts.forEach((label, count) -> print(label, count[1], count[0]));
        assertThat(counts.values().stream().mapToInt(count -> count[0]).sum())
                .isGreaterThanOrEqualTo(150);
        assertThat(share(counts, "unrelated")).isLessThanOrEqualTo(WRONGLY_CLOSED_MAX);
        assertThat(share(counts, "holds")).isLessThanOrEqualTo(WRONGLY_CLOSED_MAX);
        assertThat(share(counts, "changed")).isGreaterThanOrEqualTo(CLOSED_MIN);
    }

    @Test
    void anyTwoOfTheSetThatDoNotBelongTogetherHardlyEverClose() throws Exception {
        int compared = 0;
        int closed = 0;
        List<Pair> pairs = pairs();
        for (Pair one : pairs) {
            for (Pair other : pairs) {
                if (!one.older().equals(other.older())) {
                    compared++;
                    closed += Supersession.between(one.older(), other.newer()).isPresent() ? 1 : 0;
                }
            }
        }
        print("crosswise", closed, compared);
        assertThat((double) closed / compared).isLessThanOrEqualTo(0.001);
    }

    @Test
    void theSubjectsOfCommitsCloseNoneOfEachOther() throws Exception {
        if (!Files.exists(SUBJECTS)) {
            assertThat(System.getenv("MNEME_REQUIRE_SHARED")).isNull();
            System.out.println("not run: supersession on public commits, the data is not there");
            return;
        }
        List<String> subjects =
                Files.readAllLines(SUBJECTS).stream()
                        .map(line -> Json.tree(line).get("subject").asString())
                        .distinct()
                        .toList();
        int closed = 0;
        for (String older : subjects) {
            for (String newer : subjects) {
                closed += Supersession.between(older, newer).isPresent() ? 1 : 0;
            }
        }
        print("public commits", closed, subjects.size() * subjects.size());
        assertThat((double) closed / subjects.size() / subjects.size()).isLessThan(0.0001);
    }

    @Test
    void noTextIsTrouble() {
        for (String text :
                List.of("", " ", "instead of", "5 5 5 5", "#", "不要 使用", "a".repeat(10_000))) {
            assertThat(Supersession.between(text, "Use Vite instead of Webpack here")).isEmpty();
            assertThat(Supersession.between("Use Webpack here", text)).isEmpty();
        }
    }

    private static void print(String pairs, int closed, int all) {
        System.out.println("supersession, " + pairs + ": " + closed + " of " + all + " closed");
    }

    private static double share(Map<String, int[]> counts, String label) {
        int[] count = counts.getOrDefault(label, new int[] {1, 1});
        return (double) count[1] / count[0];
    }

    private static List<Pair> pairs() throws IOException {
        try (InputStream in = SupersessionTest.class.getResourceAsStream("supersession.tsv")) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .map(cells -> new Pair(cells[0], cells[1], cells[2]))
                    .toList();
        }
    }
}
