package dev.mneme.store;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.Session;
import dev.mneme.domain.Tombstone;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Events and the one job each of them gets, stored together or not at all.
public final class EventStore {

    /// Serialises the search for a twin: two registrations of one hook fire at the same instant.
    private static final String LOCK_TWINS =
            "SELECT pg_advisory_xact_lock(hashtext('mneme.twin'), hashtext(:session || :kind))";

    private static final String INSERT = Database.resource("insert_events.sql");

    private static final String HOLD_AND_INSERT = SessionStore.HOLD_ALL_SHARED + ";\n" + INSERT;

    private final Duration turnIdleMax;

    /// @param turnIdleMax so long after its last event a turn is over that nothing else ended
    public EventStore(Duration turnIdleMax) {
        this.turnIdleMax = turnIdleMax;
    }

    /// An event and the id that the host gave its session.
    public record Arrived(String sessionId, NewEvent event) {}

    /// What became of events, in their order; empty where the session is not known.
    ///
    /// @param sessions those that are known and now held, by the id that the host gave them
    public record Together(Map<String, Session> sessions, List<Optional<Enqueued>> enqueued) {}

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
        var rows = new EventRows(1);
        rows.add(session.externalId(), event);
        var key = new Key(session.id(), event.dedupeKey());
        Long id;
        try (PreparedStatement statement = tx.prepare(INSERT)) {
            bind(statement, 1, rows, maxAttempts, now);
            try (ResultSet inserted = statement.executeQuery()) {
                id = inserted(inserted).get(key);
            }
        } catch (SQLException failed) {
            throw StoreException.of(failed);
        }
        return id == null ? known(tx, key) : new Enqueued.Inserted(id);
    }

    /// Holds the sessions of several events with others and stores the events with their jobs, in
    /// this order; twins are not looked for.
    ///
    /// Two statements that travel as one. They must stay two: the second sees what was committed
    /// while the first waited for a session.
    public Together enqueueTogether(Tx tx, List<Arrived> events, int maxAttempts, Instant now) {
        var distinct = new LinkedHashSet<String>();
        var rows = new EventRows(events.size());
        var sessionIds = new LinkedHashSet<String>();
        for (Arrived one : events) {
            sessionIds.add(one.sessionId());
            if (distinct.add(one.sessionId() + '\n' + one.event().dedupeKey())) {
                rows.add(one.sessionId(), one.event());
            }
        }
        var sessions = new HashMap<String, Session>();
        Map<Key, Long> inserted;
        try (PreparedStatement statement = tx.prepare(HOLD_AND_INSERT)) {
            statement.setArray(
                    1,
                    statement
                            .getConnection()
                            .createArrayOf("text", sessionIds.toArray(String[]::new)));
            bind(statement, 2, rows, maxAttempts, now);
            statement.execute();
            try (ResultSet held = statement.getResultSet()) {
                while (held.next()) {
                    Session session = SessionStore.read(held);
                    sessions.put(session.externalId(), session);
                }
            }
            statement.getMoreResults();
            try (ResultSet stored = statement.getResultSet()) {
                inserted = inserted(stored);
            }
        } catch (SQLException failed) {
            throw StoreException.of(failed);
        }
        requireHeld(inserted.keySet(), sessions.values());
        return new Together(sessions, enqueued(tx, events, sessions, inserted));
    }

    /// A session that began while the first statement waited for another one is known to the second
    /// and held by none: a prompt that is being stored in it would be overlooked.
    private static void requireHeld(Set<Key> inserted, Collection<Session> held) {
        Set<Long> ids = held.stream().map(Session::id).collect(Collectors.toSet());
        for (Key key : inserted) {
            if (!ids.contains(key.sessionId())) {
                throw StoreException.overtaken();
            }
        }
    }

    private static List<Optional<Enqueued>> enqueued(
            Tx tx, List<Arrived> events, Map<String, Session> sessions, Map<Key, Long> inserted) {
        var reported = new HashSet<Key>();
        var results = new ArrayList<Optional<Enqueued>>(events.size());
        for (Arrived one : events) {
            Session session = sessions.get(one.sessionId());
            if (session == null) {
                results.add(Optional.empty());
                continue;
            }
            var key = new Key(session.id(), one.event().dedupeKey());
            Long id = inserted.get(key);
            if (id == null) {
                results.add(Optional.of(known(tx, key)));
            } else if (reported.add(key)) {
                results.add(Optional.of(new Enqueued.Inserted(id)));
            } else {
                results.add(Optional.of(new Enqueued.AlreadyQueued(id)));
            }
        }
        return results;
    }

    /// What makes two events the same one.
    private record Key(long sessionId, String dedupeKey) {}

    private void bind(
            PreparedStatement statement, int first, EventRows rows, int maxAttempts, Instant now)
            throws SQLException {
        statement.setObject(first, Columns.utc(now));
        statement.setInt(first + 1, maxAttempts);
        statement.setDouble(first + 2, turnIdleMax.toMillis() / 1_000.0);
        rows.bindTo(statement, first + 3);
    }

    private static Map<Key, Long> inserted(ResultSet rows) throws SQLException {
        var inserted = new HashMap<Key, Long>();
        while (rows.next()) {
            inserted.put(new Key(rows.getLong(2), rows.getString(3)), rows.getLong(1));
        }
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
