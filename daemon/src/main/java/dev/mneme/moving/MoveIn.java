package dev.mneme.moving;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.Moved;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.SummaryOfTurns;
import dev.mneme.domain.Tombstone;
import dev.mneme.domain.TurnExtraction.Maker;
import dev.mneme.ingest.Ingest;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.store.Database;
import dev.mneme.store.ImportStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.SummaryStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/// Takes in what was elsewhere: another database of ours, or another system's.
///
/// A page is stored in one transaction with the names of what is in it, so that an import which is
/// broken off at any moment is healed by running it again. Where the database refuses a page for
/// what is in it, its records are stored one by one, and the bad one alone is left out.
public final class MoveIn {

    /// A hook fires within this time of the line that its host writes about the same prompt.
    private static final Duration PROMPT_WINDOW = Duration.ofSeconds(30);

    /// The agent of sessions that only an observation tells of.
    private static final String IMPORT_AGENT = "import";

    private final Database database;
    private final ProjectResolver projects;
    private final SessionStore sessions;
    private final ObservationStore observations;
    private final SummaryStore summaries;
    private final ImportStore store;
    private final Ingest ingest;
    private final Runnable stored;
    private final InstantSource clock;

    /// @param stored called after something was stored that wants a vector or a worker
    public MoveIn(
            Database database,
            ProjectResolver projects,
            SessionStore sessions,
            ObservationStore observations,
            SummaryStore summaries,
            ImportStore store,
            Ingest ingest,
            Runnable stored,
            InstantSource clock) {
        this.database = database;
        this.projects = projects;
        this.sessions = sessions;
        this.observations = observations;
        this.summaries = summaries;
        this.store = store;
        this.ingest = ingest;
        this.stored = stored;
        this.clock = clock;
    }

    /// What became of a record.
    public enum Outcome {
        STORED,

        /// It was here, or was taken in before and is here no more.
        KNOWN,

        /// It, or what it belongs to, was forgotten.
        FORGOTTEN,

        /// Capture was paused when it happened.
        PAUSED,

        /// The database does not take it.
        REFUSED
    }

    /// How a page is to be taken.
    ///
    /// @param faithful whether it comes from a database of ours, which says of everything what it
    ///     is; of other sources, sessions grow with what is brought into them
    /// @param dryRun whether nothing is to be stored in the end
    /// @param again whether what was taken in before and is gone, or was forgotten, comes back
    public record Manner(boolean faithful, boolean dryRun, boolean again) {}

    /// Says of each record what became of it, in their order.
    public List<Outcome> take(List<Moved> records, Manner manner) {
        Map<String, ProjectResolver.Wanted> wanted = wanted(records);
        List<Outcome> outcomes = new ArrayList<>();
        List<Moved> page = new ArrayList<>();
        for (Moved record : records) {
            if (record instanceof Moved.OfMoment moment) {
                outcomes.addAll(page(page, wanted, manner));
                page.clear();
                outcomes.add(moment(moment, manner));
            } else {
                page.add(record);
            }
        }
        outcomes.addAll(page(page, wanted, manner));
        if (!manner.dryRun()) {
            note(records, outcomes);
            stored.run();
        }
        return List.copyOf(outcomes);
    }

    /// Recognising a folder may ask git, which must not happen inside a transaction.
    private Map<String, ProjectResolver.Wanted> wanted(List<Moved> records) {
        var wanted = new HashMap<String, ProjectResolver.Wanted>();
        for (Moved record : records) {
            String path = path(record);
            if (path != null) {
                wanted.computeIfAbsent(path, projects::wanted);
            }
        }
        return wanted;
    }

    private static @Nullable String path(Moved record) {
        return switch (record) {
            case Moved.OfSession session -> session.path();
            case Moved.OfObservation observation -> observation.path();
            case Moved.OfLesson lesson -> lesson.path();
            case Moved.OfProject _,
                    Moved.OfEvent _,
                    Moved.OfPrompt _,
                    Moved.OfSummary _,
                    Moved.OfSupersession _,
                    Moved.OfMoment _ ->
                    null;
        };
    }

