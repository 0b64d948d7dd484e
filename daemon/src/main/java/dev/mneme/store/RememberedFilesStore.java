package dev.mneme.store;

import dev.mneme.domain.RememberedFiles;

import java.util.Collection;
import java.util.List;

/// What the files of memories held when these were written.
public final class RememberedFilesStore {

    /// Of those that have any.
    public List<RememberedFiles> of(Tx tx, Collection<Long> observationIds) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            observations.id,
                            CASE
                                WHEN jsonb_array_length(observations.files_modified) > 0
                                THEN observations.files_modified
                                ELSE observations.files_read
                            END AS files,
                            observations.file_hashes,
                            sessions.cwd,
                            (
                                SELECT coalesce(jsonb_agg(keys.value ORDER BY keys.value), '[]')
                                FROM mem_project_keys AS keys
                                WHERE keys.project_id = observations.project_id
                                    AND keys.kind = 'path'
                            ) AS places,
                            (
                                SELECT events.commit_id
                                FROM mem_observation_events AS origins
                                JOIN mem_events AS events ON events.id = origins.event_id
                                WHERE origins.observation_id = observations.id
                                    AND events.commit_id IS NOT NULL
                                ORDER BY events.occurred_at DESC
                                LIMIT 1
                            ) AS commit_id
                        FROM mem_observations AS observations
                        JOIN mem_sessions AS sessions ON sessions.id = observations.session_id
                        WHERE observations.id = ANY(:ids)
                            AND observations.file_hashes <> '[]'
                        """)
                .bindArray("ids", Long.class, observationIds)
                .map(
                        (row, context) ->
                                new RememberedFiles(
                                        row.getLong("id"),
                                        Columns.strings(row, "files"),
                                        Columns.strings(row, "file_hashes"),
                                        row.getString("cwd"),
                                        Columns.strings(row, "places"),
                                        row.getString("commit_id")))
                .list();
    }
}
