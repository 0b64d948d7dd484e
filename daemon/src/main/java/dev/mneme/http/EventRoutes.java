package dev.mneme.http;

import dev.mneme.domain.Enqueued;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.health.StorageWatch;
import dev.mneme.ingest.Ingest;
import dev.mneme.ingest.SessionStart;
import dev.mneme.lessons.LessonDelivery;
import dev.mneme.meter.Meters;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.recall.PromptBriefing;
import dev.mneme.recall.SessionBriefing;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/// Where events come in: from hooks as untouched payloads, and over REST in the reference's shape.
/// Both answer only after the commit.
final class EventRoutes {

    static final String QUEUE_PATH = "/api/queue";

    /// Tells its idempotency keys from those of other endpoints.
    private static final String QUEUE = "queue";

    static final String HOOKS_PATH = "/api/hooks/";

    /// What is larger takes long to redact, and would hold up those it is stored with.
    private static final int SHORT_BODY_BYTES_MAX = 256 * 1024;

    private static final int KEY_CHARS_MAX = 300;

    /// Agents that take nothing beside a prompt: what they would be told counts as told.
    private static final Set<String> TELLS_NO_PROMPT = Set.of("windsurf", "cursor");

    /// What a session is told that leaves no trace.
    private static final String PAUSED =
            "Mneme: capture is paused, nothing of this session is stored. `mneme status` says why,"
                    + " `mneme resume` ends a pause.";

    private final Ingest ingest;
    private final SessionBriefing briefing;
    private final PromptBriefing prompts;
    private final LessonDelivery lessons;
    private final StorageWatch storage;
    private final Bodies bodies;
    private final InstantSource clock;
    private final Meters meters;

    EventRoutes(
            Ingest ingest,
            SessionBriefing briefing,
            PromptBriefing prompts,
            LessonDelivery lessons,
            StorageWatch storage,
            Bodies bodies,
            InstantSource clock,
            Meters meters) {
        this.meters = meters;
        this.ingest = ingest;
        this.briefing = briefing;
        this.prompts = prompts;
        this.lessons = lessons;
        this.storage = storage;
        this.bodies = bodies;
        this.clock = clock;
    }

    /// `POST /api/hooks/{event}`: the answer's body is what the hook program prints.
    void hook(Context context) {
        long arrivedNanos = System.nanoTime();
        String name = context.pathParam("event");
        HookEvent kind =
                HookEvent.ofPath(name)
                        .orElseThrow(
                                () ->
                                        new ApiException(
                                                ErrorCode.NOT_FOUND,
                                                "there is no hook event of that name",
                                                "send one of session-start, user-prompt-submit,"
                                                        + " post-tool-use, post-tool-use-failure,"
                                                        + " stop, subagent-stop, post-compact,"
                                                        + " session-end"));
        IncomingEvent incoming =
                incoming(kind, bodies.raw(context, Limits.HOOK_BODY_BYTES_MAX), context::header);
        Optional<Ingest.Accepted> accepted = ingest.offer(incoming);
        if (losesContext(incoming)) {
            accepted.map(Ingest.Accepted::session)
                    .ifPresent(session -> lessons.contextLost(session.externalId()));
        }
        if (kind == HookEvent.USER_PROMPT_SUBMIT) {
            accepted.filter(stored -> !TELLS_NO_PROMPT.contains(incoming.agent()))
                    .flatMap(stored -> besidePrompt(stored, arrivedNanos))
                    .ifPresent(text -> context.json(answer(kind, text)));
        }
        if (kind == HookEvent.SESSION_START) {
            Session session = accepted.map(Ingest.Accepted::session).orElse(null);
            Optional<Project> project =
                    accepted.isPresent()
                            ? Optional.ofNullable(session).map(Session::project)
                            : ingest.projectOf(incoming);
            SessionStart start = SessionStart.of(incoming);
            Optional<String> text =
                    project.map(
                                    known ->
                                            new SessionBriefing.Start(
                                                    known, session, start.source(), start.work()))
                            .flatMap(briefing::compose);
            meters.sessionStart(started(accepted.isPresent(), text.isPresent()));
            if (accepted.isEmpty()) {
                text = Optional.of(text.map(known -> known + "\n").orElse("") + PAUSED);
            }
            Map<String, Object> answer = sessionStartAnswer(text, storage.warning());
            if (!answer.isEmpty()) {
                context.json(answer);
            }
        }
    }

    /// What comes most often, without a thread that waits for each.
    List<ShortWay.Route> shortWays() {
        return List.of(
                queueShortWay(),
                toolShortWay(HookEvent.POST_TOOL_USE),
                toolShortWay(HookEvent.POST_TOOL_USE_FAILURE));
    }

    /// What hooks send after a tool is answered with nothing.
    private ShortWay.Route toolShortWay(HookEvent kind) {
        return new ShortWay.Route(
                HOOKS_PATH + kind.path(),
                SHORT_BODY_BYTES_MAX,
                (body, headers, answer) ->
                        ingest.submit(
                                () -> incoming(kind, body, headers::get),
                                (accepted, failure) -> {
                                    if (failure == null) {
                                        answer.nothing();
                                    } else {
                                        answer.failed(failure);
                                    }
                                }));
    }

