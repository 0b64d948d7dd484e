package dev.mneme.lessons;

import dev.mneme.domain.Lesson;
import dev.mneme.domain.PlannedCall;
import dev.mneme.domain.Project;
import dev.mneme.store.Database;
import dev.mneme.store.LessonStore;
import dev.mneme.store.SessionStore;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Chooses what an agent is told before a call: at most one lesson, the gravest first, then the one
/// that fits the call most closely, then the one that was told the longest ago.
///
/// A lesson is told once in a context, that is, in a session or in one of its subagents, and again
/// after a compaction, which may have taken it away. What was told is remembered here and nowhere
/// else: after a restart of the daemon it may be said once more. What is told is counted before it
/// is said; what cannot be counted is not told. While capture is paused it is told and not counted,
/// because a pause leaves no trace. Safe to share between threads.
public final class LessonDelivery {

    /// Contexts whose lessons are remembered, those used last.
    static final int CONTEXTS_MAX = 2_000;

    /// The search stops there: by then the hook that waits for it is about to give up.
    private static final Duration MATCHING_MAX = Duration.ofMillis(100);

    private final ActiveLessons lessons;
    private final Database database;
    private final LessonStore store;
    private final SessionStore sessions;
    private final InstantSource clock;

    private record Context(String session, @Nullable String agent) {}

    /// The ids of what each was told, in the order of last use.
    private final Map<Context, Set<Long>> told = new LinkedHashMap<>(16, 0.75f, true);

    public LessonDelivery(
            ActiveLessons lessons,
            Database database,
            LessonStore store,
            SessionStore sessions,
            InstantSource clock) {
        this.lessons = lessons;
        this.database = database;
        this.store = store;
        this.sessions = sessions;
        this.clock = clock;
    }

    /// The lesson to tell now, counted as told.
    ///
    /// @param unknownPlace the project of the call's folder, asked where the session is not known
    /// @param until when whoever asks stops listening; nothing is told after that
    public Optional<Lesson> next(
            PlannedCall call, Supplier<Optional<Project>> unknownPlace, Instant until) {
        List<ActiveLessons.Ready> named = aboutTool(call);
        if (named.isEmpty()) {
            return Optional.empty();
        }
        long stopNanos = System.nanoTime() + MATCHING_MAX.toNanos();
        for (ActiveLessons.Ready one : inOrder(named, call, project(call, unknownPlace))) {
            if (System.nanoTime() > stopNanos || clock.instant().isAfter(until)) {
                return Optional.empty();
            }
            Lesson lesson = one.lesson();
            if (wasTold(call, lesson) || !one.trigger().isAboutInput(call)) {
                continue;
            }
            // Of two calls at once only one is told.
            if (remember(call, lesson) && count(call, lesson)) {
                return Optional.of(lesson);
            }
        }
        return Optional.empty();
    }

    /// All that such a call would be told, one call after the other. Nothing is counted.
    ///
    /// @param projectId null where it is in no project
    public List<Lesson> matching(PlannedCall call, @Nullable Long projectId) {
        return inOrder(aboutTool(call), call, projectId).stream()
                .filter(one -> one.trigger().isAboutInput(call))
                .map(ActiveLessons.Ready::lesson)
                .toList();
    }

    /// A session's context was compacted: what it was told may be said again.
    public void contextLost(String session) {
        synchronized (told) {
            told.keySet().removeIf(context -> context.session().equals(session));
        }
    }

    private List<ActiveLessons.Ready> aboutTool(PlannedCall call) {
        return lessons.all().stream()
                .filter(one -> one.trigger().isAboutTool(call.tool()))
                .toList();
    }

    private static List<ActiveLessons.Ready> inOrder(
            List<ActiveLessons.Ready> all, PlannedCall call, @Nullable Long projectId) {
        var here = new ArrayList<ActiveLessons.Ready>();
        for (ActiveLessons.Ready one : all) {
            Long home = one.lesson().projectId();
            if (home == null || home.equals(projectId)) {
                here.add(one);
            }
        }
        here.sort(
                Comparator.comparing((ActiveLessons.Ready one) -> one.lesson().says().severity())
                        .thenComparing(
                                Comparator.comparingInt(
                                                (ActiveLessons.Ready one) ->
                                                        one.trigger().closeness(call.tool()))
                                        .reversed())
                        .thenComparing(one -> one.lesson().projectId() == null)
                        .thenComparing(
                                one -> one.lesson().lastToldAt(),
                                Comparator.nullsFirst(Comparator.naturalOrder()))
                        .thenComparingLong(one -> one.lesson().id()));
        return here;
    }

    private @Nullable Long project(PlannedCall call, Supplier<Optional<Project>> unknownPlace) {
        String session = call.session();
        Optional<Project> known =
                session == null
                        ? Optional.empty()
                        : database.inTransaction(
                                tx ->
                                        sessions.byExternalId(tx, session)
                                                .map(found -> found.project()));
        return known.or(unknownPlace).map(Project::id).orElse(null);
    }

    /// Asks the database whether it is active still, so that what was forgotten or taken back a
    /// moment ago is not told.
    private boolean count(PlannedCall call, Lesson lesson) {
        boolean counted = false;
        try {
            counted =
                    call.paused()
                            ? database.inTransaction(tx -> store.isActive(tx, lesson.id()))
                            : database.inTransaction(
                                    tx -> store.tell(tx, lesson.id(), clock.instant()));
            return counted;
        } finally {
            if (!counted) {
                forget(call, lesson);
            }
        }
    }

    private boolean wasTold(PlannedCall call, Lesson lesson) {
        Context context = contextOrNull(call);
        synchronized (told) {
            Set<Long> before = context == null ? null : told.get(context);
            return before != null && before.contains(lesson.id());
        }
    }

    /// @return false where it was told before
    private boolean remember(PlannedCall call, Lesson lesson) {
        Context context = contextOrNull(call);
        if (context == null) {
            return true;
        }
        synchronized (told) {
            boolean first =
                    told.computeIfAbsent(context, fresh -> new HashSet<>()).add(lesson.id());
            if (told.size() > CONTEXTS_MAX) {
                told.remove(told.keySet().iterator().next());
            }
            return first;
        }
    }

    private void forget(PlannedCall call, Lesson lesson) {
        Context context = contextOrNull(call);
        synchronized (told) {
            Set<Long> before = context == null ? null : told.get(context);
            if (before != null) {
                before.remove(lesson.id());
            }
        }
    }

    private static @Nullable Context contextOrNull(PlannedCall call) {
        return call.session() == null ? null : new Context(call.session(), call.agent());
    }
}
