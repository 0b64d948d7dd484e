package dev.mneme.http;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.LessonSeverity;
import dev.mneme.domain.LessonState;
import dev.mneme.domain.LessonText;
import dev.mneme.domain.Moved;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SessionStatus;
import dev.mneme.domain.StorableText;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/// Reads one record of an import. Each failure is an `ApiException` that names the field, and never
/// what is in it.
final class MovedFields {

    private static final int TEXT_CHARS_MAX = 1_000_000;
    private static final int SUMMARY_CHARS_MAX = 8_000;
    private static final int KEY_CHARS_MAX = 4_096;
    private static final int NUMBER_MAX = 1_000_000_000;
    private static final int LIST_ITEMS_MAX = 10_000;
    private static final int ERROR_CHARS_MAX = 2_000;

    /// Full text indexes at most a megabyte.
    private static final int OBSERVATION_CHARS_MAX = 128 * 1024;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._:/-]{0,99}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private final JsonNode record;
    private final Instant now;

    private MovedFields(JsonNode record, Instant now) {
        this.record = record;
        this.now = now;
    }

    /// The word that says what a record is; empty where there is none.
    static String kind(@Nullable JsonNode record) {
        return record == null ? "" : record.path("record").asString("");
    }

    static Moved read(@Nullable JsonNode record, Instant now) {
        if (record == null || !record.isObject()) {
            throw ApiException.invalid("record", "is no JSON object", "send one object a line");
        }
        var fields = new MovedFields(record, now);
        return switch (kind(record)) {
            case "project" -> fields.project();
            case "session" -> fields.session();
            case "event" -> fields.event();
            case "prompt" -> fields.prompt();
            case "observation" -> fields.observation();
            case "superseded" -> new Moved.OfSupersession(fields.uid("uid"), fields.uid("by"));
            case "summary" -> fields.summary();
            case "lesson" -> fields.lesson();
            case "moment" -> fields.moment();
            default ->
                    throw ApiException.invalid(
                            "record",
                            "is no kind of record that is known",
                            "it may be of a newer version");
        };
    }

    private Moved project() {
        var keys = new ArrayList<Moved.OfProject.Key>();
        for (JsonNode key : record.path("keys")) {
            keys.add(
                    new Moved.OfProject.Key(
                            Fields.name("keys.kind", key.path("kind").asString(null), 40),
                            Fields.name(
                                    "keys.value",
                                    key.path("value").asString(null),
                                    KEY_CHARS_MAX)));
        }
        return new Moved.OfProject(
                projectName("name"),
                optional("path", KEY_CHARS_MAX),
                optionalTime("created_at"),
                keys);
    }

    private Moved session() {
        String status = optional("status", Fields.ID_CHARS_MAX);
        Instant startedAt = time("started_at");
        Instant lastEventAt = optionalTime("last_event_at");
        Instant completedAt = optionalTime("completed_at");
        SessionStatus state =
                status == null
                        ? SessionStatus.ACTIVE
                        : known("status", SessionStatus.ofWireName(status));
        return new Moved.OfSession(
                sessionId(),
                projectName("project"),
                path(),
                name("agent", "import"),
                state,
                startedAt,
                lastEventAt == null ? startedAt : lastEventAt,
                optionalTime("opened_at"),
                state == SessionStatus.ACTIVE
                        ? null
                        : completedAt != null
                                ? completedAt
                                : lastEventAt == null ? startedAt : lastEventAt,
                optional("end_reason", Fields.ID_CHARS_MAX),
                optional("start_source", Fields.ID_CHARS_MAX),
                optional("summary", TEXT_CHARS_MAX),
                number("prompt_count", 0, 0, NUMBER_MAX),
                optional("cwd", KEY_CHARS_MAX));
    }

    private @Nullable String path() {
        String path = optional("path", KEY_CHARS_MAX);
        return path == null || ProjectResolver.absolutePath(path) == null ? null : path;
    }

    private Moved event() {
        String hash = required("hash", Fields.ID_CHARS_MAX);
        if (!HASH.matcher(hash).matches()) {
            throw ApiException.invalid("hash", "is no SHA-256", "send 64 digits");
        }
        JsonNode payload = record.get("payload");
        JsonNode interrupt = record.path("is_interrupt");
        JsonNode job = record.get("job");
        return new Moved.OfEvent(
                sessionId(),
                required("event", Fields.ID_CHARS_MAX * 2),
                known("kind", HookEvent.ofPath(required("kind", Fields.ID_CHARS_MAX))),
                optional("tool_name", Fields.ID_CHARS_MAX),
                optional("tool_use_id", Fields.ID_CHARS_MAX),
                optional("agent_id", Fields.ID_CHARS_MAX),
                optional("agent_type", Fields.ID_CHARS_MAX),
                number("prompt_number", 0, 0, NUMBER_MAX),
                optional("prompt_kind", Fields.ID_CHARS_MAX),
                optional("cause", Fields.ID_CHARS_MAX),
                interrupt.isBoolean() ? interrupt.booleanValue() : null,
                optional("cwd", KEY_CHARS_MAX),
                optional("branch", Fields.ID_CHARS_MAX),
                optional("commit", Fields.ID_CHARS_MAX),
                time("occurred_at"),
                time("received_at"),
                hash,
                payload == null || payload.isNull() ? null : Json.write(payload),
                job == null || job.isNull() ? null : new MovedFields(job, now).job());
    }

    private Moved.OfEvent.Job job() {
        return new Moved.OfEvent.Job(
                required("state", Fields.ID_CHARS_MAX),
                optional("outcome", Fields.ID_CHARS_MAX),
                optional("skip_reason", Fields.ID_CHARS_MAX),
                optional("error", ERROR_CHARS_MAX),
                number("attempt", 0, 0, Short.MAX_VALUE),
                number("max_attempts", 5, 1, Short.MAX_VALUE),
                time("created_at"),
                optionalTime("attempted_at"),
                optionalTime("finalized_at"));
    }

    private Moved prompt() {
        return new Moved.OfPrompt(
                optionalUid("uid"),
                sessionId(),
                number("number", 1, 1, NUMBER_MAX),
                required("text", TEXT_CHARS_MAX),
                time("created_at"),
                optional("event", Fields.ID_CHARS_MAX * 2));
    }

    private Moved observation() {
        String type = optional("type", Fields.ID_CHARS_MAX);
        String narrative = optional("narrative", Limits.NARRATIVE_BYTES_MAX);
        JsonNode promptNumber = record.path("prompt_number");
        var says =
                new NewObservation(
                        required("title", Limits.TITLE_CHARS_MAX),
                        optional("subtitle", Limits.SUBTITLE_CHARS_MAX),
                        type == null
                                ? ObservationType.DISCOVERY
                                : ObservationFields.type("type", type),
                        narrative == null
                                ? null
                                : ObservationFields.narrative("narrative", narrative),
                        texts("facts"),
                        texts("concepts"),
                        texts("files_read"),
                        texts("files_modified"),
                        optional("tool_name", Fields.ID_CHARS_MAX),
                        promptNumber.isMissingNode() || promptNumber.isNull()
                                ? null
                                : number("prompt_number", 0, 0, NUMBER_MAX),
                        time("created_at"),
                        name("made_by", "import"),
                        number("made_by_version", 1, 0, NUMBER_MAX),
                        List.of());
        if (says.searchText().length() > OBSERVATION_CHARS_MAX) {
            throw ApiException.invalid(
                    "facts",
                    "and the other texts are too long in all",
                    "keep them within " + OBSERVATION_CHARS_MAX + " characters");
        }
        return new Moved.OfObservation(
                uid("uid"),
                sessionId(),
                projectName("project"),
                path(),
                says,
                optionalTime("closed_at"),
                optionalTime("pinned_at"),
                optionalTime("edited_at"),
                strings("events", Fields.ID_CHARS_MAX * 2));
    }

    private Moved summary() {
        JsonNode turn = record.path("turn_number");
        JsonNode promptNumber = record.path("prompt_number");
        var says =
                new SummaryDraft(
                        optional("request", SUMMARY_CHARS_MAX),
                        optional("investigated", SUMMARY_CHARS_MAX),
                        optional("learned", SUMMARY_CHARS_MAX),
                        optional("completed", SUMMARY_CHARS_MAX),
                        optional("next_steps", SUMMARY_CHARS_MAX));
        if (says.isEmpty()) {
            throw ApiException.invalid("request", "and all other fields are empty", "send one");
        }
        return new Moved.OfSummary(
                optionalUid("uid"),
                sessionId(),
                optional("turn_event", Fields.ID_CHARS_MAX * 2),
                turn.isIntegralNumber() ? Math.min(0, turn.longValue()) : null,
                promptNumber.isIntegralNumber() ? number("prompt_number", 0, 0, NUMBER_MAX) : null,
                says,
                name("made_by", "import"),
                number("made_by_version", 1, 0, NUMBER_MAX),
                time("created_at"));
    }

    private Moved lesson() {
        Instant createdAt = time("created_at");
        Instant changedAt = optionalTime("changed_at");
        String state = optional("state", Fields.ID_CHARS_MAX);
        String signature = optional("signature", Fields.ID_CHARS_MAX);
        return new Moved.OfLesson(
                uid("uid"),
                record.path("project").isString() ? projectName("project") : null,
                path(),
                new LessonText(
                        required("title", Limits.LESSON_TITLE_CHARS_MAX),
                        required("rule", Limits.LESSON_RULE_CHARS_MAX),
                        known(
                                "severity",
                                LessonSeverity.ofWireName(
                                        required("severity", Fields.ID_CHARS_MAX))),
                        optional("trigger_tool", Limits.LESSON_TOOLS_CHARS_MAX),
                        optional("trigger_pattern", Limits.LESSON_PATTERN_CHARS_MAX)),
                state == null ? LessonState.ACTIVE : known("state", LessonState.ofWireName(state)),
                signature == null ? "manual" : "proposed",
                signature,
                strings("observations", Fields.ID_CHARS_MAX).stream()
                        .map(text -> uuid("observations", text))
                        .toList(),
                number("made_by_version", 1, 0, NUMBER_MAX),
                number("trigger_count", 0, 0, NUMBER_MAX),
                optionalTime("last_triggered_at"),
                createdAt,
                changedAt == null ? createdAt : changedAt);
    }

    private Moved moment() {
        HookEvent kind = known("kind", HookEvent.ofPath(required("kind", Fields.ID_CHARS_MAX)));
        JsonNode payload = record.path("payload");
        if (!payload.isObject()) {
            throw ApiException.invalid("payload", "is no object", "send what a hook would get");
        }
        boolean call = kind == HookEvent.POST_TOOL_USE || kind == HookEvent.POST_TOOL_USE_FAILURE;
        String said =
                switch (kind) {
                    case USER_PROMPT_SUBMIT -> "prompt";
                    case STOP, SUBAGENT_STOP -> "last_assistant_message";
                    case POST_COMPACT -> "compact_summary";
                    case SESSION_START, SESSION_END, POST_TOOL_USE, POST_TOOL_USE_FAILURE -> "";
                };
        JsonNode text = payload.path(said);
        return new Moved.OfMoment(
                uid("uid"),
                new MovedFields(payload, now).required("session_id", Fields.ID_CHARS_MAX),
                kind,
                time("occurred_at"),
                name("agent", IncomingEvent.CLAUDE_CODE),
                Json.write(payload),
                call
                        ? new MovedFields(payload, now).optional("tool_use_id", Fields.ID_CHARS_MAX)
                        : null,
                text.isString() ? new Moved.OfMoment.Told(said, text.stringValue()) : null);
    }

    private String sessionId() {
        return required("session", Fields.ID_CHARS_MAX);
    }

    private String projectName(String field) {
        return required(field, Limits.PROJECT_NAME_CHARS_MAX);
    }

    private String required(String field, int charsMax) {
        return Fields.name(field, record.path(field).asString(null), charsMax);
    }

    private @Nullable String optional(String field, int charsMax) {
        JsonNode value = record.path(field);
        return value.isString() && !value.stringValue().isBlank()
                ? StorableText.of(Fields.bounded(field, value.stringValue(), charsMax))
                : null;
    }

    /// A word of a program's, as who made something.
    private String name(String field, String byDefault) {
        String name = optional(field, Fields.ID_CHARS_MAX);
        if (name == null) {
            return byDefault;
        }
        if (!NAME.matcher(name).matches()) {
            throw ApiException.invalid(field, "is no name", "send lower-case letters and digits");
        }
        return name;
    }

    private int number(String field, int byDefault, int min, int max) {
        JsonNode value = record.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return byDefault;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw ApiException.invalid(field, "is no whole number", "send one");
        }
        return Fields.within(field, value.intValue(), byDefault, min, max);
    }

    private Instant time(String field) {
        return Fields.instant(
                field, Fields.required(field, record.path(field).asString(null)), now);
    }

    private @Nullable Instant optionalTime(String field) {
        return record.path(field).isString() ? time(field) : null;
    }

    private UUID uid(String field) {
        return uuid(field, required(field, Fields.ID_CHARS_MAX));
    }

    private @Nullable UUID optionalUid(String field) {
        return record.path(field).isString() ? uid(field) : null;
    }

    private static UUID uuid(String field, String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException none) {
            throw ApiException.invalid(field, "is no UUID", "send it as the export has it");
        }
    }

    private List<String> texts(String field) {
        return ObservationFields.texts(field, strings(field, Limits.LIST_ITEM_CHARS_MAX));
    }

    private List<String> strings(String field, int charsMax) {
        JsonNode list = record.path(field);
        if (!list.isArray()) {
            return List.of();
        }
        var strings = new ArrayList<@Nullable String>(list.size());
        for (JsonNode item : list) {
            strings.add(item.asString(null));
        }
        return Fields.list(field, withoutNulls(strings), LIST_ITEMS_MAX, charsMax);
    }

    private static List<String> withoutNulls(List<@Nullable String> strings) {
        return strings.stream().flatMap(text -> Optional.ofNullable(text).stream()).toList();
    }

    private static <T> T known(String field, Optional<T> value) {
        return value.orElseThrow(
                () -> ApiException.invalid(field, "is not one of the known words", "send one"));
    }

    /// The records of a page that can be read; the others are handed to `rejected` by their index.
    static List<Moved> readAll(List<@Nullable JsonNode> records, Instant now, Rejected rejected) {
        var read = new ArrayList<Moved>(records.size());
        for (int i = 0; i < records.size(); i++) {
            try {
                read.add(read(records.get(i), now));
                rejected.taken(i);
            } catch (ApiException bad) {
                rejected.add(i, String.valueOf(bad.getMessage()));
            }
        }
        return read;
    }

    /// Which records of a page were taken, and why the others were not.
    interface Rejected {

        void taken(int index);

        void add(int index, String reason);
    }
}
