package dev.mneme.store;

import dev.mneme.domain.Observation;
import dev.mneme.domain.RememberedFiles;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/// What the files of memories held when these were written.
public final class RememberedFilesStore {

    private static final String COLUMNS =
            """
            CASE
                WHEN jsonb_array_length(observations.files_modified) > 0
                THEN observations.files_modified
                ELSE observations.files_read
            END AS hashed_files,
            observations.file_hashes,
            sessions.cwd,
            CASE WHEN observations.file_hashes <> '[]' THEN (
                SELECT coalesce(jsonb_agg(keys.value ORDER BY keys.value), '[]')
                FROM mem_project_keys AS keys
                WHERE keys.project_id = observations.project_id AND keys.kind = 'path'
            ) END AS places,
            CASE WHEN observations.file_hashes <> '[]' THEN (
                SELECT events.commit_id
                FROM mem_observation_events AS origins
                JOIN mem_events AS events ON events.id = origins.event_id
                WHERE origins.observation_id = observations.id AND events.commit_id IS NOT NULL
                ORDER BY events.occurred_at DESC
                LIMIT 1
            ) END AS hashed_commit
            """;

    private static final String OF =
            "SELECT observations.id, "
                    + COLUMNS
                    + """
                    FROM mem_observations AS observations
                    JOIN mem_sessions AS sessions ON sessions.id = observations.session_id
                    WHERE observations.id = ANY(:ids) AND observations.file_hashes <> '[]'
                    """;

    private static final String WITH_MEMORIES =
            "SELECT "
                    + ObservationStore.COLUMNS
                    + ", "
                    + COLUMNS
                    + """
                    FROM mem_observations AS observations
                    JOIN mem_projects AS projects ON projects.id = observations.project_id
                    JOIN mem_sessions AS sessions ON sessions.id = observations.session_id
                    WHERE observations.id = ANY(:ids)
                    """;

    /// A memory, and what its files held; null where that was not noted.
    public record Remembered(Observation memory, @Nullable RememberedFiles files) {}

    /// Of those that have any.
    public List<RememberedFiles> of(Tx tx, Collection<Long> observationIds) {
        return tx.handle()
                .createQuery(OF)
                .bindArray("ids", Long.class, observationIds)
                .map(RememberedFilesStore::files)
                .list();
    }

    /// The memories themselves as well, in one statement: those that exist, in no order.
    public List<Remembered> withMemories(Tx tx, Collection<Long> observationIds) {
        return tx.handle()
                .createQuery(WITH_MEMORIES)
                .bindArray("ids", Long.class, observationIds)
                .map(
                        (row, context) -> {
                            RememberedFiles files = files(row, context);
                            return new Remembered(
                                    ObservationStore.observation(row, context),
                                    files.hashes().isEmpty() ? null : files);
                        })
                .list();
    }

    private static RememberedFiles files(ResultSet row, StatementContext context)
            throws SQLException {
        List<String> hashes = Columns.strings(row, "file_hashes");
        return hashes.isEmpty()
                ? new RememberedFiles(row.getLong("id"), List.of(), hashes, null, List.of(), null)
                : new RememberedFiles(
                        row.getLong("id"),
                        Columns.strings(row, "hashed_files"),
                        hashes,
                        row.getString("cwd"),
                        Columns.strings(row, "places"),
                        row.getString("hashed_commit"));
    }
}
