package dev.mneme.recall;

import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.SearchableText;
import dev.mneme.store.Database;
import dev.mneme.store.SearchStore;
import dev.mneme.store.Tx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The word indexes of the projects that are searched, read from the database when they are first
/// asked for and brought up to date by every search.
///
/// They are bounded together: the one that was not asked for the longest goes first, and one that
/// nobody asks goes after a while. A project too large for that has none; PostgreSQL ranks its
/// words.
public final class WordIndexes {

    private static final Logger LOG = LoggerFactory.getLogger(WordIndexes.class);

    /// Of all indexes together, words and where they stand.
    private static final long BYTES_MAX = 96L * 1024 * 1024;

    /// Of one project; a larger one would push out all others.
    private static final int DOCUMENTS_MAX = 150_000;

    private static final Duration IDLE_MAX = Duration.ofMinutes(15);

    /// Words with their stems, shared by all indexes; begun anew when it is full.
    private static final int STEMS_MAX = 400_000;

    /// Observations whose words are looked up together.
    private static final int BATCH_DOCUMENTS = 500;

    /// One project's index and the version it has seen; whoever uses it holds the lock.
    private static final class Entry {

        private final ReentrantLock lock = new ReentrantLock();
        private WordIndex index = new WordIndex();
        private long version;
        private boolean read;
        private volatile boolean tooLarge;
        private volatile Instant usedAt;

        private Entry(Instant usedAt) {
            this.usedAt = usedAt;
        }
    }

    private record Worded(SearchableText text, List<String> words) {}

    private final Database database;
    private final SearchStore store;
    private final InstantSource clock;
    private final Map<Long, Entry> entries = new ConcurrentHashMap<>();
    private final Map<String, String> stems = new ConcurrentHashMap<>();

    public WordIndexes(Database database, SearchStore store, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.clock = clock;
    }

