package dev.mneme.ingest;

import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationEdit;
import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.queue.Wakeup;
import dev.mneme.store.Database;
import dev.mneme.store.IdempotencyStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.SupersessionStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Stores observations that somebody wrote, with the session and project they name; both are
/// created on demand. All of a request is stored, or nothing.
public final class ObservationWriter {

    /// The agent behind memories that a person or a model saved by hand.
    private static final String MANUAL_AGENT = "manual";

    private static final String API_AGENT = "api";

    /// The id of what was forgotten and is not stored again.
    public static final long FORGOTTEN_ID = 0;

    private final Database database;
    private final ProjectResolver projects;
    private final SessionStore sessions;
    private final ObservationStore observations;
    private final IdempotencyStore idempotency;
    private final Wakeup embedding;
    private final InstantSource clock;
    private final SupersessionStore superseded = new SupersessionStore();

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

    public record Saved(long id, String projectName) {}

    /// What a new memory was to supersede does not exist.
    public static final class Superseding extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final long id;

        Superseding(long id) {
            super("there is no observation " + id + " to supersede");
            this.id = id;
        }

        public long id() {
            return id;
        }
    }

    /// Stores a batch and says its ids, in the order of the request; `FORGOTTEN_ID` for one that
    /// was forgotten.
    ///
    /// @param idempotencyKey where given, a repeated request gets the first one's ids
    public List<Long> write(List<Addressed> batch, @Nullable String idempotencyKey) {
        // Recognising a folder may ask git, which must not happen inside a transaction.
        var wanted = new TreeMap<String, ProjectResolver.Wanted>();
        batch.forEach(one -> wanted.computeIfAbsent(one.project(), projects::wanted));
        List<Long> ids =
                database.inTransaction(
                        tx -> {
                            if (idempotencyKey == null) {
                                return insert(tx, batch, wanted);
                            }
                            Optional<List<Long>> before = idempotency.answered(tx, idempotencyKey);
                            if (before.isPresent()) {
                                return before.get();
                            }
                            List<Long> fresh = insert(tx, batch, wanted);
                            idempotency.remember(tx, idempotencyKey, fresh, clock.instant());
                            return fresh;
                        });
        embedding.wake();
        return ids;
    }

    /// Saves a memory by hand, in the project's own session for such.
    ///
    /// @param supersedes what is no longer true with it, and closed
    /// @throws Superseding when one of them does not exist; then nothing is saved
    public Saved save(
            String project,
            NewObservation observation,
            List<Long> supersedes,
            @Nullable String idempotencyKey) {
        ProjectResolver.Wanted wanted = projects.wanted(project);
        Saved saved =
                database.inTransaction(
                        tx -> {
                            if (idempotencyKey != null) {
                                Optional<List<Long>> before =
                                        idempotency.answered(tx, idempotencyKey);
                                if (before.isPresent()) {
                                    return new Saved(
                                            before.get().getFirst(),
                                            projects.find(tx, wanted)
                                                    .map(Project::name)
                                                    .orElse(project));
                                }
                            }
                            Project owner = projects.ensure(tx, wanted);
                            Session session =
                                    sessions.ensure(
                                            tx,
                                            "manual-" + owner.id(),
                                            owner,
                                            MANUAL_AGENT,
                                            clock.instant());
                            sessions.touch(tx, session, clock.instant());
                            long id =
                                    observations.insert(tx, session.id(), owner.id(), observation);
                            for (long old : supersedes) {
                                if (!observations.close(tx, old, id, clock.instant())) {
                                    throw new Superseding(old);
                                }
                            }
                            superseded.closeOlder(tx, owner.id(), id, observation, clock.instant());
                            if (idempotencyKey != null) {
                                idempotency.remember(
                                        tx, idempotencyKey, List.of(id), clock.instant());
                            }
                            return new Saved(id, owner.name());
                        });
        embedding.wake();
        return saved;
    }

    /// Takes an observation out of recall; it is kept for the record until its retention is over.
    ///
    /// @param supersededBy what is true instead, if anything; must exist
    /// @return false when there is no observation `id`
    public boolean close(long id, @Nullable Long supersededBy) {
        return database.inTransaction(
                tx -> observations.close(tx, id, supersededBy, clock.instant()));
    }

    /// Has an observation told at every start of its project, or no longer.
    ///
    /// @return false when there is no open observation `id`
    public boolean pin(long id, boolean pinned) {
        return database.inTransaction(tx -> observations.pin(tx, id, pinned, clock.instant()));
    }

    /// Puts other words in place of what an observation says.
    ///
    /// @return false when there is no observation `id`
    public boolean edit(long id, ObservationEdit edit) {
        boolean edited =
                database.inTransaction(tx -> observations.edit(tx, id, edit, clock.instant()));
        embedding.wake();
        return edited;
    }

    /// Brings a closed observation back into recall.
    ///
    /// @return false when there is no observation `id`
    public boolean reopen(long id) {
        return database.inTransaction(tx -> observations.reopen(tx, id));
    }

    /// Projects and sessions first, each in one order whatever the request's: two batches that
    /// create the same ones must not wait for each other.
    private List<Long> insert(
            Tx tx, List<Addressed> all, SortedMap<String, ProjectResolver.Wanted> wantedByName) {
        List<Addressed> batch = withoutForgotten(tx, all, wantedByName);
        var wanted = new TreeMap<>(wantedByName);
        wanted.keySet().retainAll(batch.stream().map(Addressed::project).toList());
        var owners = new HashMap<String, Project>();
        wanted.forEach((name, project) -> owners.put(name, projects.ensure(tx, project)));
        var first = new TreeMap<String, Addressed>();
        batch.forEach(one -> first.putIfAbsent(one.sessionId(), one));
        var known = new HashMap<String, Session>();
        first.forEach(
                (sessionId, one) ->
                        known.put(
                                sessionId,
                                sessions.ensure(
                                        tx,
                                        sessionId,
                                        Objects.requireNonNull(owners.get(one.project())),
                                        API_AGENT,
                                        one.observation().createdAt())));
        known.values().forEach(session -> sessions.touch(tx, session, clock.instant()));
        var ids = new ArrayList<Long>(all.size());
        var stored = new HashSet<>(batch);
        for (Addressed one : all) {
            if (!stored.contains(one)) {
                ids.add(FORGOTTEN_ID);
                continue;
            }
            Session session = Objects.requireNonNull(known.get(one.sessionId()));
            Project project = Objects.requireNonNull(owners.get(one.project()));
            long id = observations.insert(tx, session.id(), project.id(), one.observation());
            superseded.closeOlder(tx, project.id(), id, one.observation(), clock.instant());
            ids.add(id);
        }
        return List.copyOf(ids);
    }

    /// Old observations that are handed in again, by an importer or a late retry, stay forgotten.
    private List<Addressed> withoutForgotten(
            Tx tx, List<Addressed> batch, SortedMap<String, ProjectResolver.Wanted> wanted) {
        Optional<Instant> newest = observations.newestForgetting(tx);
        return newest.isEmpty()
                ? batch
                : batch.stream()
                        .filter(
                                one ->
                                        one.observation().createdAt().isAfter(newest.get())
                                                || !observations.isForgotten(
                                                        tx,
                                                        one.sessionId(),
                                                        ProjectResolver.marks(
                                                                Objects.requireNonNull(
                                                                        wanted.get(one.project()))),
                                                        one.observation()))
                        .toList();
    }
}
