package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

final class WordIndexTest {

    @Test
    void whatIsPutInIsReadBackAlsoAfterOthersAreTakenOut() {
        var random = new Random(7);
        var index = new WordIndex();
        Map<Long, Map<String, Integer>> expected = new HashMap<>();
        for (int round = 0; round < 3_000; round++) {
            long id = random.nextInt(400);
            if (random.nextInt(4) == 0) {
                index.remove(id);
                expected.remove(id);
                continue;
            }
            var counts = new HashMap<String, Integer>();
            var words = new ArrayList<String>();
            for (int left = random.nextInt(300); left > 0; left--) {
                String word = "w" + random.nextInt(40);
                words.add(word);
                counts.merge(word, 1, Integer::sum);
            }
            index.put(id, id % 5, round, round, words);
            expected.put(id, counts);
        }

        Map<Long, Map<String, Integer>> read = new HashMap<>();
        expected.keySet().forEach(id -> read.put(id, new HashMap<>()));
        for (int word = 0; word < 40; word++) {
            String name = "w" + word;
            index.read(
                    name,
                    (number, count) ->
                            Objects.requireNonNull(read.get(index.id(number))).put(name, count));
        }
        assertThat(read).isEqualTo(expected);
        assertThat(index.documents()).isEqualTo(expected.size());
        assertThat(index.words())
                .isEqualTo(
                        expected.values().stream()
                                .flatMap(counts -> counts.values().stream())
                                .mapToLong(count -> count)
                                .sum());
    }

    @Test
    void neighboursAreThoseOfTheSameSessionByTime() {
        var index = new WordIndex();
        index.put(1, 9, 30, 0, List.of("c"));
        index.put(2, 9, 10, 0, List.of("a"));
        index.put(3, 9, 20, 0, List.of("b"));
        index.put(4, 8, 15, 0, List.of("x"));

        assertThat(index.id(index.before(index.number(3)))).isEqualTo(2);
        assertThat(index.id(index.after(index.number(3)))).isEqualTo(1);
        assertThat(index.before(index.number(4))).isEqualTo(-1);

        index.remove(3);
        assertThat(index.id(index.before(index.number(1)))).isEqualTo(2);
    }

    @Test
    void anAnswerIsRankedHigherForTheQuestionBeforeIt() {
        var index = new WordIndex();
        index.put(1, 1, 1, 0, List.of("which", "colour", "door"));
        index.put(2, 1, 2, 0, List.of("door", "green"));
        index.put(3, 2, 1, 0, List.of("door", "blue"));

        var scores = new WordScores(List.of(index), QueryWords.of(List.of("colour", "door")));

        assertThat(scores.best(10, null)).containsExactly(1L, 2L, 3L);
        assertThat(scores.parts(2).neighbours()).isPositive();
        assertThat(scores.parts(3).neighbours()).isZero();
        assertThat(scores.parts(1).own()).isEqualTo(1);
    }

    @Test
    void placesAreReadBackWhereverADocumentEnds() {
        var random = new Random(11);
        var index = new WordIndex();
        var texts = new ArrayList<List<String>>();
        for (int id = 0; id < 400; id++) {
            var words = new ArrayList<String>();
            for (int left = random.nextInt(400); left > 0; left--) {
                words.add("w" + random.nextInt(30));
            }
            texts.add(words);
            index.put(id, 1, id, 0, words);
        }

        for (int round = 0; round < 30; round++) {
            String one = "w" + random.nextInt(30);
            String other = "w" + random.nextInt(30);
            if (one.equals(other)) {
                continue;
            }
            int most = 1 + random.nextInt(3);
            Map<Long, Integer> expected = new HashMap<>();
            for (int id = 0; id < texts.size(); id++) {
                int near = near(texts.get(id), one, other, most);
                if (near > 0) {
                    expected.put((long) id, near);
                }
            }

            Map<Long, Integer> read = new HashMap<>();
            index.readNear(one, other, most, (number, count) -> read.put(index.id(number), count));

            assertThat(read).isEqualTo(expected);
        }
    }

    private static int near(List<String> words, String one, String other, int most) {
        int near = 0;
        for (int at = 0; at < words.size(); at++) {
            List<String> around =
                    words.subList(Math.max(0, at - most), Math.min(words.size(), at + most + 1));
            near += words.get(at).equals(one) && around.contains(other) ? 1 : 0;
        }
        return near;
    }

    @Test
    void wordsThatStandSideBySideAsInTheQueryCountMoreThanTheSameWordsApart() {
        var index = new WordIndex();
        index.put(1, 1, 1, 0, List.of("session", "list", "of", "many", "shadow", "things"));
        index.put(2, 2, 1, 0, List.of("list", "many", "things", "shadow", "of", "session"));
        index.put(3, 3, 1, 0, List.of("something", "else"));

        var scores = new WordScores(List.of(index), QueryWords.of(List.of("session", "list")));

        assertThat(scores.best(10, null)).containsExactly(1L, 2L);
        assertThat(scores.parts(1).own()).isGreaterThan(scores.parts(2).own());
        assertThat(scores.coverage().pairBest()).isEqualTo(1);
    }
}
