package dev.mneme.http;

import dev.mneme.domain.Lesson;
import dev.mneme.domain.LessonFilter;
import dev.mneme.domain.LessonSeverity;
import dev.mneme.domain.LessonState;
import dev.mneme.domain.LessonText;
import dev.mneme.domain.PlannedCall;
import dev.mneme.domain.StorableText;
import dev.mneme.ingest.PlannedCalls;
import dev.mneme.lessons.LessonDelivery;
import dev.mneme.lessons.LessonDesk;
import dev.mneme.lessons.LessonRefused;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.function.Supplier;

/// `/api/lessons`: written, found, changed, accepted, retired.
final class LessonRoutes {

    private static final int LIST_LIMIT_DEFAULT = 20;
    private static final int SEARCH_LIMIT_DEFAULT = 10;
    private static final int OFFSET_MAX = 1_000_000;
    private static final int MATCHES_MAX = 20;

    /// Of a title that is made from the rule.
    private static final int MADE_TITLE_CHARS_MAX = 80;

    private final LessonDesk desk;
    private final LessonDelivery delivery;
    private final Projects projects;
    private final Bodies bodies;

    LessonRoutes(LessonDesk desk, LessonDelivery delivery, Projects projects, Bodies bodies) {
        this.desk = desk;
        this.delivery = delivery;
        this.projects = projects;
        this.bodies = bodies;
    }

    /// `POST /api/lessons`.
    void create(Context context) {
        var request = bodies.parse(context, Wire.LessonRequest.class, Limits.BODY_BYTES_MAX);
        String rule = rule(Fields.required("rule", request.rule()));
        String title = Fields.optional(request.title());
        String project = Fields.optional(request.project());
        var says =
                new LessonText(
                        title == null ? titleOf(rule) : title(title),
                        rule,
                        severity(Fields.optional(request.severity()), LessonSeverity.WARNING),
                        tools(Fields.optional(request.triggerTool())),
                        pattern(Fields.optional(request.triggerPattern())));
        Long source = request.sourceObservationId();
        context.json(
                Views.of(
                        kept(
                                () ->
                                        desk.create(
                                                says,
                                                project == null
                                                        ? null
                                                        : Fields.project("project", project),
                                                source == null ? List.of() : List.of(source)))));
    }

    /// `GET /api/lessons`: the gravest first. With a project, its own and those of all projects.
    void list(Context context) {
        String named = Fields.optional(context.queryParam("project"));
        String state = Fields.optional(context.queryParam("state"));
        LessonState wanted;
        if (state != null) {
            wanted = state.equals("all") ? null : state(state);
        } else {
            wanted =
                    context.queryParam("active") == null || Fields.flag(context, "active")
                            ? LessonState.ACTIVE
                            : LessonState.RETIRED;
        }
        context.json(
                Views.ofLessons(
                        desk.list(
                                new LessonFilter(
                                        named == null ? null : projects.idOf(named),
                                        severityOrNull(
                                                Fields.optional(context.queryParam("severity"))),
                                        wanted,
                                        Fields.query(
                                                context,
                                                "limit",
                                                LIST_LIMIT_DEFAULT,
                                                1,
                                                Limits.SEARCH_LIMIT_MAX),
                                        Fields.query(context, "offset", 0, 0, OFFSET_MAX)))));
    }

    /// `POST /api/lessons/search`.
    void search(Context context) {
        var request = bodies.parse(context, Wire.LessonSearchRequest.class, Limits.BODY_BYTES_MAX);
        String query = Fields.required("query", request.query());
        String named = Fields.optional(request.project());
        String state = Fields.optional(request.state());
        var filter =
                new LessonFilter(
                        named == null ? null : projects.idOf(named),
                        severityOrNull(Fields.optional(request.severity())),
                        state == null
                                ? LessonState.ACTIVE
                                : state.equals("all") ? null : state(state),
                        Fields.within(
                                "limit",
                                request.limit(),
                                SEARCH_LIMIT_DEFAULT,
                                1,
                                Limits.SEARCH_LIMIT_MAX),
                        0);
        String cut =
                query.length() <= Limits.QUERY_CHARS_MAX
                        ? query
                        : query.substring(0, Limits.QUERY_CHARS_MAX);
        context.json(new Wire.LessonsResponse(Views.ofLessons(desk.search(cut, filter))));
    }

    /// `POST /api/lessons/match`: for whoever wants to try a trigger.
    void match(Context context) {
        var request = bodies.parse(context, Wire.LessonMatchRequest.class, Limits.BODY_BYTES_MAX);
        String tool = Fields.name("tool_name", request.toolName(), Fields.ID_CHARS_MAX);
        JsonNode input = request.toolInput();
        String named = Fields.optional(request.project());
        var call =
                new PlannedCall(
                        null, null, tool, input == null ? "" : PlannedCalls.textOf(input), true);
        List<Lesson> found =
                delivery.matching(call, named == null ? null : projects.idOf(named)).stream()
                        .limit(MATCHES_MAX)
                        .toList();
        context.json(new Wire.LessonsResponse(Views.ofLessons(found)));
    }

