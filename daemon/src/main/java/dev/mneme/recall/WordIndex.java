package dev.mneme.recall;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The words of one project's observations in memory: which observation holds which word in which
/// places, and what lies before and after each in its session.
///
/// Not safe for several threads; whoever keeps it sees to that.
final class WordIndex {

    private static final int DOCUMENTS_FIRST = 64;

    /// Beside the postings, roughly: a document's numbers, and a term's entry in the table.
    private static final int DOCUMENT_BYTES = 64;

    private static final int TERM_BYTES = 112;

    /// From so many on, and when they are more than an eighth, it is worth making it anew.
    private static final int GONE_MIN = 64;

    /// Where one document holds one term.
    private static final class Places {

        private int[] numbers = new int[1];
        private int count;

        private void add(int place) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, count * 2);
            }
            numbers[count++] = place;
        }
    }

    private long[] ids = new long[DOCUMENTS_FIRST];
    private int[] lengths = new int[DOCUMENTS_FIRST];
    private int[] sessions = new int[DOCUMENTS_FIRST];
    private long[] times = new long[DOCUMENTS_FIRST];
    private long[] versions = new long[DOCUMENTS_FIRST];
    private int size;
    private final BitSet gone = new BitSet();
    private final Map<Long, Integer> numbers = new HashMap<>();
    private final Map<Long, Integer> sessionNumbers = new HashMap<>();
    private final Map<String, Postings> terms = new HashMap<>();
    private long words;
    private long newest = Long.MIN_VALUE;
    private long postingBytes;

    /// The order within sessions; made when it is asked for.
    private int[] before = {};

    private int[] after = {};
    private double[] sessionWords = {};
    private double usualSessionLog;
    private boolean ordered;

    /// Puts an observation in, in place of what was known of it.
    ///
    /// @param stems of its words, in their order, repeats kept
    void put(long id, long session, long createdAt, long version, List<String> stems) {
        remove(id);
        if (size == ids.length) {
            grow();
        }
        var places = new HashMap<String, Places>();
        int place = 0;
        for (String stem : stems) {
            places.computeIfAbsent(stem, none -> new Places()).add(place++);
        }
        places.forEach(
                (stem, here) -> {
                    Postings postings = terms.computeIfAbsent(stem, none -> new Postings());
                    int bytes = postings.bytes();
                    postings.add(size, here.numbers, here.count);
                    postingBytes += postings.bytes() - bytes;
                });
        ids[size] = id;
        lengths[size] = stems.size();
        sessions[size] = sessionNumbers.computeIfAbsent(session, none -> sessionNumbers.size());
        times[size] = createdAt;
        versions[size] = version;
        numbers.put(id, size);
        words += stems.size();
        newest = Math.max(newest, createdAt);
        size++;
        ordered = false;
    }

    void remove(long id) {
        Integer number = numbers.remove(id);
        if (number != null) {
            gone.set(number);
            words -= lengths[number];
            ordered = false;
        }
    }

    /// Takes out everything that is not among `ids`.
    void keepOnly(Collection<Long> kept) {
        Set<Long> left = new HashSet<>(numbers.keySet());
        left.removeAll(new HashSet<>(kept));
        left.forEach(this::remove);
    }

    /// Whether it knows an observation in this version.
    boolean knows(long id, long version) {
        Integer number = numbers.get(id);
        return number != null && versions[number] == version;
    }

    /// Whether so much was taken out that it should be made anew.
    boolean isWorn() {
        return gone.cardinality() >= GONE_MIN && gone.cardinality() > size / 8;
    }

    int documents() {
        return numbers.size();
    }

    /// Of all observations together.
    long words() {
        return words;
    }

    int sessions() {
        return sessionNumbers.size();
    }

    /// When the newest of its observations happened.
    long newest() {
        return newest;
    }

    long bytes() {
        return postingBytes + (long) terms.size() * TERM_BYTES + (long) size * DOCUMENT_BYTES;
    }

    /// How many observations hold a term; those that are gone may still be counted.
    int holding(String stem) {
        Postings postings = terms.get(stem);
        return postings == null ? 0 : Math.min(postings.documents(), documents());
    }

    /// The term that most observations hold among those a slip of the fingers away; empty where
    /// there is none.
    Optional<String> alike(String stem) {
        String best = null;
        int most = 0;
        for (Map.Entry<String, Postings> entry : terms.entrySet()) {
            int holding = entry.getValue().documents();
            if (holding > most
                    && Math.abs(entry.getKey().length() - stem.length()) <= 1
                    && TypingSlip.between(entry.getKey(), stem)) {
                best = entry.getKey();
                most = holding;
            }
        }
        return Optional.ofNullable(best);
    }

    /// Reads which observations hold a term, by their numbers here.
    void read(String stem, Postings.Reader reader) {
        Postings postings = terms.get(stem);
        if (postings != null) {
            postings.forEach(
                    (document, count) -> {
                        if (!gone.get(document)) {
                            reader.read(document, count);
                        }
                    });
        }
    }

    /// Reads which observations hold two terms within so many places of each other, in either
    /// order, with how many places of the first have the second near.
    void readNear(String one, String other, int placesMax, Postings.Reader reader) {
        Postings ofOne = terms.get(one);
        Postings ofOther = terms.get(other);
        if (ofOne == null || ofOther == null) {
            return;
        }
        Postings.Cursor first = ofOne.cursor();
        Postings.Cursor second = ofOther.cursor();
        boolean more = first.next() && second.next();
        while (more) {
            int apart = first.document() - second.document();
            if (apart == 0) {
                if (!gone.get(first.document())) {
                    int near = near(first.places(), second.places(), placesMax);
                    if (near > 0) {
                        reader.read(first.document(), near);
                    }
                }
                more = first.next() && second.next();
            } else {
                more = apart < 0 ? first.next() : second.next();
            }
        }
    }

    /// How many of `ones` have one of `others` at most so far away; both rise.
    private static int near(int[] ones, int[] others, int placesMax) {
        int near = 0;
        int other = 0;
        for (int place : ones) {
            while (other < others.length && others[other] < place - placesMax) {
                other++;
            }
            if (other < others.length && others[other] <= place + placesMax) {
                near++;
            }
        }
        return near;
    }

    /// Numbers go from 0 up to and without this.
    int size() {
        return size;
    }

    long id(int number) {
        return ids[number];
    }

    /// -1 where it is not known.
    int number(long id) {
        return numbers.getOrDefault(id, -1);
    }

    int length(int number) {
        return lengths[number];
    }

    int session(int number) {
        return sessions[number];
    }

    long time(int number) {
        return times[number];
    }

    /// What came right before in the session; -1 for nothing.
    int before(int number) {
        order();
        return before[number];
    }

    int after(int number) {
        order();
        return after[number];
    }

    double sessionWords(int session) {
        order();
        return sessionWords[session];
    }

    double meanSessionWords() {
        order();
        return sessions() == 0 ? 1 : Math.max(1, (double) words / sessions());
    }

    /// The mean of the logarithms of the sessions' words.
    double usualSessionLog() {
        order();
        return usualSessionLog;
    }

    private void order() {
        if (ordered) {
            return;
        }
        before = new int[size];
        after = new int[size];
        Arrays.fill(before, -1);
        Arrays.fill(after, -1);
        sessionWords = new double[sessions()];
        Integer[] inOrder =
                numbers.values().stream()
                        .sorted(
                                (one, other) -> {
                                    int order = Integer.compare(sessions[one], sessions[other]);
                                    order =
                                            order != 0
                                                    ? order
                                                    : Long.compare(times[one], times[other]);
                                    return order != 0 ? order : Long.compare(ids[one], ids[other]);
                                })
                        .toArray(Integer[]::new);
        for (int i = 0; i < inOrder.length; i++) {
            int number = inOrder[i];
            sessionWords[sessions[number]] += lengths[number];
            if (i > 0 && sessions[inOrder[i - 1]] == sessions[number]) {
                before[number] = inOrder[i - 1];
                after[inOrder[i - 1]] = number;
            }
        }
        double logs = 0;
        int speaking = 0;
        for (double spoken : sessionWords) {
            if (spoken > 0) {
                logs += Math.log(spoken);
                speaking++;
            }
        }
        usualSessionLog = speaking == 0 ? 0 : logs / speaking;
        ordered = true;
    }

    private void grow() {
        int more = size * 2;
        ids = Arrays.copyOf(ids, more);
        lengths = Arrays.copyOf(lengths, more);
        sessions = Arrays.copyOf(sessions, more);
        times = Arrays.copyOf(times, more);
        versions = Arrays.copyOf(versions, more);
    }
}
