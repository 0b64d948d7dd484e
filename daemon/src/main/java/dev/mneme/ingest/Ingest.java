package dev.mneme.ingest;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.GitPosition;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.Project;
import dev.mneme.domain.PromptKind;
import dev.mneme.domain.Session;
import dev.mneme.domain.SkipReason;
import dev.mneme.domain.StorableText;
import dev.mneme.domain.Utf8;
import dev.mneme.meter.Meters;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.redaction.ProjectSecrets;
import dev.mneme.redaction.ProjectSecretsCache;
import dev.mneme.redaction.Redactor;
import dev.mneme.redaction.ignore.IgnoreLook;
import dev.mneme.redaction.ignore.IgnoreRules;
import dev.mneme.redaction.pause.CaptureSwitch;
import dev.mneme.store.Database;
import dev.mneme.store.EventStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/// The one way in: whatever brings an event, it is redacted, trimmed and stored here, with its
/// session, its prompt and its job, in one transaction.
public final class Ingest {

    private static final int SESSION_ID_CHARS_MAX = 500;
    private static final int KEY_BYTES_MAX = 500;

    /// What a working directory shows now is what it showed when such a young event happened. An
    /// older one comes from the spool, and the branch may have changed since.
    static final Duration POSITION_AGE_MAX = Duration.ofSeconds(5);

    /// For how long a rehearsal may wait for others, while those behind it wait for it.
    private static final Duration REHEARSAL_LOCK_MAX = Duration.ofMillis(100);

    /// A hook's clock is the daemon's clock; a time further ahead is a mistake.
    private static final Duration CLOCK_LEAD_MAX = Duration.ofMinutes(5);

    /// The end of a session that gives no reason.
    private static final String OTHER = "other";

    private final CapturePauses pauses;
    private final IgnoreRules ignored;
    private final HiddenHash hiddenHash = new HiddenHash();
    private final CapturePolicy policy;
    private final Redactor redactor;
    private final ProjectSecretsCache secrets = new ProjectSecretsCache();
    private final Database database;
    private final CommitGroup<Supplier<IncomingEvent>, Outcome> group;
    private final ProjectResolver projects;
    private final SessionStore sessions;
    private final EventStore events;
    private final JobStore jobs;
    private final Arrivals arrivals;
    private final InstantSource clock;
    private final int attemptsMax;
    private final Meters meters;

    /// @param arrivals told after an event was committed that was not known before
    public Ingest(
            CapturePauses pauses,
            IgnoreRules ignored,
            CapturePolicy policy,
            Redactor redactor,
            Database database,
            ProjectResolver projects,
            SessionStore sessions,
            EventStore events,
            JobStore jobs,
            Arrivals arrivals,
            InstantSource clock,
            int attemptsMax,
            Meters meters) {
        this.meters = meters;
        this.pauses = pauses;
        this.ignored = ignored;
        this.policy = policy;
        this.redactor = redactor;
        this.database = database;
        this.group = new CommitGroup<>(this::takeTogether);
        this.projects = projects;
        this.sessions = sessions;
        this.events = events;
        this.jobs = jobs;
        this.arrivals = arrivals;
        this.clock = clock;
        this.attemptsMax = attemptsMax;
    }

    /// What became of an event, and the session it belongs to; none where it is a late copy of
    /// something that was forgotten, which is stored nowhere.
    public record Accepted(Enqueued enqueued, @Nullable Session session, ObjectNode payload) {}

    /// Throws `Refused` when the payload can never be stored, `StoreException` when the database
    /// cannot take it now. Returns only after the commit; empty where capture is paused, and then
    /// nothing of the event is kept.
    public Optional<Accepted> offer(IncomingEvent incoming) {
        try {
            Outcome outcome =
                    isToolEvent(incoming.kind())
                            ? group.run(() -> incoming)
                            : new Outcome(prepared(() -> incoming, new Disk()), Optional.empty());
            return counted(taken(outcome));
        } catch (RuntimeException failure) {
            throw counted(failure);
        }
    }