    void show(Context context) {
        long id = id(context);
        context.json(Views.of(desk.byId(id).orElseThrow(() -> gone(id))));
    }

    /// `PATCH /api/lessons/{id}`.
    void patch(Context context) {
        long id = id(context);
        var request = bodies.parse(context, Wire.LessonPatch.class, Limits.BODY_BYTES_MAX);
        String project = request.project();
        LessonDesk.Home home =
                project == null
                        ? null
                        : new LessonDesk.Home(
                                project.isBlank() ? null : Fields.project("project", project));
        Lesson changed =
                kept(
                        () ->
                                desk.change(id, before -> changed(before, request), home)
                                        .orElseThrow(() -> gone(id)));
        if (request.active() != null) {
            changed = active(id, request.active());
        }
        context.json(Views.of(changed));
    }

    private static LessonText changed(LessonText before, Wire.LessonPatch request) {
        String title = request.title();
        String rule = request.rule();
        String severity = request.severity();
        return new LessonText(
                title == null ? before.title() : title(Fields.required("title", title)),
                rule == null ? before.rule() : rule(Fields.required("rule", rule)),
                severity(Fields.optional(severity), before.severity()),
                request.triggerTool() == null
                        ? before.triggerTool()
                        : tools(Fields.optional(request.triggerTool())),
                request.triggerPattern() == null
                        ? before.triggerPattern()
                        : pattern(Fields.optional(request.triggerPattern())));
    }

    void accept(Context context) {
        context.json(Views.of(active(id(context), true)));
    }

    void retire(Context context) {
        context.json(Views.of(active(id(context), false)));
    }

    private Lesson active(long id, boolean wanted) {
        return kept(() -> (wanted ? desk.accept(id) : desk.retire(id)).orElseThrow(() -> gone(id)));
    }

    void delete(Context context) {
        long id = id(context);
        if (!desk.delete(id)) {
            throw gone(id);
        }
        context.json(new Wire.LessonDeleted(id));
    }

    private static Lesson kept(Supplier<Lesson> write) {
        try {
            return write.get();
        } catch (LessonRefused refused) {
            throw new ApiException(
                    refused.code(),
                    String.valueOf(refused.getMessage()),
                    refused.hint(),
                    refused.path());
        }
    }

    private static String title(String title) {
        return Fields.name("title", title.strip(), Limits.LESSON_TITLE_CHARS_MAX);
    }

    private static String rule(String rule) {
        return Fields.name("rule", rule.strip(), Limits.LESSON_RULE_CHARS_MAX);
    }

    private static @Nullable String tools(@Nullable String names) {
        return names == null
                ? null
                : Fields.name("trigger_tool", names.strip(), Limits.LESSON_TOOLS_CHARS_MAX);
    }

    private static @Nullable String pattern(@Nullable String pattern) {
        return pattern == null
                ? null
                : StorableText.of(
                        Fields.bounded(
                                "trigger_pattern", pattern, Limits.LESSON_PATTERN_CHARS_MAX));
    }

    private static LessonSeverity severity(@Nullable String name, LessonSeverity byDefault) {
        LessonSeverity named = severityOrNull(name);
        return named == null ? byDefault : named;
    }

    private static @Nullable LessonSeverity severityOrNull(@Nullable String name) {
        return name == null
                ? null
                : LessonSeverity.ofWireName(name)
                        .orElseThrow(
                                () ->
                                        ApiException.invalid(
                                                "severity",
                                                "is none of the known ones",
                                                "send critical, warning or info"));
    }

    private static LessonState state(String name) {
        return LessonState.ofWireName(name)
                .orElseThrow(
                        () ->
                                ApiException.invalid(
                                        "state",
                                        "is none of the known ones",
                                        "send proposed, active, retired or all"));
    }

    private static long id(Context context) {
        try {
            return Long.parseLong(context.pathParam("id"));
        } catch (NumberFormatException notANumber) {
            throw ApiException.invalid("id", "is not a number", "send an id that a list shows");
        }
    }

    private static ApiException gone(long id) {
        return new ApiException(
                ErrorCode.NOT_FOUND,
                "there is no lesson " + id,
                "GET /api/lessons?state=all lists them");
    }

    /// The beginning of a rule, cut at a word.
    private static String titleOf(String rule) {
        String line = rule.lines().findFirst().orElse(rule).strip();
        if (line.length() <= MADE_TITLE_CHARS_MAX) {
            return line;
        }
        int cut = line.lastIndexOf(' ', MADE_TITLE_CHARS_MAX - 1);
        int end = cut > MADE_TITLE_CHARS_MAX / 2 ? cut : MADE_TITLE_CHARS_MAX - 1;
        if (Character.isHighSurrogate(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(0, end) + "…";
    }
}
