package dev.mneme.ingest;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.Session;
import dev.mneme.domain.StorableText;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.redaction.ProjectSecretsCache;
import dev.mneme.redaction.Redactor;
import dev.mneme.store.Database;
import dev.mneme.store.EventStore;
import dev.mneme.store.SessionStore;
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
import java.util.Optional;
import java.util.function.Function;

/// The one way in: whatever brings an event, it is redacted, trimmed and stored here, with its
/// session, its prompt and its job, in one transaction.
public final class Ingest {

    private static final int SESSION_ID_CHARS_MAX = 500;
    private static final int KEY_CHARS_MAX = 500;

    /// Two registrations of a hook fire within this time of each other.
    private static final Duration TWIN_WINDOW = Duration.ofSeconds(2);

    /// A hook's clock is the daemon's clock; a time further ahead is a mistake.
    private static final Duration CLOCK_LEAD_MAX = Duration.ofMinutes(5);

    private final Redactor redactor;
    private final ProjectSecretsCache secrets = new ProjectSecretsCache();
    private final Database database;
    private final CommitGroup<Optional<Accepted>> group;
    private final ProjectResolver projects;
    private final SessionStore sessions;
    private final EventStore events;
    private final Runnable newWork;
    private final InstantSource clock;
    private final int attemptsMax;

    /// @param newWork called after an event was committed that was not known before
    public Ingest(
            Redactor redactor,
            Database database,
            ProjectResolver projects,
            SessionStore sessions,
            EventStore events,
            Runnable newWork,
            InstantSource clock,
            int attemptsMax) {
        this.redactor = redactor;
        this.database = database;
        this.group = new CommitGroup<>(database);
        this.projects = projects;
        this.sessions = sessions;
        this.events = events;
        this.newWork = newWork;
        this.clock = clock;
        this.attemptsMax = attemptsMax;
    }

    /// An event that is now in the database, new or known, and the session it belongs to.
    public record Accepted(Enqueued enqueued, Session session, ObjectNode payload) {}

    /// Throws `Refused` when the payload can never be stored, `StoreException` when the database
    /// cannot take it now. Returns only after the commit.
    public Accepted accept(IncomingEvent incoming) {
        byte[] redacted =
                redactor.redactJson(incoming.payload(), secrets.ofEvent(incoming.payload()));
        ObjectNode payload = object(redacted);
        String sessionId = sessionId(payload);
        byte[] hash = sha256(redacted);
        PayloadTrimmer.trim(payload);
        Instant occurredAt = plausible(incoming.occurredAt());
        String toolUseId = bounded(text(payload, "tool_use_id"));
        boolean named = toolUseId != null && isToolEvent(incoming.kind());
        var event =
                new NewEvent(
                        incoming.kind(),
                        named ? incoming.kind().path() + ":" + toolUseId : "id:" + incoming.key(),
                        incoming.fromHook() && !named ? TWIN_WINDOW : null,
                        bounded(text(payload, "tool_name")),
                        toolUseId,
                        bounded(text(payload, "agent_id")),
                        text(payload, "cwd"),
                        occurredAt,
                        hash,
                        Json.write(payload));
        Function<Tx, Optional<Accepted>> work =
                tx ->
                        sessions.byExternalId(tx, sessionId)
                                .map(known -> store(tx, known, event, payload));
        // Only what takes no lock but its session's may share a transaction.
        Accepted accepted =
                (named ? group.run(sessionId, work) : database.inTransaction(work))
                        .orElseGet(() -> begin(sessionId, incoming.agent(), event, payload));
        if (accepted.enqueued() instanceof Enqueued.Inserted) {
            newWork.run();
        }
        return accepted;
    }

    /// The first event of a session decides its project. Recognising that may take longer than a
    /// transaction should, so it comes before the one that stores.
    private Accepted begin(String sessionId, String agent, NewEvent event, ObjectNode payload) {
        Path folder = event.cwd() == null ? null : ProjectResolver.absolutePath(event.cwd());
        ProjectResolver.Wanted wanted = projects.wantedAt(folder);
        return database.inTransaction(
                tx -> {
                    Session session =
                            sessions.ensure(
                                    tx,
                                    sessionId,
                                    projects.ensure(tx, wanted),
                                    agent,
                                    event.occurredAt());
                    return store(tx, session, event, payload);
                });
    }

    private Accepted store(Tx tx, Session session, NewEvent event, ObjectNode payload) {
        Enqueued enqueued = events.enqueue(tx, session, event, attemptsMax);
        if (enqueued instanceof Enqueued.Inserted(long eventId)) {
            follow(tx, session, event.kind(), payload, eventId, event.occurredAt());
        }
        return new Accepted(enqueued, session, payload);
    }

    /// What an event means for its session, beside being stored.
    private void follow(
            Tx tx,
            Session session,
            HookEvent kind,
            ObjectNode payload,
            long eventId,
            Instant occurredAt) {
        switch (kind) {
            case SESSION_START -> sessions.reopen(tx, session.id(), occurredAt);
            case USER_PROMPT_SUBMIT -> {
                sessions.reopen(tx, session.id(), occurredAt);
                String prompt = text(payload, "prompt");
                if (prompt != null && PromptKind.of(prompt) == PromptKind.USER) {
                    int number = sessions.addPrompt(tx, session.id(), eventId, prompt, occurredAt);
                    events.setPromptNumber(tx, eventId, number);
                }
            }
            case SESSION_END -> {
                String reason = text(payload, "reason");
                sessions.complete(tx, session.id(), occurredAt, reason == null ? "other" : reason);
            }
            case POST_TOOL_USE, POST_TOOL_USE_FAILURE, STOP, SUBAGENT_STOP, POST_COMPACT ->
                    sessions.touch(tx, session, occurredAt);
        }
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
        return value == null || value.length() <= KEY_CHARS_MAX
                ? value
                : value.substring(0, KEY_CHARS_MAX);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
