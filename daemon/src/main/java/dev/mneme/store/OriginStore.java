package dev.mneme.store;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.Origin;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Where an observation comes from: who made it, of which events.
public final class OriginStore {

    /// Empty where there is no such observation.
    ///
    /// @param eventsMax the earliest so many
    public Optional<Origin> of(Tx tx, long observationId, int eventsMax) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            sessions.session_id, observations.made_by,
                            observations.made_by_version, observations.stored_at
                        FROM mem_observations AS observations
                        JOIN mem_sessions AS sessions ON sessions.id = observations.session_id
                        WHERE observations.id = :id
                        """)
                .bind("id", observationId)
                .map(
                        (row, context) ->
                                new Origin(
                                        row.getString("session_id"),
                                        row.getString("made_by"),
                                        row.getInt("made_by_version"),
                                        Columns.instant(row, "stored_at"),
                                        events(tx, observationId, eventsMax)))
                .findOne();
    }

    private static List<Origin.Event> events(Tx tx, long observationId, int eventsMax) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            events.id, jobs.id AS job_id, sessions.session_id, events.kind,
                            events.tool_name, events.agent_type, events.branch, events.occurred_at,
                            events.payload IS NOT NULL AS payload_kept
                        FROM mem_observation_events AS origins
                        JOIN mem_events AS events ON events.id = origins.event_id
                        JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                        LEFT JOIN mem_jobs AS jobs ON jobs.event_id = events.id
                        WHERE origins.observation_id = :id
                        ORDER BY events.occurred_at, events.id
                        LIMIT :limit
                        """)
                .bind("id", observationId)
                .bind("limit", eventsMax)
                .map((row, context) -> event(row))
                .list();
    }

    private static Origin.Event event(ResultSet row) throws SQLException {
        return new Origin.Event(
                row.getLong("id"),
                row.getObject("job_id", Long.class),
                row.getString("session_id"),
                HookEvent.ofPath(row.getString("kind")).orElseThrow(),
                row.getString("tool_name"),
                row.getString("agent_type"),
                row.getString("branch"),
                Columns.instant(row, "occurred_at"),
                row.getBoolean("payload_kept"));
    }
}