    private List<Outcome> page(
            List<Moved> page, Map<String, ProjectResolver.Wanted> wanted, Manner manner) {
        if (page.isEmpty()) {
            return List.of();
        }
        try {
            return together(page, wanted, manner);
        } catch (StoreException failed) {
            if (failed.transientFailure()) {
                throw failed;
            }
            if (page.size() == 1) {
                return List.of(Outcome.REFUSED);
            }
            var outcomes = new ArrayList<Outcome>(page.size());
            for (Moved one : page) {
                outcomes.addAll(page(List.of(one), wanted, manner));
            }
            return outcomes;
        }
    }

    /// Ends a rehearsal's transaction without a trace.
    private static final class Rehearsed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient List<Outcome> outcomes;

        Rehearsed(List<Outcome> outcomes) {
            super("a dry run stores nothing", null, false, false);
            this.outcomes = outcomes;
        }
    }

    private List<Outcome> together(
            List<Moved> page, Map<String, ProjectResolver.Wanted> wanted, Manner manner) {
        try {
            return database.inTransaction(
                    tx -> {
                        store.lock(tx);
                        var work = new Work(tx, wanted, manner);
                        List<Outcome> outcomes = page.stream().map(work::take).toList();
                        work.finish();
                        if (manner.dryRun()) {
                            throw new Rehearsed(outcomes);
                        }
                        return outcomes;
                    });
        } catch (Rehearsed rehearsed) {
            return rehearsed.outcomes;
        }
    }

    /// One page in its transaction.
    private final class Work {

        private final Tx tx;
        private final Map<String, ProjectResolver.Wanted> wanted;
        private final Manner manner;
        private final Instant now = clock.instant();
        private final Map<String, Project> known = new HashMap<>();
        private final Map<String, Optional<Session>> held = new HashMap<>();
        private final Map<Long, Span> spans = new HashMap<>();
        private final Map<Long, Maker> summarised = new HashMap<>();

        Work(Tx tx, Map<String, ProjectResolver.Wanted> wanted, Manner manner) {
            this.tx = tx;
            this.wanted = wanted;
            this.manner = manner;
        }

        Outcome take(Moved record) {
            return switch (record) {
                case Moved.OfProject project -> project(project);
                case Moved.OfSession session -> session(session);
                case Moved.OfEvent event -> event(event);
                case Moved.OfPrompt prompt -> prompt(prompt);
                case Moved.OfObservation observation -> observation(observation);
                case Moved.OfSummary summary -> summary(summary);
                case Moved.OfLesson lesson -> lesson(lesson);
                case Moved.OfSupersession supersession ->
                        outcome(store.putSupersession(tx, supersession));
                case Moved.OfMoment moment ->
                        throw new IllegalStateException(
                                "a moment is taken alone: " + moment.kind());
            };
        }

        private Outcome project(Moved.OfProject project) {
            Instant createdAt = project.createdAt();
            if (isForgotten(
                    "",
                    List.of(Tombstone.name(project.name())),
                    createdAt == null ? now : createdAt)) {
                return Outcome.FORGOTTEN;
            }
            Project here = named(project.name());
            store.addKeys(tx, here.id(), project);
            return Outcome.STORED;
        }

        private Outcome session(Moved.OfSession session) {
            if (isForgotten(
                    session.sessionId(),
                    marks(session.project(), session.path()),
                    session.lastEventAt())) {
                return Outcome.FORGOTTEN;
            }
            boolean fresh =
                    store.putSession(tx, session, project(session.project(), session.path()));
            held.remove(session.sessionId());
            return outcome(fresh);
        }

        private Outcome event(Moved.OfEvent event) {
            if (isForgotten(event.sessionId(), marks(event), event.occurredAt())) {
                return Outcome.FORGOTTEN;
            }
            return held(event.sessionId())
                    .map(session -> outcome(store.putEvent(tx, session.id(), event)))
                    .orElse(sessionless());
        }

        private static List<String> marks(Moved.OfEvent event) {
            return Tombstone.ofEvent(
                    event.sessionId(), event.kind(), event.key(), event.payloadHash());
        }

        private Outcome prompt(Moved.OfPrompt prompt) {
            if (wasTaken(prompt.uid())) {
                return Outcome.KNOWN;
            }
            if (isForgotten(prompt.sessionId(), List.of(), prompt.createdAt())) {
                return Outcome.FORGOTTEN;
            }
            Session session = held(prompt.sessionId()).orElse(null);
            if (session == null) {
                return sessionless();
            }
            boolean fresh =
                    (prompt.uid() == null
                                    || !store.hasPrompt(tx, session.id(), prompt, PROMPT_WINDOW))
                            && store.putPrompt(tx, session.id(), prompt);
            note(prompt.uid());
            return spanning(session, prompt.createdAt(), fresh);
        }

        private Outcome observation(Moved.OfObservation moved) {
            if (wasTaken(moved.uid()) || store.hasObservation(tx, moved.uid())) {
                return Outcome.KNOWN;
            }
            NewObservation says = moved.says();
            if (!manner.again()
                    && observations.isForgotten(
                            tx, moved.sessionId(), marks(moved.project(), moved.path()), says)) {
                return Outcome.FORGOTTEN;
            }
            Session session = held(moved.sessionId()).orElseGet(() -> begin(moved));
            long id =
                    observations.insert(
                            tx,
                            session.id(),
                            project(moved.project(), moved.path()).id(),
                            says.from(store.eventIds(tx, session.id(), moved.events())));
            store.complete(tx, id, moved);
            note(moved.uid());
            return spanning(session, says.createdAt(), true);
        }

        private Session begin(Moved.OfObservation moved) {
            Session session =
                    sessions.ensure(
                            tx,
                            moved.sessionId(),
                            project(moved.project(), moved.path()),
                            IMPORT_AGENT,
                            moved.says().createdAt());
            held.put(moved.sessionId(), Optional.of(session));
            return session;
        }

        private Outcome summary(Moved.OfSummary summary) {
            if (wasTaken(summary.uid())) {
                return Outcome.KNOWN;
            }
            if (isForgotten(summary.sessionId(), List.of(), summary.createdAt())) {
                return Outcome.FORGOTTEN;
            }
            Session session = held(summary.sessionId()).orElse(null);
            if (session == null) {
                return sessionless();
            }
            boolean fresh = store.putSummary(tx, session.id(), summary);
            note(summary.uid());
            if (fresh && summary.turnNumber() != null) {
                summarised.put(session.id(), new Maker(summary.madeBy(), summary.madeByVersion()));
            }
            return spanning(session, summary.createdAt(), fresh);
        }

        private Outcome lesson(Moved.OfLesson lesson) {
            if (wasTaken(lesson.uid())) {
                return Outcome.KNOWN;
            }
            String project = lesson.project();
            if (project != null
                    && isForgotten("", marks(project, lesson.path()), lesson.createdAt())) {
                return Outcome.FORGOTTEN;
            }
            boolean fresh =
                    store.putLesson(
                            tx,
                            project == null ? null : project(project, lesson.path()).id(),
                            lesson);
            note(lesson.uid());
            return outcome(fresh);
        }

        /// Sessions that grew span what was brought into them, and are summed up.
        void finish() {
            if (manner.faithful()) {
                return;
            }
            spans.forEach((session, span) -> store.widen(tx, session, span.first, span.last));
            summarised.forEach(
                    (session, maker) -> {
                        List<SessionSummary> turns = summaries.ofTurns(tx, session);
                        summaries.put(
                                tx,
                                session,
                                null,
                                null,
                                SummaryOfTurns.of(
                                        turns.stream().map(SessionSummary::says).toList()),
                                maker,
                                turns.getLast().createdAt());
                    });
        }

        /// The project at a path, where the record says one, else that of the name.
        private Project project(String name, @Nullable String path) {
            return path == null
                    ? named(name)
                    : known.computeIfAbsent(
                            path,
                            place ->
                                    projects.ensure(tx, Objects.requireNonNull(wanted.get(place))));
        }

        private List<String> marks(String name, @Nullable String path) {
            return path == null
                    ? List.of(Tombstone.name(name))
                    : ProjectResolver.marks(Objects.requireNonNull(wanted.get(path)));
        }

        private Project named(String name) {
            return known.computeIfAbsent(
                    name, text -> projects.ensure(tx, new ProjectResolver.Wanted.Chosen(text)));
        }

        private Optional<Session> held(String sessionId) {
            return held.computeIfAbsent(sessionId, id -> sessions.hold(tx, id, true));
        }

        private boolean wasTaken(@Nullable UUID uid) {
            return uid != null && !manner.again() && store.isKnown(tx, uid);
        }

        private boolean isForgotten(String sessionId, List<String> marks, Instant at) {
            return !manner.again() && store.isForgotten(tx, sessionId, marks, at);
        }

        private void note(@Nullable UUID uid) {
            if (uid != null) {
                store.note(tx, uid, now);
            }
        }

        /// What belongs to a session that is not here cannot be stored; a rehearsal stored none.
        private Outcome sessionless() {
            return manner.dryRun() ? Outcome.STORED : Outcome.REFUSED;
        }

        private Outcome spanning(Session session, Instant at, boolean fresh) {
            if (fresh) {
                spans.computeIfAbsent(session.id(), id -> new Span(at)).include(at);
            }
            return outcome(fresh);
        }
    }

    /// From the first to the last of some times.
    private static final class Span {

        private Instant first;
        private Instant last;

        Span(Instant at) {
            first = at;
            last = at;
        }

        void include(Instant at) {
            first = at.isBefore(first) ? at : first;
            last = at.isAfter(last) ? at : last;
        }
    }

    private static Outcome outcome(boolean fresh) {
        return fresh ? Outcome.STORED : Outcome.KNOWN;
    }

    /// A moment goes the way of every event. What its hook brought is recognised first: a tool's
    /// call by its id, anything else by what was said at about the same time.
    private Outcome moment(Moved.OfMoment moment, Manner manner) {
        Optional<Outcome> seen = database.inTransaction(tx -> seen(tx, moment));
        if (seen.isPresent()) {
            return seen.get();
        }
        if (manner.dryRun()) {
            return Outcome.STORED;
        }
        return ingest.offer(
                        new IncomingEvent(
                                moment.kind(),
                                moment.payload().getBytes(StandardCharsets.UTF_8),
                                moment.occurredAt(),
                                "moment-" + moment.uid(),
                                moment.agent(),
                                false,
                                false))
                .map(accepted -> outcome(accepted.enqueued()))
                .orElse(Outcome.PAUSED);
    }

    private Optional<Outcome> seen(Tx tx, Moved.OfMoment moment) {
        if (store.isKnown(tx, moment.uid()) || isHere(tx, moment)) {
            return Optional.of(Outcome.KNOWN);
        }
        return wasForgotten(tx, moment) ? Optional.of(Outcome.FORGOTTEN) : Optional.empty();
    }

    private static Outcome outcome(Enqueued enqueued) {
        return switch (enqueued) {
            case Enqueued.Inserted _ -> Outcome.STORED;
            case Enqueued.AlreadyQueued _ -> Outcome.KNOWN;
            case Enqueued.Forgotten _ -> Outcome.FORGOTTEN;
        };
    }

    /// After the events: what is noted but not stored would be lost.
    private void note(List<Moved> records, List<Outcome> outcomes) {
        database.useTransaction(
                tx -> {
                    for (int i = 0; i < records.size(); i++) {
                        if (records.get(i) instanceof Moved.OfMoment moment
                                && outcomes.get(i) == Outcome.STORED) {
                            store.note(tx, moment.uid(), clock.instant());
                        }
                    }
                });
    }

    private boolean isHere(Tx tx, Moved.OfMoment moment) {
        String call = moment.toolUseId();
        if (call != null) {
            return store.hasEvent(
                    tx,
                    moment.sessionId(),
                    List.of(
                            HookEvent.POST_TOOL_USE.path() + ":" + call,
                            HookEvent.POST_TOOL_USE_FAILURE.path() + ":" + call));
        }
        return moment.told() != null && store.hasMoment(tx, moment, window(moment.kind()));
    }

    private boolean wasForgotten(Tx tx, Moved.OfMoment moment) {
        Moved.OfMoment.Told told = moment.told();
        return told != null
                && store.isForgotten(
                        tx,
                        moment.sessionId(),
                        List.of(Tombstone.said(moment.sessionId(), moment.kind(), told.compared())),
                        moment.occurredAt());
    }

    private static Duration window(HookEvent kind) {
        return kind == HookEvent.USER_PROMPT_SUBMIT ? PROMPT_WINDOW : Moved.OfMoment.WINDOW;
    }
}