    private IncomingEvent incoming(
            HookEvent kind, byte[] payload, Function<String, @Nullable String> header) {
        String eventId = header.apply(HookHeaders.EVENT_ID);
        return new IncomingEvent(
                kind,
                payload,
                startedAt(header.apply(HookHeaders.STARTED_AT)),
                eventId == null ? UUID.randomUUID().toString() : key(eventId),
                agent(header.apply(HookHeaders.AGENT)),
                true,
                false);
    }

    /// A second copy of the same prompt is told nothing: the first one was.
    private Optional<String> besidePrompt(Ingest.Accepted accepted, long arrivedNanos) {
        Session session = accepted.session();
        return session == null || !(accepted.enqueued() instanceof Enqueued.Inserted)
                ? Optional.empty()
                : prompts.compose(
                        session, accepted.payload().path("prompt").asString(""), arrivedNanos);
    }

    private static Meters.Start started(boolean captured, boolean told) {
        if (!captured) {
            return Meters.Start.PAUSED;
        }
        return told ? Meters.Start.TOLD : Meters.Start.SILENT;
    }

    /// Whether what a session was told before may be gone from what its model sees.
    private static boolean losesContext(IncomingEvent event) {
        return event.kind() == HookEvent.POST_COMPACT
                || (event.kind() == HookEvent.SESSION_START
                        && SessionStart.of(event).source().hasLostItsContext());
    }

    /// `POST /api/queue`.
    void queue(Context context) {
        byte[] body = bodies.raw(context, Limits.QUEUE_BODY_BYTES_MAX);
        context.json(queued(ingest.offer(toolEvent(body, Fields.idempotencyKey(context, QUEUE)))));
    }

    /// The same without a thread that waits: many tools may be done at once.
    private ShortWay.Route queueShortWay() {
        return new ShortWay.Route(
                QUEUE_PATH,
                SHORT_BODY_BYTES_MAX,
                (body, headers, answer) ->
                        ingest.submit(
                                () ->
                                        toolEvent(
                                                body,
                                                Fields.idempotencyKey(
                                                        headers.get(Fields.IDEMPOTENCY_KEY),
                                                        QUEUE)),
                                (accepted, failure) -> {
                                    if (failure == null) {
                                        answer.json(queued(accepted));
                                    } else {
                                        answer.failed(failure);
                                    }
                                }));
    }

    private IncomingEvent toolEvent(byte[] body, @Nullable String idempotencyKey) {
        var request = bodies.parse(body, Wire.QueueRequest.class);
        Fields.name("session_id", request.sessionId(), Fields.ID_CHARS_MAX);
        if (request.toolInput() != null
                && !request.toolInput().isObject()
                && !request.toolInput().isNull()) {
            throw ApiException.invalid("tool_input", "has the wrong type", "send an object there");
        }
        var payload = new LinkedHashMap<String, Object>();
        put(payload, "session_id", request.sessionId());
        put(payload, "hook_event_name", HookEvent.POST_TOOL_USE.hostName());
        put(payload, "tool_name", request.toolName());
        put(payload, "tool_input", request.toolInput());
        put(payload, "tool_response_preview", request.toolResponsePreview());
        put(payload, "cwd", request.cwd());
        put(payload, "last_user_message", request.lastUserMessage());
        put(payload, "tool_use_id", Fields.optional(request.toolUseId()));
        return new IncomingEvent(
                HookEvent.POST_TOOL_USE,
                Json.write(payload).getBytes(StandardCharsets.UTF_8),
                clock.instant(),
                idempotencyKey == null ? UUID.randomUUID().toString() : idempotencyKey,
                IncomingEvent.CLAUDE_CODE,
                false,
                true);
    }

    private static Wire.QueueResponse queued(Optional<Ingest.Accepted> accepted) {
        return accepted.map(
                        stored ->
                                new Wire.QueueResponse(
                                        stored.enqueued() instanceof Enqueued.Forgotten
                                                ? "forgotten"
                                                : "queued",
                                        stored.enqueued().eventId()))
                .orElseGet(() -> new Wire.QueueResponse("paused", 0));
    }

    private static void put(Map<String, Object> payload, String name, @Nullable Object value) {
        if (value != null) {
            payload.put(name, value);
        }
    }

    private static Map<String, Object> answer(HookEvent kind, String text) {
        var specific = new LinkedHashMap<String, Object>();
        specific.put("hookEventName", kind.hostName());
        specific.put("additionalContext", text);
        return Map.of("hookSpecificOutput", specific);
    }

    /// @param context what the model is told
    /// @param warning what the person is told
    private static Map<String, Object> sessionStartAnswer(
            Optional<String> context, Optional<String> warning) {
        var answer = new LinkedHashMap<String, Object>();
        context.ifPresent(text -> answer.putAll(answer(HookEvent.SESSION_START, text)));
        warning.ifPresent(text -> answer.put("systemMessage", "Mneme: " + text));
        return answer;
    }

    private Instant startedAt(@Nullable String header) {
        if (header == null) {
            return clock.instant();
        }
        try {
            return Instant.parse(header);
        } catch (DateTimeParseException unreadable) {
            return clock.instant();
        }
    }

    private static String agent(@Nullable String header) {
        return header == null || header.isBlank() ? IncomingEvent.CLAUDE_CODE : key(header);
    }

    private static String key(String value) {
        return value.length() <= KEY_CHARS_MAX ? value : value.substring(0, KEY_CHARS_MAX);
    }
}
