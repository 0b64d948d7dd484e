package dev.mneme.store;

import dev.mneme.domain.LessonText;
import dev.mneme.domain.Moved;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.Project;
import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.StorableText;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.domain.Tombstone;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Stores what moves in, each record once however often it is brought.
public final class ImportStore {

    private final String language;

    /// @param language the text search configuration prose is indexed in, beside `simple`
    public ImportStore(String language) {
        this.language = language;
    }

    /// Lets one page after the other in, so that each sees what the last one stored.
    public void lock(Tx tx) {
        tx.handle().execute("SELECT pg_advisory_xact_lock(hashtext('mneme.import'))");
        // A forgetting that is under way ends first.
        tx.handle().execute("LOCK TABLE mem_events IN ROW EXCLUSIVE MODE");
    }

    /// Whether a record of this name was taken in before, whatever became of it since.
    public boolean isKnown(Tx tx, UUID uid) {
        return tx.handle()
                .createQuery("SELECT EXISTS (SELECT FROM mem_imported WHERE uid = :uid)")
                .bind("uid", uid)
                .mapTo(Boolean.class)
                .one();
    }

    public void note(Tx tx, UUID uid, Instant now) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_imported (uid, imported_at)
                        VALUES (:uid, :now)
                        ON CONFLICT (uid) DO NOTHING
                        """)
                .bind("uid", uid)
                .bind("now", Columns.utc(now))
                .execute();
    }

    /// Whether something was forgotten that a record of this session is a copy of.
    ///
    /// @param marks more that it may be recognised by
    public boolean isForgotten(Tx tx, String sessionId, List<String> marks, Instant at) {
        var all = new ArrayList<>(marks);
        all.add(Tombstone.EVERYTHING);
        all.add(Tombstone.session(sessionId));
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_tombstones
                            WHERE mark = ANY(:marks) AND :at BETWEEN from_at AND until_at)
                        """)
                .bindArray("marks", String.class, all)
                .bind("at", Columns.utc(at))
                .mapTo(Boolean.class)
                .one();
    }

    /// What a project is recognised by, as far as no other project has it.
    public void addKeys(Tx tx, long projectId, Moved.OfProject project) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_projects
                        SET full_path = coalesce(full_path, :path),
                            created_at = least(created_at, coalesce(:created, created_at))
                        WHERE id = :id
                        """)
                .bind("id", projectId)
                .bind("path", project.path())
                .bind("created", utc(project.createdAt()))
                .execute();
        for (Moved.OfProject.Key key : project.keys()) {
            tx.handle()
                    .createUpdate(
                            """
                            INSERT INTO mem_project_keys (project_id, kind, value)
                            VALUES (:id, :kind, :value)
                            ON CONFLICT DO NOTHING
                            """)
                    .bind("id", projectId)
                    .bind("kind", key.kind())
                    .bind("value", key.value())
                    .execute();
        }
    }

    /// Stores a session.
    ///
    /// @return false where the session was there already; then its times alone may grow
    public boolean putSession(Tx tx, Moved.OfSession session, Project project) {
        boolean fresh =
                tx.handle()
                                .createUpdate(
                                        """
                                        INSERT INTO mem_sessions (
                                            session_id, project_id, agent_type, status, started_at,
                                            last_event_at, opened_at, completed_at, end_reason,
                                            start_source, summary, prompt_count, cwd)
                                        VALUES (
                                            :session, :project, :agent, :status, :started,
                                            :lastEvent, :opened, :completed, :endReason,
                                            :startSource, :summary, :promptCount, :cwd)
                                        ON CONFLICT (session_id) DO NOTHING
                                        """)
                                .bind("session", session.sessionId())
                                .bind("project", project.id())
                                .bind("agent", session.agent())
                                .bind("status", session.status().wireName())
                                .bind("started", Columns.utc(session.startedAt()))
                                .bind("lastEvent", Columns.utc(session.lastEventAt()))
                                .bind("opened", utc(session.openedAt()))
                                .bind("completed", utc(session.completedAt()))
                                .bind("endReason", session.endReason())
                                .bind("startSource", session.startSource())
                                .bind("summary", session.summary())
                                .bind("promptCount", session.promptCount())
                                .bind("cwd", session.cwd())
                                .execute()
                        == 1;
        if (!fresh) {
            tx.handle()
                    .createUpdate(
                            """
                            UPDATE mem_sessions
                            SET started_at = least(started_at, :started),
                                last_event_at = greatest(last_event_at, :lastEvent),
                                summary = coalesce(summary, :summary)
                            WHERE session_id = :session
                            """)
                    .bind("session", session.sessionId())
                    .bind("started", Columns.utc(session.startedAt()))
                    .bind("lastEvent", Columns.utc(session.lastEventAt()))
                    .bind("summary", session.summary())
                    .execute();
        }
        return fresh;
    }

    /// Stores an event with its job.
    ///
    /// @return false where its session has the event already
    public boolean putEvent(Tx tx, long sessionId, Moved.OfEvent event) {
        Optional<Long> id =
                tx.handle()
                        .createQuery(
                                """
                                INSERT INTO mem_events (
                                    session_id, kind, dedupe_key, tool_name, tool_use_id, agent_id,
                                    agent_type, prompt_number, prompt_kind, cause, is_interrupt,
                                    cwd, branch, commit_id, occurred_at, received_at, payload_hash,
                                    payload)
                                VALUES (
                                    :session, :kind, :key, :tool, :toolUse, :agent, :agentType,
                                    :promptNumber, :promptKind, :cause,
                                    CAST(:interrupt AS boolean), :cwd, :branch, :commit, :occurred,
                                    :received, decode(:hash, 'hex'), :payload)
                                ON CONFLICT (session_id, dedupe_key) DO NOTHING
                                RETURNING id
                                """)
                        .bind("session", sessionId)
                        .bind("kind", event.kind().path())
                        .bind("key", event.key())
                        .bind("tool", event.toolName())
                        .bind("toolUse", event.toolUseId())
                        .bind("agent", event.agentId())
                        .bind("agentType", event.agentType())
                        .bind("promptNumber", event.promptNumber())
                        .bind("promptKind", event.promptKind())
                        .bind("cause", event.cause())
                        .bind("interrupt", event.isInterrupt())
                        .bind("cwd", event.cwd())
                        .bind("branch", event.branch())
                        .bind("commit", event.commit())
                        .bind("occurred", Columns.utc(event.occurredAt()))
                        .bind("received", Columns.utc(event.receivedAt()))
                        .bind("hash", event.payloadHash())
                        .bind("payload", event.payload())
                        .mapTo(Long.class)
                        .findOne();
        Moved.OfEvent.Job job = event.job();
        if (id.isPresent() && job != null) {
            putJob(tx, id.get(), sessionId, job);
        }
        return id.isPresent();
    }

    /// A job that was still open waits for its turn to end once more.
    private static void putJob(Tx tx, long eventId, long sessionId, Moved.OfEvent.Job job) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_jobs (
                            event_id, session_id, state, outcome, skip_reason, last_error, attempt,
                            max_attempts, scheduled_at, created_at, attempted_at, attempted_by,
                            finalized_at)
                        VALUES (
                            :event, :session,
                            CASE :state WHEN 'open' THEN 'scheduled' ELSE :state END,
                            :outcome, :skipReason, :error, :attempt, :maxAttempts, :created,
                            :created, CAST(:attempted AS timestamptz),
                            CASE WHEN CAST(:attempted AS timestamptz) IS NOT NULL
                                THEN 'elsewhere' END,
                            :finalized)
                        """)
                .bind("event", eventId)
                .bind("session", sessionId)
                .bind("state", job.state())
                .bind("outcome", job.outcome())
                .bind("skipReason", job.skipReason())
                .bind("error", job.error())
                .bind("attempt", job.attempt())
                .bind("maxAttempts", job.maxAttempts())
                .bind("created", Columns.utc(job.createdAt()))
                .bind("attempted", utc(job.attemptedAt()))
                .bind("finalized", utc(job.finalizedAt()))
                .execute();
    }

    /// Whether a session has an event under one of these keys.
    public boolean hasEvent(Tx tx, String sessionId, List<String> keys) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_events AS events
                            JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                            WHERE sessions.session_id = :session
                                AND events.dedupe_key = ANY(:keys))
                        """)
                .bind("session", sessionId)
                .bindArray("keys", String.class, keys)
                .mapTo(Boolean.class)
                .one();
    }

    /// Whether a session has an event of the same kind that says the same at about the same time. A
    /// text whose retention has passed says nothing any more, and counts as the same.
    public boolean hasMoment(Tx tx, Moved.OfMoment moment, Duration window) {
        Moved.OfMoment.Told told = Objects.requireNonNull(moment.told());
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_events AS events
                            JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                            WHERE sessions.session_id = :session
                                AND events.kind = :kind
                                AND events.occurred_at BETWEEN :earliest AND :latest
                                AND (
                                    events.payload IS NULL
                                    OR left(btrim(
                                        mem_payload_field(events.payload, :field) #>> '{}',
                                        E' \\t\\r\\n'), :compared) = :text))
                        """)
                .bind("session", moment.sessionId())
                .bind("kind", moment.kind().path())
                .bind("field", told.field())
                .bind("text", told.compared())
                .bind("compared", Moved.OfMoment.COMPARED_CHARS)
                .bind("earliest", Columns.utc(moment.occurredAt().minus(window)))
                .bind("latest", Columns.utc(moment.occurredAt().plus(window)))
                .mapTo(Boolean.class)
                .one();
    }

    /// Whether a prompt of the same text was captured in a session at about the same time. One that
    /// came from elsewhere is no reason to leave out another: people repeat themselves.
    public boolean hasPrompt(Tx tx, long sessionId, Moved.OfPrompt prompt, Duration window) {
        Instant at = prompt.createdAt();
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_user_prompts
                            WHERE session_id = :session
                                AND event_id IS NOT NULL
                                AND created_at BETWEEN :earliest AND :latest
                                AND left(btrim(prompt_text, E' \\t\\r\\n'), :compared) = :text)
                        """)
                .bind("session", sessionId)
                .bind("text", new Moved.OfMoment.Told("prompt", prompt.text()).compared())
                .bind("compared", Moved.OfMoment.COMPARED_CHARS)
                .bind("earliest", Columns.utc(at.minus(window)))
                .bind("latest", Columns.utc(at.plus(window)))
                .mapTo(Boolean.class)
                .one();
    }

    /// Stores a prompt under its number, or under the next free one where another has it.
    ///
    /// @return false where the prompt of this event, or of this very time and text, is there
    public boolean putPrompt(Tx tx, long sessionId, Moved.OfPrompt prompt) {
        boolean stored =
                tx.handle()
                                .createUpdate(
                                        """
                                        INSERT INTO mem_user_prompts
                                            (session_id, event_id, prompt_number, prompt_text,
                                            created_at)
                                        SELECT
                                            :session, events.id,
                                            CASE WHEN EXISTS (
                                                SELECT
                                                FROM mem_user_prompts
                                                WHERE session_id = :session
                                                    AND prompt_number = :number)
                                            THEN (
                                                SELECT max(prompt_number) + 1
                                                FROM mem_user_prompts
                                                WHERE session_id = :session)
                                            ELSE :number END,
                                            :text, :at
                                        FROM (SELECT CAST(:event AS text) AS key) AS given
                                        LEFT JOIN mem_events AS events
                                            ON events.session_id = :session
                                                AND events.dedupe_key = given.key
                                        WHERE NOT EXISTS (
                                            SELECT
                                            FROM mem_user_prompts AS known
                                            WHERE known.session_id = :session
                                                AND (known.event_id = events.id
                                                    OR known.created_at = :at
                                                        AND known.prompt_text = :text))
                                        """)
                                .bind("session", sessionId)
                                .bind("number", prompt.number())
                                .bind("text", prompt.text())
                                .bind("at", Columns.utc(prompt.createdAt()))
                                .bind("event", prompt.event())
                                .execute()
                        == 1;
        if (stored) {
            tx.handle()
                    .createUpdate(
                            """
                            UPDATE mem_sessions
                            SET prompt_count = greatest(prompt_count, (
                                SELECT max(prompt_number)
                                FROM mem_user_prompts
                                WHERE session_id = :session))
                            WHERE id = :session
                            """)
                    .bind("session", sessionId)
                    .execute();
        }
        return stored;
    }

    public boolean hasObservation(Tx tx, UUID uid) {
        return tx.handle()
                .createQuery("SELECT EXISTS (SELECT FROM mem_observations WHERE uid = :uid)")
                .bind("uid", uid)
                .mapTo(Boolean.class)
                .one();
    }

    /// The ids that the events of a session have here; one that is not there is left out.
    public List<Long> eventIds(Tx tx, long sessionId, List<String> keys) {
        return keys.isEmpty()
                ? List.of()
                : tx.handle()
                        .createQuery(
                                """
                                SELECT id
                                FROM mem_events
                                WHERE session_id = :session AND dedupe_key = ANY(:keys)
                                ORDER BY id
                                """)
                        .bind("session", sessionId)
                        .bindArray("keys", String.class, keys)
                        .mapTo(Long.class)
                        .list();
    }

    /// Gives an observation that was just stored what it had elsewhere.
    public void complete(Tx tx, long id, Moved.OfObservation moved) {
        NewObservation says = moved.says();
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_observations
                        SET uid = :uid,
                            closed_at = :closed,
                            pinned_at = :pinned,
                            edited_at = :edited,
                            prompt_number = coalesce(CAST(:promptNumber AS integer), prompt_number)
                        WHERE id = :id
                        """)
                .bind("id", id)
                .bind("uid", moved.uid())
                .bind("closed", utc(moved.closedAt()))
                .bind("pinned", utc(moved.pinnedAt()))
                .bind("edited", utc(moved.editedAt()))
                .bind("promptNumber", says.promptNumber())
                .execute();
    }

    /// Notes what holds instead of a closed observation.
    ///
    /// @return false where one of the two is not here, or it was said before
    public boolean putSupersession(Tx tx, Moved.OfSupersession moved) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_observations AS observations
                                SET superseded_by = successors.id
                                FROM mem_observations AS successors
                                WHERE observations.uid = :uid
                                    AND successors.uid = :by
                                    AND observations.closed_at IS NOT NULL
                                    AND observations.superseded_by IS DISTINCT FROM successors.id
                                """)
                        .bind("uid", moved.uid())
                        .bind("by", moved.by())
                        .execute()
                == 1;
    }

    /// Stores what a turn or a session came to, unless it is said already. Of two turns that came
    /// under one number, the later gets the next free one.
    public boolean putSummary(Tx tx, long sessionId, Moved.OfSummary summary) {
        SummaryDraft says = summary.says();
        return tx.handle()
                        .createUpdate(
                                """
                                INSERT INTO mem_session_summaries (
                                    session_id, turn_id, prompt_number, request, investigated,
                                    learned, completed, next_steps, made_by, made_by_version,
                                    created_at, search_terms, language)
                                SELECT
                                    :session,
                                    CASE
                                        WHEN given.event IS NULL AND given.number IS NULL THEN NULL
                                        WHEN events.id IS NOT NULL THEN events.id
                                        WHEN :named AND EXISTS (
                                            SELECT
                                            FROM mem_session_summaries
                                            WHERE session_id = :session
                                                AND turn_id = given.number)
                                        THEN (
                                            SELECT least(min(turn_id), 0) - 1
                                            FROM mem_session_summaries
                                            WHERE session_id = :session)
                                        ELSE coalesce(given.number, 0)
                                    END,
                                    CAST(:promptNumber AS integer), :request, :investigated,
                                    :learned, :completed, :nextSteps, :madeBy, :madeByVersion, :at,
                                    :terms, CAST(:language AS regconfig)
                                FROM (
                                    SELECT
                                        CAST(:event AS text) AS event,
                                        CAST(:number AS bigint) AS number
                                ) AS given
                                LEFT JOIN mem_events AS events
                                    ON events.session_id = :session
                                        AND events.dedupe_key = given.event
                                WHERE NOT EXISTS (
                                    SELECT
                                    FROM mem_session_summaries AS known
                                    WHERE known.session_id = :session
                                        AND known.turn_id = -given.number
                                        AND NOT :named)
                                ON CONFLICT ON CONSTRAINT mem_session_summaries_one_each DO NOTHING
                                """)
                        .bind("session", sessionId)
                        .bind("event", summary.turnEvent())
                        .bind("number", summary.turnNumber())
                        .bind("named", summary.uid() != null)
                        .bind("promptNumber", summary.promptNumber())
                        .bind("request", says.request())
                        .bind("investigated", says.investigated())
                        .bind("learned", says.learned())
                        .bind("completed", says.completed())
                        .bind("nextSteps", says.nextSteps())
                        .bind("madeBy", summary.madeBy())
                        .bind("madeByVersion", summary.madeByVersion())
                        .bind("at", Columns.utc(summary.createdAt()))
                        .bind("terms", SearchTerms.indexText(text(says)))
                        .bind("language", language)
                        .execute()
                == 1;
    }

    private static String text(SummaryDraft says) {
        return Stream.of(
                        says.request(),
                        says.investigated(),
                        says.learned(),
                        says.completed(),
                        says.nextSteps())
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
    }

    /// Stores a lesson.
    ///
    /// @return false where it, or a proposal about the same failure, is there
    public boolean putLesson(Tx tx, @Nullable Long projectId, Moved.OfLesson lesson) {
        LessonText says = lesson.says();
        return tx.handle()
                        .createUpdate(
                                """
                                INSERT INTO mem_lessons (
                                    uid, project_id, title, rule, severity, trigger_tool,
                                    trigger_pattern, state, source, signature, observation_ids,
                                    made_by_version, trigger_count, last_triggered_at, created_at,
                                    changed_at, search_terms, language)
                                VALUES (
                                    :uid, CAST(:project AS bigint), :title, :rule, :severity,
                                    :tool, :pattern, :state, :source, :signature,
                                    ARRAY(
                                        SELECT id
                                        FROM mem_observations
                                        WHERE uid = ANY(CAST(:observations AS uuid[]))
                                        ORDER BY id
                                    ),
                                    :version, :count, CAST(:lastTriggered AS timestamptz),
                                    :created, :changed, :terms, CAST(:language AS regconfig))
                                ON CONFLICT DO NOTHING
                                """)
                        .bind("uid", lesson.uid())
                        .bind("project", projectId)
                        .bind("title", says.title())
                        .bind("rule", says.rule())
                        .bind("severity", says.severity().wireName())
                        .bind("tool", says.triggerTool())
                        .bind("pattern", says.triggerPattern())
                        .bind("state", lesson.state().wireName())
                        .bind("source", lesson.source())
                        .bind("signature", lesson.signature())
                        .bindArray(
                                "observations",
                                String.class,
                                lesson.observations().stream().map(UUID::toString).toList())
                        .bind("version", lesson.madeByVersion())
                        .bind("count", lesson.triggerCount())
                        .bind("lastTriggered", utc(lesson.lastTriggeredAt()))
                        .bind("created", Columns.utc(lesson.createdAt()))
                        .bind("changed", Columns.utc(lesson.changedAt()))
                        .bind(
                                "terms",
                                SearchTerms.indexText(
                                        StorableText.of(says.title() + "\n" + says.rule())))
                        .bind("language", language)
                        .execute()
                == 1;
    }

    /// Has a session span the times of what was brought into it.
    public void widen(Tx tx, long sessionId, Instant first, Instant last) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET started_at = least(started_at, :first),
                            last_event_at = greatest(last_event_at, :last)
                        WHERE id = :session
                        """)
                .bind("session", sessionId)
                .bind("first", Columns.utc(first))
                .bind("last", Columns.utc(last))
                .execute();
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : Columns.utc(instant);
    }
}
