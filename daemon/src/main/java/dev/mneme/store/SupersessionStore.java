package dev.mneme.store;

import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Supersession;

import java.time.Instant;
import java.util.List;

/// Closes the decisions of a project whose place a newer one takes, with the evidence beside them.
public final class SupersessionStore {

    /// The newest that a new decision is compared with; each takes some microseconds.
    private static final int COMPARED_MAX = 200;

    private record Older(long id, String title) {}

    /// What a person saved, edited or pinned is closed by what a person saves alone. The newest
    /// that was changed is closed, no others: what it had replaced is closed already.
    ///
    /// @param id of the new observation, which is stored
    public void closeOlder(
            Tx tx, long projectId, long id, NewObservation observation, Instant now) {
        if (observation.type() != ObservationType.DECISION) {
            return;
        }
        for (Older older : older(tx, projectId, id, observation)) {
            var evidence = Supersession.between(older.title(), observation.title());
            if (evidence.isPresent()) {
                close(tx, older.id(), id, evidence.get(), now);
                return;
            }
        }
    }

    private static List<Older> older(Tx tx, long projectId, long id, NewObservation observation) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id, title
                        FROM mem_observations
                        WHERE project_id = :project
                            AND type = 'decision'
                            AND closed_at IS NULL
                            AND pinned_at IS NULL
                            AND id <> :id
                            AND created_at <= :created
                            AND (:byHand OR (made_by <> 'manual' AND edited_at IS NULL))
                        ORDER BY created_at DESC, id DESC
                        LIMIT :most
                        """)
                .bind("project", projectId)
                .bind("id", id)
                .bind("created", Columns.utc(observation.createdAt()))
                .bind("byHand", observation.madeBy().equals("manual"))
                .bind("most", COMPARED_MAX)
                .map((row, context) -> new Older(row.getLong("id"), row.getString("title")))
                .list();
    }

    private static void close(
            Tx tx, long older, long newer, Supersession.Evidence evidence, Instant now) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_observations
                        SET closed_at = :now,
                            superseded_by = :newer,
                            superseded_because = :because,
                            superseded_score = :score
                        WHERE id = :older AND closed_at IS NULL AND pinned_at IS NULL
                        """)
                .bind("now", Columns.utc(now))
                .bind("newer", newer)
                .bind("because", evidence.reason().wireName())
                .bind("score", (float) evidence.score())
                .bind("older", older)
                .execute();
    }
}
