package dev.mneme.ingest;

import dev.mneme.domain.NewObservation;
import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.queue.Wakeup;
import dev.mneme.store.Database;
import dev.mneme.store.IdempotencyStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Stores observations that somebody wrote, with the session and project they name; both are
/// created on demand. All of a request is stored, or nothing.
public final class ObservationWriter {

    /// The agent behind memories that a person or a model saved by hand.
    private static final String MANUAL_AGENT = "manual";

    private final Database database;
    private final ProjectResolver projects;
    private final SessionStore sessions;
    private final ObservationStore observations;
    private final IdempotencyStore idempotency;
    private final Wakeup embedding;
    private final InstantSource clock;

    public ObservationWriter(
            Database database,
            ProjectResolver projects,
            SessionStore sessions,
            ObservationStore observations,
            IdempotencyStore idempotency,
            Wakeup embedding,
            InstantSource clock) {
        this.database = database;
        this.projects = projects;
        this.sessions = sessions;
        this.observations = observations;
        this.idempotency = idempotency;
        this.embedding = embedding;
        this.clock = clock;
    }

    /// One observation with where it belongs.
    public record Addressed(String sessionId, String project, NewObservation observation) {}

    public record Saved(long id, Project project) {}

    /// Stores a batch and says its ids, in the order of the request.
    ///
    /// @param idempotencyKey where given, a repeated request gets the first one's ids
    public List<Long> write(List<Addressed> batch, @Nullable String idempotencyKey) {
        List<Long> ids =
                database.inTransaction(
                        tx -> {
                            if (idempotencyKey == null) {
                                return insert(tx, batch);
                            }
                            Optional<List<Long>> before = idempotency.answered(tx, idempotencyKey);
                            if (before.isPresent()) {
                                return before.get();
                            }
                            List<Long> fresh = insert(tx, batch);
                            idempotency.remember(tx, idempotencyKey, fresh);
                            return fresh;
                        });
        embedding.wake();
        return ids;
    }

    /// Saves a memory by hand, in the project's own session for such.
    public Saved save(String project, NewObservation observation) {
        Saved saved =
                database.inTransaction(
                        tx -> {
                            Project owner = projects.ensure(tx, project);
                            Session session =
                                    sessions.ensure(
                                            tx,
                                            "manual-" + owner.id(),
                                            owner,
                                            MANUAL_AGENT,
                                            clock.instant());
                            return new Saved(
                                    observations.insert(tx, session.id(), owner.id(), observation),
                                    owner);
                        });
        embedding.wake();
        return saved;
    }

    private List<Long> insert(Tx tx, List<Addressed> batch) {
        var ids = new ArrayList<Long>(batch.size());
        for (Addressed one : batch) {
            Project project = projects.ensure(tx, one.project());
            Session session =
                    sessions.ensure(
                            tx, one.sessionId(), project, "api", one.observation().createdAt());
            ids.add(observations.insert(tx, session.id(), project.id(), one.observation()));
        }
        return List.copyOf(ids);
    }
}