    /// As [#offer], for a caller that does not wait: it is told after the commit, on another
    /// thread, which it must not hold up.
    ///
    /// @param incoming makes a tool's event out of what came, and throws where it cannot; not asked
    ///     on the caller's thread
    /// @param told the result, or what [#offer] would have thrown
    public void submit(
            Supplier<IncomingEvent> incoming,
            BiConsumer<Optional<Accepted>, @Nullable Throwable> told) {
        group.submit(
                incoming,
                (outcome, failure) -> {
                    if (outcome == null) {
                        tell(told, () -> throwing(failure));
                    } else if (outcome.prepared() instanceof NoEvent(var wrong)) {
                        told.accept(Optional.empty(), wrong);
                    } else if (outcome.isSettled()) {
                        tell(told, () -> taken(outcome));
                    } else {
                        // Its own transaction would hold up all that were committed with it.
                        Thread.startVirtualThread(() -> tell(told, () -> taken(outcome)));
                    }
                });
    }

    private void tell(
            BiConsumer<Optional<Accepted>, @Nullable Throwable> told,
            Supplier<Optional<Accepted>> result) {
        Optional<Accepted> accepted;
        try {
            accepted = counted(result.get());
        } catch (RuntimeException failure) {
            told.accept(Optional.empty(), counted(failure));
            return;
        }
        told.accept(accepted, null);
    }

    private static Optional<Accepted> throwing(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        throw new IllegalStateException(failure);
    }

    private Optional<Accepted> counted(Optional<Accepted> accepted) {
        accepted.map(Ingest::outcome).ifPresent(meters::event);
        return accepted;
    }

    private RuntimeException counted(RuntimeException failure) {
        meters.event(failure instanceof Refused ? Meters.Event.REFUSED : Meters.Event.FAILED);
        return failure;
    }

    private static Meters.Event outcome(Accepted accepted) {
        return switch (accepted.enqueued()) {
            case Enqueued.Inserted _ -> Meters.Event.STORED;
            case Enqueued.AlreadyQueued _ -> Meters.Event.DUPLICATE;
            case Enqueued.Forgotten _ -> Meters.Event.FORGOTTEN;
        };
    }

    private Optional<Accepted> taken(Outcome outcome) {
        return switch (outcome.prepared()) {
            case Paused _ -> {
                meters.event(Meters.Event.PAUSED);
                yield Optional.empty();
            }
            case Rehearsed _ -> Optional.empty();
            case NoEvent(var wrong) -> throw wrong;
            case Failed(var failure) -> throw failure;
            case Ready ready -> Optional.of(accepted(ready, outcome.stored()));
        };
    }

    /// The project of the folder an event names, if it is known; nothing is stored.
    public Optional<Project> projectOf(IncomingEvent incoming) {
        return pauses.projectAt(CapturePauses.Ids.of(incoming.payload()).folder());
    }

    /// As `offer`, where nothing is paused.
    Accepted accept(IncomingEvent incoming) {
        return offer(incoming).orElseThrow();
    }

    /// @param stored what a transaction shared with others came to, if there was one
    private Accepted accepted(Ready ready, Optional<Accepted> stored) {
        Accepted accepted =
                stored.or(() -> ready.inCompany() ? Optional.empty() : storeAlone(ready))
                        .orElseGet(() -> begin(ready));
        if (accepted.enqueued() instanceof Enqueued.Inserted
                && ready.event().skipReason() == null) {
            if (ready.inCompany() && isYoung(ready.event())) {
                arrivals.stored();
            } else {
                arrivals.due();
            }
        }
        return accepted;
    }

    /// An older one comes from the spool, and its turn may be over.
    private boolean isYoung(NewEvent event) {
        Duration age = Duration.between(event.occurredAt(), clock.instant());
        return age.compareTo(POSITION_AGE_MAX) <= 0;
    }

