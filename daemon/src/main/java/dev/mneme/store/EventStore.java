package dev.mneme.store;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.Session;
import dev.mneme.domain.Tombstone;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Events and the one job each of them gets, stored together or not at all.
public final class EventStore {

    /// Serialises the search for a twin: two registrations of one hook fire at the same instant.
    private static final String LOCK_TWINS =
            "SELECT pg_advisory_xact_lock(hashtext('mneme.twin'), hashtext(:session || :kind))";

    private static final String INSERT = Database.resource("insert_events.sql");

    private final Duration turnIdleMax;

    /// @param turnIdleMax so long after its last event a turn is over that nothing else ended
    public EventStore(Duration turnIdleMax) {
        this.turnIdleMax = turnIdleMax;
    }

    /// An event and the session it belongs to, which the transaction holds.
    public record Held(Session session, NewEvent event) {}

    /// Stores an event with its job. The job of an event that is not worth keeping is over at once,
    /// that of one which ends a turn is available, any other waits for the end of its turn.
    /// The event belongs to the last prompt before it; the session must be held, or a prompt that
    /// is being stored is overlooked.
    public Enqueued enqueue(Tx tx, Session session, NewEvent event, int maxAttempts, Instant now) {
        if (event.twinWindow() != null) {
            Optional<Long> twin = twin(tx, session, event);
            if (twin.isPresent()) {
                return new Enqueued.AlreadyQueued(twin.get());
            }
        }
        return enqueueAll(tx, List.of(new Held(session, event)), maxAttempts, now).getFirst();
    }

    /// Stores several events with their jobs, in this order; twins are not looked for.
    ///
    /// @return what became of each, in the same order
    public List<Enqueued> enqueueAll(Tx tx, List<Held> events, int maxAttempts, Instant now) {
        if (events.isEmpty()) {
            return List.of();
        }
        var distinct = new LinkedHashMap<Key, Held>();
        events.forEach(held -> distinct.putIfAbsent(Key.of(held), held));
        Map<Key, Long> inserted = insert(tx, List.copyOf(distinct.values()), maxAttempts, now);
        var reported = new HashSet<Key>();
        var results = new ArrayList<Enqueued>(events.size());
        for (Held held : events) {
            Key key = Key.of(held);
            Long id = inserted.get(key);
            if (id == null) {
                results.add(known(tx, key));
            } else {
                results.add(
                        reported.add(key)
                                ? new Enqueued.Inserted(id)
                                : new Enqueued.AlreadyQueued(id));
            }
        }
        return results;
    }

    /// What makes two events the same one.
    private record Key(long sessionId, String dedupeKey) {

        static Key of(Held held) {
            return new Key(held.session().id(), held.event().dedupeKey());
        }
    }

    private Map<Key, Long> insert(Tx tx, List<Held> events, int maxAttempts, Instant now) {
        var rows = new EventRows(events.size());
        events.forEach(rows::add);
        var inserted = new HashMap<Key, Long>();
        rows.bindTo(tx.handle().createQuery(INSERT))
                .bind("maxAttempts", maxAttempts)
                .bind("now", Columns.utc(now))
                .bind("turnIdleSeconds", turnIdleMax.toMillis() / 1_000.0)
                .map(
                        (row, context) ->
                                inserted.put(
                                        new Key(
                                                row.getLong("session_id"),
                                                row.getString("dedupe_key")),
                                        row.getLong("id")))
                .list();
        return inserted;
    }

    private static Enqueued known(Tx tx, Key key) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id
                        FROM mem_events
                        WHERE session_id = :session AND dedupe_key = :key
                        """)
                .bind("session", key.sessionId())
                .bind("key", key.dedupeKey())
                .mapTo(Long.class)
                .findOne()
                .<Enqueued>map(Enqueued.AlreadyQueued::new)
                .orElseGet(Enqueued.Forgotten::new);
    }

    /// Whether an event of a session that is not known, so of one whose project is yet to be
    /// found, is a late copy of something forgotten. Waits for a forgetting that is under way, and
    /// must be the first statement of its transaction.
    ///
    /// @param marks by what its project would be recognised
    public boolean isForgotten(Tx tx, String sessionId, List<String> marks, NewEvent event) {
        tx.handle().execute("LOCK TABLE mem_events IN ROW EXCLUSIVE MODE");
        var all = new ArrayList<>(Tombstone.ofEvent(sessionId, event));
        all.addAll(marks);
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_tombstones
                            WHERE mark = ANY(:marks)
                                AND :occurred BETWEEN from_at AND until_at)
                        """)
                .bindArray("marks", String.class, all)
                .bind("occurred", Columns.utc(event.occurredAt()))
                .mapTo(Boolean.class)
                .one();
    }

    /// The payload of the last event of that kind up to `at`; empty where there is none, or none
    /// any more.
    public Optional<String> lastPayload(Tx tx, long sessionId, HookEvent kind, Instant at) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT payload
                        FROM mem_events
                        WHERE session_id = :session AND kind = :kind AND occurred_at <= :at
                        ORDER BY occurred_at DESC, id DESC
                        LIMIT 1
                        """)
                .bind("session", sessionId)
                .bind("kind", kind.path())
                .bind("at", Columns.utc(at))
                .map((row, context) -> Optional.ofNullable(row.getString("payload")))
                .findOne()
                .flatMap(payload -> payload);
    }

    private static Optional<Long> twin(Tx tx, Session session, NewEvent event) {
        tx.handle()
                .createQuery(LOCK_TWINS)
                .bind("session", session.externalId())
                .bind("kind", event.kind().path())
                .mapToMap()
                .list();
        var window = event.twinWindow();
        return tx.handle()
                .createQuery(
                        """
                        SELECT id
                        FROM mem_events
                        WHERE session_id = :session
                            AND kind = :kind
                            AND payload_hash = :hash
                            AND occurred_at BETWEEN :earliest AND :latest
                        ORDER BY id
                        LIMIT 1
                        """)
                .bind("session", session.id())
                .bind("kind", event.kind().path())
                .bind("hash", event.payloadHash())
                .bind("earliest", Columns.utc(event.occurredAt().minus(window)))
                .bind("latest", Columns.utc(event.occurredAt().plus(window)))
                .mapTo(Long.class)
                .findOne();
    }
}
