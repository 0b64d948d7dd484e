package dev.mneme.bench;

import dev.mneme.bench.RetrievalSet.Memory;
import dev.mneme.domain.SearchTerms;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// The line to beat: Okapi BM25 over whole texts, k1 = 1.2 and b = 0.75, words of letters and
/// digits, without stop words and with the commonest endings taken off. Written down apart from the
/// product on purpose.
final class PlainBm25 {

    private static final double K1 = 1.2;
    private static final double B = 0.75;
    private static final int STEM_CHARS_MIN = 4;
    private static final List<String> ENDINGS = List.of("ing", "ed", "ly");

    private final List<Memory> memories;
    private final List<Map<String, Integer>> counts = new ArrayList<>();
    private final Map<String, Integer> documents = new HashMap<>();
    private final double meanLength;
    private final int[] lengths;

    PlainBm25(List<Memory> memories) {
        this.memories = memories;
        lengths = new int[memories.size()];
        for (int number = 0; number < lengths.length; number++) {
            var count = new HashMap<String, Integer>();
            for (String word : words(memories.get(number).text())) {
                count.merge(word, 1, Integer::sum);
                lengths[number]++;
            }
            counts.add(count);
            count.keySet().forEach(word -> documents.merge(word, 1, Integer::sum));
        }
        meanLength = Math.max(1, IntStream.of(lengths).average().orElse(1));
    }

    /// The units of the best memories, each once.
    List<String> ranked(String question) {
        var asked = new LinkedHashSet<>(words(question));
        double[] scores = new double[lengths.length];
        for (String word : asked) {
            int holding = documents.getOrDefault(word, 0);
            double weight = Math.log(1 + (lengths.length - holding + 0.5) / (holding + 0.5));
            for (int number = 0; number < scores.length; number++) {
                int count = counts.get(number).getOrDefault(word, 0);
                if (count > 0) {
                    double length = 1 - B + B * lengths[number] / meanLength;
                    scores[number] += weight * count * (K1 + 1) / (count + K1 * length);
                }
            }
        }
        var units = new LinkedHashSet<String>();
        IntStream.range(0, scores.length)
                .filter(number -> scores[number] > 0)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer number) -> -scores[number]))
                .forEach(number -> units.add(memories.get(number).unit()));
        return List.copyOf(units);
    }

    private static List<String> words(String text) {
        var words = new ArrayList<String>();
        for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1)) {
            if (!word.isEmpty() && !SearchTerms.isStopWord(word)) {
                words.add(stem(word));
            }
        }
        return words;
    }

    private static String stem(String word) {
        String stem = word;
        if (stem.length() >= STEM_CHARS_MIN && stem.endsWith("s") && !stem.endsWith("ss")) {
            stem = stem.substring(0, stem.length() - 1);
        }
        for (String ending : ENDINGS) {
            if (stem.endsWith(ending) && stem.length() - ending.length() >= STEM_CHARS_MIN - 1) {
                stem = stem.substring(0, stem.length() - ending.length());
                break;
            }
        }
        return stem.length() > STEM_CHARS_MIN && stem.endsWith("e")
                ? stem.substring(0, stem.length() - 1)
                : stem;
    }
}
