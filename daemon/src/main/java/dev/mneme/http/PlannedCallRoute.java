package dev.mneme.http;

import dev.mneme.domain.Lesson;
import dev.mneme.ingest.PlannedCalls;
import dev.mneme.lessons.ActiveLessons;
import dev.mneme.lessons.LessonDelivery;
import dev.mneme.lessons.LessonNote;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Limits;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// `POST /api/hooks/pre-tool-use`: the lesson for a call that an agent is about to make, as the
/// hook prints it, or nothing. Never a decision about the call; nothing of it is stored.
final class PlannedCallRoute {

    /// The host's name of the event.
    private static final String EVENT = "PreToolUse";

    private final PlannedCalls calls;
    private final ActiveLessons lessons;
    private final LessonDelivery delivery;
    private final Bodies bodies;

    PlannedCallRoute(
            PlannedCalls calls, ActiveLessons lessons, LessonDelivery delivery, Bodies bodies) {
        this.calls = calls;
        this.lessons = lessons;
        this.delivery = delivery;
        this.bodies = bodies;
    }

    void ask(Context context) {
        byte[] payload = bodies.raw(context, Limits.HOOK_BODY_BYTES_MAX);
        if (lessons.isEmpty()) {
            return;
        }
        Instant until = until(context.header(HookHeaders.STARTED_AT));
        Optional<Lesson> lesson =
                calls.read(payload)
                        .flatMap(
                                call -> delivery.next(call, () -> calls.projectOf(payload), until));
        lesson.ifPresent(found -> context.json(answer(found)));
    }

    /// What a hook may say goes by exactly this shape, in this order; it prints nothing else.
    private static Map<String, Object> answer(Lesson lesson) {
        var specific = new LinkedHashMap<String, Object>();
        specific.put("hookEventName", EVENT);
        specific.put("additionalContext", LessonNote.of(lesson));
        return Map.of("hookSpecificOutput", specific);
    }

    /// When the hook that asks gives up. Whoever does not say when it began waits for as long as it
    /// takes.
    private static Instant until(@Nullable String startedAt) {
        try {
            return startedAt == null
                    ? Instant.MAX
                    : Instant.parse(startedAt).plus(Limits.LESSON_WAIT);
        } catch (DateTimeParseException unreadable) {
            return Instant.MAX;
        }
    }
}
