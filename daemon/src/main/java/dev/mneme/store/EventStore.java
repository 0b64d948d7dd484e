package dev.mneme.store;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.Session;

import java.time.Instant;
import java.util.Optional;

/// Events and the one job each of them gets, stored together or not at all.
public final class EventStore {

    /// Serialises the search for a twin: two registrations of one hook fire at the same instant.
    private static final String LOCK_TWINS =
            "SELECT pg_advisory_xact_lock(hashtext('mneme.twin'), hashtext(:session || :kind))";

    public Enqueued enqueue(Tx tx, Session session, NewEvent event, int maxAttempts) {
        if (event.twinWindow() != null) {
            Optional<Long> twin = twin(tx, session, event);
            if (twin.isPresent()) {
                return new Enqueued.AlreadyQueued(twin.get());
            }
        }
        Optional<Long> inserted =
                tx.handle()
                        .createQuery(
                                """
                                WITH event AS (
                                    INSERT INTO mem_events (
                                        session_id, kind, dedupe_key, tool_name, tool_use_id,
                                        agent_id, prompt_number, cwd, occurred_at, payload_hash,
                                        payload)
                                    VALUES (
                                        :session, :kind, :key, :tool, :toolUse,
                                        :agent, :promptNumber, :cwd, :occurred, :hash,
                                        :payload)
                                    ON CONFLICT (session_id, dedupe_key) DO NOTHING
                                    RETURNING id
                                ), job AS (
                                    INSERT INTO mem_jobs (event_id, session_id, max_attempts)
                                    SELECT id, :session, :maxAttempts
                                    FROM event
                                )
                                SELECT id
                                FROM event
                                """)
                        .bind("session", session.id())
                        .bind("kind", event.kind().path())
                        .bind("key", event.dedupeKey())
                        .bind("tool", event.toolName())
                        .bind("toolUse", event.toolUseId())
                        .bind("agent", event.agentId())
                        .bind("promptNumber", session.promptCount())
                        .bind("cwd", event.cwd())
                        .bind("occurred", Columns.utc(event.occurredAt()))
                        .bind("hash", event.payloadHash())
                        .bind("payload", event.payload())
                        .bind("maxAttempts", maxAttempts)
                        .mapTo(Long.class)
                        .findOne();
        if (inserted.isPresent()) {
            return new Enqueued.Inserted(inserted.get());
        }
        return new Enqueued.AlreadyQueued(
                tx.handle()
                        .createQuery(
                                """
                                SELECT id
                                FROM mem_events
                                WHERE session_id = :session AND dedupe_key = :key
                                """)
                        .bind("session", session.id())
                        .bind("key", event.dedupeKey())
                        .mapTo(Long.class)
                        .one());
    }

    /// An event that became a prompt belongs to that prompt, not to the one before it.
    public void setPromptNumber(Tx tx, long eventId, int promptNumber) {
        tx.handle()
                .createUpdate("UPDATE mem_events SET prompt_number = :number WHERE id = :id")
                .bind("id", eventId)
                .bind("number", promptNumber)
                .execute();
    }

    /// Completes the job of an event that was stored in this transaction: there is nothing to do.
    public void skip(Tx tx, long eventId, String reason, Instant now) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_jobs
                        SET state = 'completed',
                            outcome = 'skipped',
                            skip_reason = :reason,
                            finalized_at = :now
                        WHERE event_id = :event AND state = 'available'
                        """)
                .bind("event", eventId)
                .bind("reason", reason)
                .bind("now", Columns.utc(now))
                .execute();
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
