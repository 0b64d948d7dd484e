package dev.mneme.store;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Everything that an export holds, as JSON texts in the order of the ids: an import stores in the
/// order of the lines, so that the database it made exports the same lines again.
///
/// Ids are not in them. What can be made again (vectors, indexes, the quarantine, receipts, the
/// figures of models, answers to idempotency keys) is left out.
public final class ExportStore {

    /// One record. The payload of an event is apart, because it is JSON already.
    public record Row(long id, String json, @Nullable String payload) {}

    /// The parts of an export in their order: what is named comes before what names it.
    public enum Part {
        PROJECTS(
                """
                SELECT
                    projects.id,
                    NULL AS payload,
                    json_strip_nulls(json_build_object(
                        'record', 'project',
                        'name', projects.name,
                        'path', projects.full_path,
                        'created_at', mem_utc(projects.created_at),
                        'keys', (
                            SELECT json_agg(
                                json_build_object('kind', keys.kind, 'value', keys.value)
                                ORDER BY keys.kind, keys.value COLLATE "C")
                            FROM mem_project_keys AS keys
                            WHERE keys.project_id = projects.id AND keys.kind <> 'former-id'
                        ))) AS json
                FROM mem_projects AS projects
                WHERE projects.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR projects.id = :project)
                ORDER BY projects.id
                LIMIT :limit
                """),
        SESSIONS(
                """
                SELECT
                    sessions.id,
                    NULL AS payload,
                    json_strip_nulls(json_build_object(
                        'record', 'session',
                        'session', sessions.session_id,
                        'project', projects.name,
                        'agent', sessions.agent_type,
                        'status', sessions.status,
                        'started_at', mem_utc(sessions.started_at),
                        'last_event_at', mem_utc(sessions.last_event_at),
                        'opened_at', mem_utc(sessions.opened_at),
                        'completed_at', mem_utc(sessions.completed_at),
                        'end_reason', sessions.end_reason,
                        'start_source', sessions.start_source,
                        'summary', sessions.summary,
                        'prompt_count', sessions.prompt_count,
                        'cwd', sessions.cwd)) AS json
                FROM mem_sessions AS sessions
                JOIN mem_projects AS projects ON projects.id = sessions.project_id
                WHERE sessions.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR sessions.project_id = :project)
                ORDER BY sessions.id
                LIMIT :limit
                """),
        EVENTS(
                """
                SELECT
                    events.id,
                    events.payload,
                    json_strip_nulls(json_build_object(
                        'record', 'event',
                        'session', sessions.session_id,
                        'event', events.dedupe_key,
                        'kind', events.kind,
                        'tool_name', events.tool_name,
                        'tool_use_id', events.tool_use_id,
                        'agent_id', events.agent_id,
                        'agent_type', events.agent_type,
                        'prompt_number', events.prompt_number,
                        'prompt_kind', events.prompt_kind,
                        'cause', events.cause,
                        'is_interrupt', events.is_interrupt,
                        'cwd', events.cwd,
                        'branch', events.branch,
                        'commit', events.commit_id,
                        'occurred_at', mem_utc(events.occurred_at),
                        'received_at', mem_utc(events.received_at),
                        'hash', encode(events.payload_hash, 'hex'),
                        'job', (
                            SELECT json_build_object(
                                'state', CASE WHEN jobs.finalized_at IS NULL THEN 'open'
                                    ELSE jobs.state END,
                                'outcome', jobs.outcome,
                                'skip_reason', jobs.skip_reason,
                                'error', CASE WHEN jobs.finalized_at IS NOT NULL
                                    THEN jobs.last_error END,
                                'attempt', CASE WHEN jobs.finalized_at IS NULL THEN 0
                                    ELSE jobs.attempt END,
                                'max_attempts', jobs.max_attempts,
                                'created_at', mem_utc(jobs.created_at),
                                'attempted_at', CASE WHEN jobs.finalized_at IS NOT NULL
                                    THEN mem_utc(jobs.attempted_at) END,
                                'finalized_at', mem_utc(jobs.finalized_at))
                            FROM mem_jobs AS jobs
                            WHERE jobs.event_id = events.id
                        ))) AS json
                FROM mem_events AS events
                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                WHERE events.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR sessions.project_id = :project)
                ORDER BY events.id
                LIMIT :limit
                """),
        PROMPTS(
                """
                SELECT
                    prompts.id,
                    NULL AS payload,
                    json_strip_nulls(json_build_object(
                        'record', 'prompt',
                        'session', sessions.session_id,
                        'number', prompts.prompt_number,
                        'text', prompts.prompt_text,
                        'created_at', mem_utc(prompts.created_at),
                        'event', events.dedupe_key)) AS json
                FROM mem_user_prompts AS prompts
                JOIN mem_sessions AS sessions ON sessions.id = prompts.session_id
                LEFT JOIN mem_events AS events ON events.id = prompts.event_id
                WHERE prompts.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR sessions.project_id = :project)
                ORDER BY prompts.id
                LIMIT :limit
                """),
        OBSERVATIONS(
                """
                SELECT
                    observations.id,
                    NULL AS payload,
                    json_strip_nulls(json_build_object(
                        'record', 'observation',
                        'uid', observations.uid,
                        'session', sessions.session_id,
                        'project', projects.name,
                        'title', observations.title,
                        'subtitle', observations.subtitle,
                        'type', observations.type,
                        'narrative', observations.narrative,
                        'facts', observations.facts,
                        'concepts', observations.concepts,
                        'files_read', observations.files_read,
                        'files_modified', observations.files_modified,
                        'tool_name', observations.tool_name,
                        'prompt_number', observations.prompt_number,
                        'made_by', observations.made_by,
                        'made_by_version', observations.made_by_version,
                        'created_at', mem_utc(observations.created_at),
                        'closed_at', mem_utc(observations.closed_at),
                        'pinned_at', mem_utc(observations.pinned_at),
                        'edited_at', mem_utc(observations.edited_at),
                        'events', (
                            SELECT json_agg(events.dedupe_key ORDER BY events.id)
                            FROM mem_observation_events AS origins
                            JOIN mem_events AS events ON events.id = origins.event_id
                            WHERE origins.observation_id = observations.id
                        ))) AS json
                FROM mem_observations AS observations
                JOIN mem_sessions AS sessions ON sessions.id = observations.session_id
                JOIN mem_projects AS projects ON projects.id = observations.project_id
                WHERE observations.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR observations.project_id = :project)
                ORDER BY observations.id
                LIMIT :limit
                """),
        SUPERSESSIONS(
                """
                SELECT
                    observations.id,
                    NULL AS payload,
                    json_build_object(
                        'record', 'superseded',
                        'uid', observations.uid,
                        'by', successors.uid) AS json
                FROM mem_observations AS observations
                JOIN mem_observations AS successors ON successors.id = observations.superseded_by
                WHERE observations.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR observations.project_id = :project)
                ORDER BY observations.id
                LIMIT :limit
                """),
        SUMMARIES(
                """
                SELECT
                    summaries.id,
                    NULL AS payload,
                    json_strip_nulls(json_build_object(
                        'record', 'summary',
                        'session', sessions.session_id,
                        'turn_event', events.dedupe_key,
                        'turn_number', CASE WHEN events.id IS NULL
                            THEN least(summaries.turn_id, -summaries.turn_id) END,
                        'prompt_number', summaries.prompt_number,
                        'request', summaries.request,
                        'investigated', summaries.investigated,
                        'learned', summaries.learned,
                        'completed', summaries.completed,
                        'next_steps', summaries.next_steps,
                        'made_by', summaries.made_by,
                        'made_by_version', summaries.made_by_version,
                        'created_at', mem_utc(summaries.created_at))) AS json
                FROM mem_session_summaries AS summaries
                JOIN mem_sessions AS sessions ON sessions.id = summaries.session_id
                LEFT JOIN mem_events AS events
                    ON events.id = summaries.turn_id AND events.session_id = sessions.id
                WHERE summaries.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR sessions.project_id = :project)
                ORDER BY summaries.id
                LIMIT :limit
                """),
        LESSONS(
                """
                SELECT
                    lessons.id,
                    NULL AS payload,
                    json_strip_nulls(json_build_object(
                        'record', 'lesson',
                        'uid', lessons.uid,
                        'project', projects.name,
                        'title', lessons.title,
                        'rule', lessons.rule,
                        'severity', lessons.severity,
                        'trigger_tool', lessons.trigger_tool,
                        'trigger_pattern', lessons.trigger_pattern,
                        'state', lessons.state,
                        'source', lessons.source,
                        'signature', lessons.signature,
                        'observations', (
                            SELECT json_agg(observations.uid ORDER BY observations.id)
                            FROM mem_observations AS observations
                            WHERE observations.id = ANY(lessons.observation_ids)
                        ),
                        'made_by_version', lessons.made_by_version,
                        'trigger_count', lessons.trigger_count,
                        'last_triggered_at', mem_utc(lessons.last_triggered_at),
                        'created_at', mem_utc(lessons.created_at),
                        'changed_at', mem_utc(lessons.changed_at))) AS json
                FROM mem_lessons AS lessons
                LEFT JOIN mem_projects AS projects ON projects.id = lessons.project_id
                WHERE lessons.id > :after
                    AND (CAST(:project AS bigint) IS NULL OR lessons.project_id = :project)
                ORDER BY lessons.id
                LIMIT :limit
                """);

        private final String page;

        Part(String page) {
            this.page = page;
        }
    }

    /// What lies behind `after` in a part of one project, or of all.
    public List<Row> page(Tx tx, Part part, long after, @Nullable Long projectId, int limit) {
        return tx.handle()
                .createQuery(part.page)
                .bind("after", after)
                .bind("project", projectId)
                .bind("limit", limit)
                .map(
                        (row, context) ->
                                new Row(
                                        row.getLong("id"),
                                        row.getString("json"),
                                        row.getString("payload")))
                .list();
    }
}
