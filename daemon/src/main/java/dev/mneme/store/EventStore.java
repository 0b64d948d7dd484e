package dev.mneme.store;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.PromptKind;
import dev.mneme.domain.Session;
import dev.mneme.domain.SkipReason;
import dev.mneme.domain.Tombstone;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Events and the one job each of them gets, stored together or not at all.
public final class EventStore {

    /// Serialises the search for a twin: two registrations of one hook fire at the same instant.
    private static final String LOCK_TWINS =
            "SELECT pg_advisory_xact_lock(hashtext('mneme.twin'), hashtext(:session || :kind))";

    /// Stores an event with its job. The job of an event that is not worth keeping is over at once.
    /// The event belongs to the last prompt before it; the session must be held, or a prompt that
    /// is being stored is overlooked.
    public Enqueued enqueue(Tx tx, Session session, NewEvent event, int maxAttempts, Instant now) {
        SkipReason skipped = event.skipReason();
        PromptKind promptKind = event.promptKind();
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
                                        agent_id, agent_type, prompt_number, prompt_kind, cause,
                                        is_interrupt, cwd, branch, commit_id, occurred_at,
                                        received_at, payload_hash, payload)
                                    SELECT
                                        :session, :kind, :key, :tool, :toolUse,
                                        :agent, :agentType,
                                        coalesce(
                                            (
                                                SELECT max(prompts.prompt_number)
                                                FROM mem_user_prompts AS prompts
                                                WHERE prompts.session_id = :session
                                                    AND prompts.created_at <= :occurred
                                            ),
                                            -- Those before the first may have been forgotten.
                                            (
                                                SELECT min(prompts.prompt_number) - 1
                                                FROM mem_user_prompts AS prompts
                                                WHERE prompts.session_id = :session
                                            ),
                                            (
                                                SELECT sessions.prompt_count
                                                FROM mem_sessions AS sessions
                                                WHERE sessions.id = :session
                                            )),
                                        :promptKind, :cause,
                                        CAST(:isInterrupt AS boolean), :cwd, :branch, :commit,
                                        :occurred, :now, :hash, :payload
                                    WHERE NOT EXISTS (
                                        SELECT
                                        FROM mem_tombstones AS tombstones
                                        WHERE tombstones.mark = ANY(:marks)
                                            AND CAST(:occurred AS timestamptz)
                                                BETWEEN tombstones.from_at
                                                AND tombstones.until_at)
                                    ON CONFLICT (session_id, dedupe_key) DO NOTHING
                                    RETURNING id
                                ), job AS (
                                    INSERT INTO mem_jobs (
                                        event_id, session_id, max_attempts, scheduled_at,
                                        created_at, state, outcome, skip_reason, finalized_at)
                                    SELECT
                                        id, :session, :maxAttempts, :now, :now, :state, :outcome,
                                        :skipReason, CAST(:finalized AS timestamptz)
                                    FROM event
                                )
                                SELECT id
                                FROM event
                                """)
                        .bind("session", session.id())
                        .bind("kind", event.kind().path())
                        .bindArray(
                                "marks",
                                String.class,
                                Tombstone.ofEvent(session.externalId(), event))
                        .bind("key", event.dedupeKey())
                        .bind("tool", event.toolName())
                        .bind("toolUse", event.toolUseId())
                        .bind("agent", event.agentId())
                        .bind("agentType", event.agentType())
                        .bind("promptKind", promptKind == null ? null : promptKind.wireName())
                        .bind("cause", event.cause())
                        .bind("isInterrupt", event.isInterrupt())
                        .bind("cwd", event.cwd())
                        .bind("branch", event.position().branch())
                        .bind("commit", event.position().commit())
                        .bind("occurred", Columns.utc(event.occurredAt()))
                        .bind("hash", event.payloadHash())
                        .bind("payload", event.payload())
                        .bind("maxAttempts", maxAttempts)
                        .bind("now", Columns.utc(now))
                        .bind("state", skipped == null ? "available" : "completed")
                        .bind("outcome", skipped == null ? null : "skipped")
                        .bind("skipReason", skipped == null ? null : skipped.wireName())
                        .bind("finalized", skipped == null ? null : Columns.utc(now))
                        .mapTo(Long.class)
                        .findOne();
        if (inserted.isPresent()) {
            return new Enqueued.Inserted(inserted.get());
        }
        return tx.handle()
                .createQuery(
                        """
                        SELECT id
                        FROM mem_events
                        WHERE session_id = :session AND dedupe_key = :key
                        """)
                .bind("session", session.id())
                .bind("key", event.dedupeKey())
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