    /// What becomes of an event before any of it is stored.
    private sealed interface Prepared {}

    private record Paused() implements Prepared {}

    private record Rehearsed() implements Prepared {}

    /// What came was no event.
    private record NoEvent(RuntimeException wrong) implements Prepared {}

    private record Failed(RuntimeException failure) implements Prepared {}

    /// An event on the way into the database.
    private record Ready(String sessionId, String agent, NewEvent event, ObjectNode payload)
            implements Prepared {

        /// Only what takes no lock but a share of its session may share a transaction.
        boolean inCompany() {
            return isToolEvent(event.kind()) && event.twinWindow() == null;
        }
    }

    /// @param stored empty where the session is not known yet, or the event must be stored alone
    private record Outcome(Prepared prepared, Optional<Accepted> stored) {

        /// Whether nothing is left to be done in the database.
        boolean isSettled() {
            return stored.isPresent() || !(prepared instanceof Ready);
        }
    }

    /// What the disk says around some events, asked once for all of them.
    ///
    /// All of them had arrived before it was made: who changed a file and then sent an event can be
    /// sure that the change is seen.
    private final class Disk {

        private final CaptureSwitch.Look pauseFiles = pauses.look();
        private final IgnoreLook ignoreFiles = ignored.look();
        private final ProjectSecretsCache.Look environmentFiles = secrets.look();
        private final Map<Path, GitPosition> positions = new HashMap<>();

        private GitPosition position(Path folder) {
            return positions.computeIfAbsent(
                    folder,
                    place ->
                            GitFiles.around(GitFiles.real(place))
                                    .map(GitFiles::position)
                                    .orElse(GitPosition.UNKNOWN));
        }
    }

    /// To be called outside of transactions: it reads files.
    private Prepared prepared(Supplier<IncomingEvent> arrived, Disk disk) {
        IncomingEvent incoming;
        try {
            incoming = arrived.get();
        } catch (RuntimeException wrong) {
            return new NoEvent(wrong);
        }
        try {
            if (incoming.isRehearsal()) {
                return rehearsed(ready(incoming, disk));
            }
            return pauses.isOff(incoming, disk.pauseFiles) ? new Paused() : ready(incoming, disk);
        } catch (RuntimeException failure) {
            return new Failed(failure);
        }
    }

    /// Stores an event with a project and a session of its own, and takes the transaction back:
    /// nobody ever sees anything of it.
    ///
    /// Hooks come seconds apart. Without this the first hundreds of them run code that the JVM has
    /// never compiled, through statements that the server has never planned.
    private Rehearsed rehearsed(Ready ready) {
        ProjectResolver.Wanted nowhere = projects.wantedAt(null);
        try {
            database.useTransaction(
                    tx -> {
                        tx.setLockTimeout(REHEARSAL_LOCK_MAX);
                        sessions.insertIfAbsent(
                                tx,
                                ready.sessionId(),
                                projects.ensure(tx, nowhere),
                                ready.agent(),
                                ready.event().occurredAt());
                        storeTogether(tx, List.of(ready));
                        throw new TakenBack();
                    });
        } catch (TakenBack meant) {
            return new Rehearsed();
        } catch (StoreException busy) {
            // Whoever it would have waited for goes first.
            return new Rehearsed();
        }
        throw new IllegalStateException("a rehearsal was stored");
    }

    /// Ends a transaction that was never meant to be.
    private static final class TakenBack extends RuntimeException {

        private static final long serialVersionUID = 1;

        TakenBack() {
            super(null, null, false, false);
        }
    }

    private Ready ready(IncomingEvent incoming, Disk disk) {
        byte[] raw = incoming.payload();
        IgnoreRules.Kept kept = ignored.keep(raw, disk.ignoreFiles);
        ProjectSecrets known = disk.environmentFiles.ofEvent(raw);
        byte[] redacted =
                incoming.redacted() && known.isEmpty()
                        ? kept.payload()
                        : redactor.redactJson(kept.payload(), known);
        ObjectNode payload = object(redacted);
        byte[] hash = kept.isReduced() ? hiddenHash.of(raw) : sha256(redacted);
        return new Ready(
                sessionId(payload),
                incoming.agent(),
                event(incoming, payload, hash, disk),
                payload);
    }

