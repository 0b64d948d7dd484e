package dev.mneme.recall;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/// What the words of one query say about the observations of some projects.
///
/// An observation's own score is BM25, which weighs a word by how rare it is among the observations
/// that are asked, and two words side by side once more. Around it, three things are known of where
/// an observation stands: what is said right before and after it (an answer need not repeat the
/// words of its question), what its session speaks of as a whole, and how much that session says at
/// all (who says more meets more words by chance). docs/PERFORMANCE.md has what each of them is
/// worth.
final class WordScores {

    /// How soon another repetition of a word stops to count, and how far length counts.
    private static final double K1 = 1.2;

    private static final double B = 0.75;

    /// In a session a word comes back more often before it is what the session is about.
    private static final double SESSION_K1 = 4;

    /// What two words count that stand side by side in the query and in the observation, beside
    /// each of them, as a share of the rarer one.
    private static final double PAIR_WEIGHT = 0.3;

    /// With one word in between, which is how an identifier stands beside its parts.
    private static final int PAIR_PLACES_MAX = 2;

    /// What a neighbour's own score counts for.
    private static final double NEIGHBOUR_WEIGHT = 0.3;

    private static final double SESSION_WEIGHT = 0.9;

    /// For each factor of e by which a session is longer than usual.
    private static final double LONG_SESSION_WEIGHT = 0.05;

    private static final double LONG_SESSION_LOG_MAX = 3;

    /// Of entries that hold a score, a project's number here and an observation's number there.
    private static final Comparator<double[]> WORSE_FIRST =
            Comparator.<double[]>comparingDouble(entry -> entry[0])
                    .thenComparingDouble(entry -> entry[1])
                    .thenComparingDouble(entry -> entry[2]);

    /// An observation of no more is not long.
    private static final double DENSE_WORDS = 20;

    private static final int THREE = 3;
    private static final int TEN = 10;

    /// The parts of an observation's score by words; own scores reach up to 1.
    record Parts(double own, double neighbours, double session, double length) {

        static final Parts NONE = new Parts(0, 0, 0, 0);

        double sum() {
            return own + neighbours + session + length;
        }
    }

    /// How far a query's words are met at all.
    ///
    /// @param known the share of the words' weight that is met anywhere
    /// @param best the largest share that one observation meets
    /// @param dense the same, less by the root of its length: long ones meet every word by chance
    /// @param pairBest the same of words that stand side by side, in one observation
    /// @param margin how far the tenth is behind the first, as a share of the first
    /// @param words of the query that count
    /// @param first the first three
    record Coverage(
            double known,
            double best,
            double dense,
            double pairBest,
            double margin,
            int words,
            List<Long> first) {

        static final Coverage NONE = new Coverage(0, 0, 0, 0, 0, 0, List.of());
    }

    /// The sums of one project.
    private static final class Sums {

        private final WordIndex index;
        private final double[] own;
        private final double[] met;
        private final double[] pairsMet;
        private final double[] session;

        private Sums(WordIndex index) {
            this.index = index;
            own = new double[index.size()];
            met = new double[index.size()];
            pairsMet = new double[index.size()];
            session = new double[index.sessions()];
        }
    }

    private final List<Sums> projects = new ArrayList<>();
    private final double bestOwn;
    private final double bestSession;
    private final Coverage coverage;

    /// @param query the words without those that say nothing
    WordScores(Collection<WordIndex> indexes, QueryWords query) {
        long documents = 0;
        long words = 0;
        for (WordIndex index : indexes) {
            projects.add(new Sums(index));
            documents += index.documents();
            words += index.words();
        }
        double meanLength = documents == 0 ? 1 : Math.max(1, (double) words / documents);
        double weights = 0;
        double known = 0;
        double pairs = 0;
        Map<String, Double> rarities = new HashMap<>();
        for (String stem : query.stems()) {
            long holding = 0;
            for (WordIndex index : indexes) {
                holding += index.holding(stem);
            }
            double weight = rarity(documents, holding);
            rarities.put(stem, weight);
            weights += weight;
            if (holding > 0) {
                known += weight;
                for (Sums sums : projects) {
                    add(sums, stem, weight, meanLength);
                }
            }
        }
        for (QueryWords.Pair pair : query.pairs()) {
            double weight =
                    Math.min(
                            rarities.getOrDefault(pair.first(), 0.0),
                            rarities.getOrDefault(pair.second(), 0.0));
            pairs += weight;
            for (Sums sums : projects) {
                add(sums, pair, weight, meanLength);
            }
        }
        bestOwn = best(sums -> sums.own);
        bestSession = best(sums -> sums.session);
        coverage =
                weights == 0
                        ? Coverage.NONE
                        : coverage(known / weights, weights, pairs, query.stems().size());
    }

    private Coverage coverage(double known, double weights, double pairs, int words) {
        var firstTen = new PriorityQueue<double[]>(TEN + 1, WORSE_FIRST);
        for (int project = 0; project < projects.size(); project++) {
            double[] own = projects.get(project).own;
            for (int number = 0; number < own.length; number++) {
                if (own[number] > 0
                        && (firstTen.size() < TEN || own[number] > firstTen.element()[0])) {
                    firstTen.add(new double[] {own[number], project, number});
                    if (firstTen.size() > TEN) {
                        firstTen.remove();
                    }
                }
            }
        }
        var first = new ArrayList<>(firstTen);
        first.sort(WORSE_FIRST.reversed());
        var ids = new ArrayList<Long>();
        for (double[] entry : first.subList(0, Math.min(THREE, first.size()))) {
            Sums sums = projects.get((int) entry[1]);
            ids.add(sums.index.id((int) entry[2]));
        }
        double tenth = first.size() < TEN ? 0 : first.getLast()[0];
        return new Coverage(
                known,
                best(sums -> sums.met) / weights,
                densest() / weights,
                pairs == 0 ? 0 : best(sums -> sums.pairsMet) / pairs,
                bestOwn == 0 ? 0 : (bestOwn - tenth) / bestOwn,
                words,
                List.copyOf(ids));
    }