    /// What the words of a query say, or nothing where an index is not there within the time: it
    /// goes on being read, for the searches to come.
    Optional<WordScores> score(Collection<Long> projects, String query, Duration most)
            throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        var held = new ArrayList<Entry>();
        try {
            for (long project : new LinkedHashSet<>(projects).stream().sorted().toList()) {
                Entry entry = entries.computeIfAbsent(project, none -> new Entry(clock.instant()));
                entry.usedAt = clock.instant();
                Thread reading =
                        Thread.ofVirtual()
                                .name("mneme-index-" + project)
                                .start(() -> refresh(project, entry));
                if (!reading.join(left(deadline))
                        || entry.tooLarge
                        || !entry.lock.tryLock(left(deadline).toNanos(), TimeUnit.NANOSECONDS)) {
                    return Optional.empty();
                }
                held.add(entry);
                if (!entry.read) {
                    return Optional.empty();
                }
            }
            List<WordIndex> indexes = held.stream().map(entry -> entry.index).toList();
            return Optional.of(new WordScores(indexes, mended(indexes, asked(query))));
        } finally {
            held.forEach(entry -> entry.lock.unlock());
        }
    }

    /// Lets go of what nobody asked for lately. Returns false: there is never more to do at once.
    public boolean dropIdle() {
        Instant idle = clock.instant().minus(IDLE_MAX);
        entries.values().removeIf(entry -> entry.usedAt.isBefore(idle));
        if (entries.isEmpty()) {
            stems.clear();
        }
        return false;
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    }

    private void refresh(long project, Entry entry) {
        entry.lock.lock();
        try {
            if (!entry.tooLarge && !isCurrent(project, entry)) {
                database.useTransaction(tx -> refresh(tx, project, entry));
                keepWithinBounds(entry);
            }
        } catch (RuntimeException failed) {
            entries.remove(project, entry);
            LOG.warn("cannot read the words of project {}: {}", project, failed.getMessage());
        } finally {
            entry.lock.unlock();
        }
    }

    /// Most searches find a project as the last one did, and learn so in one way to the server.
    private boolean isCurrent(long project, Entry entry) {
        if (!entry.read || entry.index.isWorn()) {
            return false;
        }
        SearchStore.Standing standing =
                database.reading(tx -> store.standing(tx, project, entry.version));
        if (standing.changes() || standing.removals()) {
            return false;
        }
        entry.version = standing.version();
        return true;
    }

    private void refresh(Tx tx, long project, Entry entry) {
        SearchStore.Standing standing = store.standing(tx, project, entry.version);
        if (!entry.read || entry.index.isWorn()) {
            entry.index = new WordIndex();
            entry.read = false;
            if (store.count(tx, project, DOCUMENTS_MAX + 1) > DOCUMENTS_MAX) {
                entry.tooLarge = true;
                return;
            }
            var batch = new ArrayList<Worded>();
            store.texts(tx, project, text -> collect(tx, entry.index, batch, text));
            put(tx, entry.index, batch);
            entry.read = true;
        } else {
            if (standing.changes()) {
                var batch = new ArrayList<Worded>();
                store.changedTexts(
                        tx,
                        project,
                        entry.version,
                        text -> {
                            if (text.closed()) {
                                entry.index.remove(text.id());
                            } else if (!entry.index.knows(text.id(), text.version())) {
                                collect(tx, entry.index, batch, text);
                            }
                        });
                put(tx, entry.index, batch);
            }
            if (standing.removals()) {
                entry.index.keepOnly(store.matching(tx, new SearchFilter(project, List.of(), 0)));
            }
        }
        entry.version = standing.version();
    }

    private void collect(Tx tx, WordIndex index, List<Worded> batch, SearchableText text) {
        batch.add(new Worded(text, words(text.text())));
        if (batch.size() == BATCH_DOCUMENTS) {
            put(tx, index, batch);
        }
    }

    private void put(Tx tx, WordIndex index, List<Worded> batch) {
        var unknown = new HashSet<String>();
        for (Worded one : batch) {
            for (String word : one.words()) {
                if (!stems.containsKey(word)) {
                    unknown.add(word);
                }
            }
        }
        Map<String, String> known = learned(tx, unknown);
        for (Worded one : batch) {
            SearchableText text = one.text();
            index.put(
                    text.id(),
                    text.sessionId(),
                    text.createdAt().getEpochSecond(),
                    text.version(),
                    one.words().stream().map(word -> stem(known, word)).toList());
        }
        batch.clear();
    }

    private String stem(Map<String, String> fresh, String word) {
        String known = fresh.get(word);
        if (known == null) {
            known = stems.get(word);
        }
        return known == null ? word : known;
    }

    private Map<String, String> learned(Tx tx, Set<String> words) {
        if (words.isEmpty()) {
            return Map.of();
        }
        if (stems.size() + words.size() > STEMS_MAX) {
            stems.clear();
        }
        var learned = new HashMap<String, String>();
        // One string for each stem: it is the key of every table.
        store.stems(tx, words)
                .forEach(
                        (word, stem) ->
                                learned.put(word, stem.equals(word) ? word : interned(stem)));
        stems.putAll(learned);
        return learned;
    }

    private String interned(String stem) {
        String known = stems.get(stem);
        return known != null && known.equals(stem) ? known : stem;
    }

    private QueryWords asked(String query) {
        List<String> asked = words(query);
        List<String> unknown =
                asked.stream().filter(word -> !stems.containsKey(word)).distinct().toList();
        Map<String, String> learned =
                unknown.isEmpty() ? Map.of() : database.reading(tx -> store.stems(tx, unknown));
        var distinct = new HashSet<String>();
        var stems = new ArrayList<String>();
        for (String word : asked) {
            String stem = stem(learned, word);
            if (distinct.size() == SearchTerms.QUERY_TERMS_MAX && !distinct.contains(stem)) {
                break;
            }
            distinct.add(stem);
            stems.add(stem);
        }
        return QueryWords.of(stems);
    }

    /// Beside each word that nobody holds, what it may have been meant to be. It stays itself, too:
    /// that something is not known counts.
    private static QueryWords mended(List<WordIndex> indexes, QueryWords asked) {
        var mended = new LinkedHashSet<String>();
        for (String stem : asked.stems()) {
            if (stem.length() >= TypingSlip.CHARS_MIN
                    && indexes.stream().allMatch(index -> index.holding(stem) == 0)) {
                indexes.stream()
                        .flatMap(index -> index.alike(stem).stream())
                        .findFirst()
                        .ifPresent(mended::add);
            }
        }
        return asked.with(mended);
    }

    private static List<String> words(String text) {
        return SearchTerms.of(text).stream().filter(word -> !SearchTerms.isStopWord(word)).toList();
    }

    /// Lets go of the others, the one that was not asked for the longest first.
    private void keepWithinBounds(Entry mine) {
        long bytes = mine.index.bytes();
        var others =
                entries.entrySet().stream()
                        .filter(entry -> entry.getValue() != mine)
                        .sorted(
                                Comparator.comparing(
                                                (Map.Entry<Long, Entry> entry) ->
                                                        entry.getValue().usedAt)
                                        .reversed())
                        .toList();
        for (Map.Entry<Long, Entry> other : others) {
            bytes += other.getValue().index.bytes();
            if (bytes > BYTES_MAX) {
                entries.remove(other.getKey(), other.getValue());
            }
        }
    }
}