    /// Calls of tools that arrived together: one look at the disk, one transaction.
    private List<Outcome> takeTogether(List<Supplier<IncomingEvent>> members) {
        var disk = new Disk();
        List<Prepared> prepared = members.stream().map(arrived -> prepared(arrived, disk)).toList();
        List<Ready> together =
                prepared.stream()
                        .filter(Ready.class::isInstance)
                        .map(Ready.class::cast)
                        .filter(Ready::inCompany)
                        .toList();
        Iterator<Optional<Accepted>> stored =
                together.isEmpty()
                        ? Collections.emptyIterator()
                        : storeTogether(together).iterator();
        return prepared.stream()
                .map(
                        one ->
                                new Outcome(
                                        one,
                                        one instanceof Ready ready && ready.inCompany()
                                                ? stored.next()
                                                : Optional.empty()))
                .toList();
    }

    /// Empty where the session is not known yet.
    private Optional<Accepted> storeAlone(Ready ready) {
        return database.inTransaction(
                tx ->
                        sessions.hold(tx, ready.sessionId(), isPrompt(ready.event()))
                                .map(known -> store(tx, known, ready.event(), ready.payload())));
    }

    /// Empty for each whose session is not known yet.
    private List<Optional<Accepted>> storeTogether(List<Ready> members) {
        EventStore.Together together = database.inTransaction(tx -> storeTogether(tx, members));
        var accepted = new ArrayList<Optional<Accepted>>(members.size());
        for (int i = 0; i < members.size(); i++) {
            Ready one = members.get(i);
            accepted.add(
                    together.enqueued()
                            .get(i)
                            .map(
                                    enqueued ->
                                            accepted(
                                                    sessionOf(one.sessionId(), together),
                                                    enqueued,
                                                    one.payload())));
        }
        return accepted;
    }

    private EventStore.Together storeTogether(Tx tx, List<Ready> members) {
        List<EventStore.Arrived> arrived =
                members.stream()
                        .map(one -> new EventStore.Arrived(one.sessionId(), one.event()))
                        .toList();
        EventStore.Together stored =
                events.enqueueTogether(tx, arrived, attemptsMax, clock.instant());
        touch(tx, arrived, stored);
        return stored;
    }

    private static Session sessionOf(String sessionId, EventStore.Together together) {
        return Objects.requireNonNull(together.sessions().get(sessionId));
    }

    /// One session after the other in an order of their own, so that two transactions never wait
    /// for each other in a circle.
    private void touch(Tx tx, List<EventStore.Arrived> arrived, EventStore.Together stored) {
        var times = new TreeMap<String, TreeSet<Instant>>();
        for (int i = 0; i < arrived.size(); i++) {
            if (stored.enqueued().get(i).orElse(null) instanceof Enqueued.Inserted) {
                times.computeIfAbsent(arrived.get(i).sessionId(), id -> new TreeSet<>())
                        .add(arrived.get(i).event().occurredAt());
            }
        }
        times.forEach(
                (sessionId, ofSession) -> {
                    Session session = sessionOf(sessionId, stored);
                    sessions.touch(tx, session, ofSession.last());
                    sessions.touch(tx, session, ofSession.first());
                });
    }

    private static Accepted accepted(Session session, Enqueued enqueued, ObjectNode payload) {
        boolean stored = !(enqueued instanceof Enqueued.Forgotten);
        return new Accepted(enqueued, stored ? session : null, payload);
    }