    private double densest() {
        double densest = 0;
        for (Sums sums : projects) {
            for (int number = 0; number < sums.met.length; number++) {
                if (sums.met[number] > 0) {
                    double length = DENSE_WORDS + sums.index.length(number);
                    densest = Math.max(densest, sums.met[number] * Math.sqrt(DENSE_WORDS / length));
                }
            }
        }
        return densest;
    }

    Coverage coverage() {
        return coverage;
    }

    /// Those that hold a word of the query, the best by all parts first.
    ///
    /// @param allowed where not null, no others
    List<Long> best(int limit, @Nullable Set<Long> allowed) {
        var queue = new PriorityQueue<double[]>(limit + 1, WORSE_FIRST);
        for (int project = 0; project < projects.size(); project++) {
            Sums sums = projects.get(project);
            for (int number = 0; number < sums.own.length; number++) {
                if (sums.own[number] <= 0
                        || (allowed != null && !allowed.contains(sums.index.id(number)))) {
                    continue;
                }
                double score = parts(sums, number).sum();
                if (queue.size() == limit && queue.element()[0] >= score) {
                    continue;
                }
                queue.add(new double[] {score, project, number});
                if (queue.size() > limit) {
                    queue.remove();
                }
            }
        }
        var best = new ArrayList<double[]>(queue);
        best.sort(WORSE_FIRST.reversed());
        return best.stream()
                .map(entry -> projects.get((int) entry[1]).index.id((int) entry[2]))
                .toList();
    }

    Parts parts(long id) {
        for (Sums sums : projects) {
            int number = sums.index.number(id);
            if (number >= 0) {
                return parts(sums, number);
            }
        }
        return Parts.NONE;
    }

    /// How many seconds lie between an observation and the newest one that was asked; 0 where it is
    /// not known.
    long secondsBehind(long id) {
        long newest = Long.MIN_VALUE;
        long time = Long.MIN_VALUE;
        for (Sums sums : projects) {
            newest = Math.max(newest, sums.index.newest());
            int number = sums.index.number(id);
            if (number >= 0) {
                time = sums.index.time(number);
            }
        }
        return time == Long.MIN_VALUE ? 0 : Math.max(0, newest - time);
    }

    private Parts parts(Sums sums, int number) {
        if (bestOwn == 0) {
            return Parts.NONE;
        }
        WordIndex index = sums.index;
        int before = index.before(number);
        int after = index.after(number);
        double around = (before < 0 ? 0 : sums.own[before]) + (after < 0 ? 0 : sums.own[after]);
        int session = index.session(number);
        double longer =
                Math.log(Math.max(1, index.sessionWords(session))) - index.usualSessionLog();
        return new Parts(
                sums.own[number] / bestOwn,
                NEIGHBOUR_WEIGHT * around / bestOwn,
                SESSION_WEIGHT * sums.session[session] / bestSession,
                -LONG_SESSION_WEIGHT
                        * Math.clamp(longer, -LONG_SESSION_LOG_MAX, LONG_SESSION_LOG_MAX));
    }

    private static void add(Sums sums, String stem, double weight, double meanLength) {
        WordIndex index = sums.index;
        Map<Integer, int[]> ofSessions = new HashMap<>();
        index.read(
                stem,
                (number, count) -> {
                    double length = index.length(number) / meanLength;
                    sums.own[number] += weight * saturated(count, K1, length);
                    sums.met[number] += weight;
                    ofSessions.computeIfAbsent(index.session(number), none -> new int[1])[0] +=
                            count;
                });
        double rare = rarity(index.sessions(), ofSessions.size());
        ofSessions.forEach(
                (session, counted) -> {
                    int count = counted[0];
                    double length = index.sessionWords(session) / index.meanSessionWords();
                    sums.session[session] += rare * saturated(count, SESSION_K1, length);
                });
    }

    private static void add(Sums sums, QueryWords.Pair pair, double weight, double meanLength) {
        sums.index.readNear(
                pair.first(),
                pair.second(),
                PAIR_PLACES_MAX,
                (number, count) -> {
                    double length = sums.index.length(number) / meanLength;
                    sums.own[number] += PAIR_WEIGHT * weight * saturated(count, K1, length);
                    sums.pairsMet[number] += weight;
                });
    }

    /// How much so many repetitions count in a text that is so many times as long as usual.
    private static double saturated(int count, double k1, double length) {
        return count * (k1 + 1) / (count + k1 * (1 - B + B * length));
    }

    private static double rarity(long all, long holding) {
        return Math.log(1 + (all - holding + 0.5) / (holding + 0.5));
    }

    @FunctionalInterface
    private interface Column {
        double[] of(Sums sums);
    }

    private double best(Column column) {
        return projects.stream()
                .flatMapToDouble(sums -> Arrays.stream(column.of(sums)))
                .max()
                .orElse(0);
    }
}
