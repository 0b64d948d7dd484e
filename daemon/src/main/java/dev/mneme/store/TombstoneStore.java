package dev.mneme.store;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.Moved;
import dev.mneme.domain.NewEvent;

import java.time.Duration;
import java.util.List;

/// Marks of what is about to be forgotten, by which a replay is recognised and kept out. A mark is
/// a hash: what was forgotten cannot be read from it.
public final class TombstoneStore {

    /// What lies in a span of time is covered by one mark, whatever comes.
    private static final List<String> SPANS =
            List.of(
                    """
                    INSERT INTO mem_tombstones (forgotten_id, mark, from_at, until_at)
                    SELECT
                        :batch,
                        mem_mark('everything'),
                        CAST(:from AS timestamptz),
                        CAST(:until AS timestamptz)
                    WHERE :everywhere
                    """,
                    """
                    INSERT INTO mem_tombstones
                        (forgotten_id, mark, from_at, until_at, prompt_count)
                    SELECT
                        :batch,
                        mem_mark('session', sessions.session_id),
                        CAST(:from AS timestamptz),
                        CAST(:until AS timestamptz),
                        sessions.prompt_count
                    FROM mem_sessions AS sessions
                    JOIN forget_sessions USING (id)
                    """,
                    """
                    INSERT INTO mem_tombstones (forgotten_id, mark, from_at, until_at)
                    SELECT
                        :batch,
                        CASE WHEN known.kind = 'name'
                            THEN mem_mark('name', known.value)
                            ELSE mem_mark('place', known.value) END,
                        CAST(:from AS timestamptz),
                        CAST(:until AS timestamptz)
                    FROM (
                        SELECT 'name' AS kind, name AS value
                        FROM mem_projects
                        WHERE id = CAST(:project AS bigint)
                        UNION ALL
                        SELECT CASE kind WHEN 'alias' THEN 'name' ELSE 'place' END, value
                        FROM mem_project_keys
                        WHERE project_id = CAST(:project AS bigint)
                            AND kind IN ('alias', 'path', 'former-path', 'git-common-dir')
                    ) AS known
                    """);

    /// Leaves a mark for everything that is about to go, while it can still be read. An event has
    /// one of its own even where a span of time covers it: a client that repeats its request says
    /// a new time.
    public void set(Tx tx, long batch, ForgetChoice choice) {
        boolean span = choice.coversTime();
        if (span) {
            for (String statement : SPANS) {
                ForgetSelection.allowingUnused(tx.handle().createUpdate(statement))
                        .bind("batch", batch)
                        .bind("project", ForgetSelection.projectId(choice))
                        .bind("everywhere", choice.session() == null && choice.project() == null)
                        .bind("from", from(choice))
                        .bind("until", choice.upTo().at().toString())
                        .execute();
            }
        }
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_tombstones (forgotten_id, mark, from_at, until_at)
                        SELECT :batch, marks.mark, marks.from_at, marks.until_at
                        FROM mem_events AS events
                        JOIN forget_events USING (id)
                        JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                        CROSS JOIN LATERAL (
                            VALUES (
                                mem_mark('event', sessions.session_id, events.dedupe_key),
                                CAST('-infinity' AS timestamptz),
                                CAST('infinity' AS timestamptz),
                                true
                            ), (
                                mem_mark(
                                    'twin',
                                    sessions.session_id,
                                    events.kind,
                                    encode(events.payload_hash, 'hex')),
                                events.occurred_at - CAST(:twins AS interval),
                                events.occurred_at + CAST(:twins AS interval),
                                NOT :span
                            )
                        ) AS marks (mark, from_at, until_at, needed)
                        WHERE marks.needed OR events.occurred_at > CAST(:until AS timestamptz)
                        UNION ALL
                        -- What was said has no id that a transcript knows too.
                        SELECT
                            :batch,
                            mem_mark(
                                'said', sessions.session_id, events.kind, left(said.text, :compared)),
                            events.occurred_at - CAST(:said AS interval),
                            events.occurred_at + CAST(:said AS interval)
                        FROM mem_events AS events
                        JOIN forget_events USING (id)
                        JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                        CROSS JOIN LATERAL (
                            SELECT btrim(
                                mem_payload_field(
                                    events.payload,
                                    CASE events.kind
                                        WHEN 'user-prompt-submit' THEN 'prompt'
                                        WHEN 'post-compact' THEN 'compact_summary'
                                        ELSE 'last_assistant_message'
                                    END) #>> '{}',
                                E' \\t\\r\\n') AS text
                        ) AS said
                        WHERE events.kind IN (
                                'user-prompt-submit', 'stop', 'subagent-stop', 'post-compact')
                            AND said.text IS NOT NULL
                            AND (NOT :span OR events.occurred_at > CAST(:until AS timestamptz))
                        """)
                .bind("batch", batch)
                .bind("span", span)
                .bind("until", choice.upTo().at().toString())
                .bind("twins", interval(NewEvent.TWIN_WINDOW))
                .bind("said", interval(Moved.OfMoment.WINDOW))
                .bind("compared", Moved.OfMoment.COMPARED_CHARS)
                .execute();
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_tombstones (forgotten_id, mark)
                        SELECT
                            :batch,
                            mem_mark(
                                'observation',
                                sessions.session_id,
                                CAST(CAST(
                                    extract(epoch FROM observations.created_at) * 1000000
                                    AS bigint) AS text),
                                observations.title,
                                coalesce(observations.narrative, ''))
                        FROM mem_observations AS observations
                        JOIN forget_observations USING (id)
                        JOIN mem_sessions AS sessions ON sessions.id = observations.session_id
                        WHERE NOT :span OR observations.created_at > CAST(:until AS timestamptz)
                        """)
                .bind("batch", batch)
                .bind("span", span)
                .bind("until", choice.upTo().at().toString())
                .execute();
    }

    private static String from(ForgetChoice choice) {
        return choice.since() == null ? "-infinity" : choice.since().toString();
    }

    private static String interval(Duration duration) {
        return duration.toMillis() + " milliseconds";
    }
}