    private NewEvent event(IncomingEvent incoming, ObjectNode payload, byte[] hash, Disk disk) {
        HookEvent kind = incoming.kind();
        SkipReason skipped = policy.reasonToSkip(kind, payload).orElse(null);
        PayloadTrimmer.trim(payload);
        Instant occurredAt = plausible(incoming.occurredAt());
        String cwd = text(payload, "cwd");
        String toolUseId = bounded(text(payload, "tool_use_id"));
        boolean named = toolUseId != null && isToolEvent(kind);
        String prompt = text(payload, "prompt");
        JsonNode interrupt = payload.path("is_interrupt");
        return new NewEvent(
                kind,
                named ? kind.path() + ":" + toolUseId : "id:" + incoming.key(),
                incoming.fromHook() && !named ? NewEvent.TWIN_WINDOW : null,
                bounded(text(payload, "tool_name")),
                toolUseId,
                bounded(text(payload, "agent_id")),
                bounded(text(payload, "agent_type")),
                kind == HookEvent.USER_PROMPT_SUBMIT
                        ? PromptKind.of(prompt == null ? "" : prompt)
                        : null,
                cause(kind, payload),
                interrupt.isBoolean() ? interrupt.booleanValue() : null,
                cwd,
                skipped == null ? position(cwd, occurredAt, disk) : GitPosition.UNKNOWN,
                occurredAt,
                hash,
                skipped == null ? Json.write(payload) : null,
                skipped);
    }

    private static @Nullable String cause(HookEvent kind, ObjectNode payload) {
        return switch (kind) {
            case SESSION_START -> bounded(text(payload, "source"));
            case SESSION_END -> bounded(Objects.requireNonNullElse(text(payload, "reason"), OTHER));
            case POST_COMPACT -> bounded(text(payload, "trigger"));
            case USER_PROMPT_SUBMIT, POST_TOOL_USE, POST_TOOL_USE_FAILURE, STOP, SUBAGENT_STOP ->
                    null;
        };
    }

    private GitPosition position(@Nullable String cwd, Instant occurredAt, Disk disk) {
        Path folder = cwd == null ? null : ProjectResolver.absolutePath(cwd);
        return folder == null || occurredAt.isBefore(clock.instant().minus(POSITION_AGE_MAX))
                ? GitPosition.UNKNOWN
                : disk.position(folder);
    }

    /// The first event of a session decides its project. Recognising that may take longer than a
    /// transaction should, so it comes before the one that stores.
    private Accepted begin(Ready ready) {
        String sessionId = ready.sessionId();
        NewEvent event = ready.event();
        ObjectNode payload = ready.payload();
        Path folder = event.cwd() == null ? null : ProjectResolver.absolutePath(event.cwd());
        ProjectResolver.Wanted wanted = projects.wantedAt(folder);
        return database.inTransaction(
                tx -> {
                    if (events.isForgotten(tx, sessionId, ProjectResolver.marks(wanted), event)) {
                        return new Accepted(new Enqueued.Forgotten(), null, payload);
                    }
                    sessions.insertIfAbsent(
                            tx,
                            sessionId,
                            projects.ensure(tx, wanted),
                            ready.agent(),
                            event.occurredAt());
                    Session session = sessions.hold(tx, sessionId, isPrompt(event)).orElseThrow();
                    return store(tx, session, event, payload);
                });
    }

    private Accepted store(Tx tx, Session session, NewEvent event, ObjectNode payload) {
        NewEvent told = event;
        if (event.promptKind() == PromptKind.USER && isScheduled(tx, session, event, payload)) {
            told = event.spokenBy(PromptKind.SCHEDULED);
        }
        Enqueued enqueued = events.enqueue(tx, session, told, attemptsMax, clock.instant());
        if (enqueued instanceof Enqueued.Inserted(long eventId)) {
            follow(tx, session, told, payload, eventId);
        }
        return accepted(session, enqueued, payload);
    }

    /// What an event means for its session and its open turn, beside being stored.
    private void follow(Tx tx, Session session, NewEvent event, ObjectNode payload, long eventId) {
        Instant occurredAt = event.occurredAt();
        if (event.kind().endsTurn() || isPrompt(event)) {
            jobs.closeTurn(tx, session.id(), eventId, occurredAt, clock.instant());
        }
        switch (event.kind()) {
            case SESSION_START -> {
                sessions.open(tx, session.id(), occurredAt);
                sessions.noteStartSource(tx, session.id());
            }
            case USER_PROMPT_SUBMIT -> {
                sessions.open(tx, session.id(), occurredAt);
                String prompt = text(payload, "prompt");
                if (prompt != null && event.promptKind() == PromptKind.USER) {
                    sessions.addPrompt(tx, session.id(), eventId, prompt, occurredAt);
                }
            }
            case SESSION_END ->
                    sessions.complete(
                            tx,
                            session.id(),
                            occurredAt,
                            Objects.requireNonNullElse(event.cause(), OTHER));
            case POST_TOOL_USE, POST_TOOL_USE_FAILURE, STOP, SUBAGENT_STOP, POST_COMPACT ->
                    sessions.touch(tx, session, occurredAt);
        }
    }

    /// A scheduled prompt arrives like any other. The last turn's end said what is scheduled.
    private boolean isScheduled(Tx tx, Session session, NewEvent event, ObjectNode payload) {
        String prompt = text(payload, "prompt");
        if (prompt == null) {
            return false;
        }
        return events.lastPayload(tx, session.id(), HookEvent.STOP, event.occurredAt())
                .map(stop -> Json.tree(stop).path("session_crons"))
                .filter(
                        crons -> {
                            for (JsonNode cron : crons) {
                                if (prompt.strip()
                                        .equals(cron.path("prompt").asString("").strip())) {
                                    return true;
                                }
                            }
                            return false;
                        })
                .isPresent();
    }

    private static boolean isPrompt(NewEvent event) {
        return event.kind() == HookEvent.USER_PROMPT_SUBMIT;
    }

    private static boolean isToolEvent(HookEvent kind) {
        return kind == HookEvent.POST_TOOL_USE || kind == HookEvent.POST_TOOL_USE_FAILURE;
    }

    private Instant plausible(Instant occurredAt) {
        Instant now = clock.instant();
        return occurredAt.isAfter(now.plus(CLOCK_LEAD_MAX)) ? now : occurredAt;
    }

    private static ObjectNode object(byte[] json) {
        JsonNode tree;
        try {
            tree = Json.tree(new String(json, StandardCharsets.UTF_8));
        } catch (JacksonException malformed) {
            throw new Refused(
                    ErrorCode.MALFORMED_JSON,
                    "the payload is not JSON" + position(malformed),
                    null);
        }
        if (!(tree instanceof ObjectNode object)) {
            throw new Refused(ErrorCode.VALUE_INVALID, "the payload is not a JSON object", "$");
        }
        return object;
    }

    private static String position(JacksonException malformed) {
        TokenStreamLocation at = malformed.getLocation();
        return at == null || at.getLineNr() < 1
                ? ""
                : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    private static String sessionId(ObjectNode payload) {
        String sessionId = text(payload, "session_id");
        if (sessionId == null || sessionId.isBlank()) {
            throw new Refused(
                    ErrorCode.VALUE_INVALID, "`session_id` is missing or not a text", "session_id");
        }
        if (sessionId.length() > SESSION_ID_CHARS_MAX) {
            throw new Refused(
                    ErrorCode.VALUE_INVALID,
                    "`session_id` has more than " + SESSION_ID_CHARS_MAX + " characters",
                    "session_id");
        }
        return StorableText.of(sessionId);
    }

    private static @Nullable String text(ObjectNode payload, String field) {
        JsonNode value = payload.get(field);
        return value != null && value.isString() ? value.stringValue() : null;
    }

    private static @Nullable String bounded(@Nullable String value) {
        return value == null ? null : Utf8.head(value, KEY_BYTES_MAX);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
