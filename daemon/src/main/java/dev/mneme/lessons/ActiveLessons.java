package dev.mneme.lessons;

import dev.mneme.domain.Lesson;
import dev.mneme.domain.LessonFilter;
import dev.mneme.domain.LessonState;
import dev.mneme.domain.LessonText;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.PrivateFiles;
import dev.mneme.store.Database;
import dev.mneme.store.LessonStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/// The active lessons with their triggers, read and compiled, as every call before a tool needs
/// them.
///
/// What this daemon changes is seen at once; what another daemon on the same database changes, at
/// the next round. A file says to hooks whether there is anything to ask for. Safe to share between
/// threads.
public final class ActiveLessons implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ActiveLessons.class);

    private final Database database;
    private final LessonStore store;
    private final Path marker;

    private volatile List<Ready> ready = List.of();
    private @Nullable String version;
    private boolean closed;

    /// @param marker there while a call may have a lesson
    public ActiveLessons(Database database, LessonStore store, Path marker) {
        this.database = database;
        this.store = store;
        this.marker = marker;
    }

    /// A lesson with what its trigger means.
    record Ready(Lesson lesson, Trigger trigger) {}

    /// Those that have a trigger.
    List<Ready> all() {
        return ready;
    }

    /// Whether no call can have a lesson.
    public boolean isEmpty() {
        return ready.isEmpty();
    }

    /// Reads them again if any of them changed.
    ///
    /// @return false: there is never more to do
    public synchronized boolean refresh() throws IOException {
        String current = database.inTransaction(store::version);
        if (!current.equals(version)) {
            List<Lesson> lessons =
                    database.inTransaction(
                            tx ->
                                    store.list(
                                            tx,
                                            new LessonFilter(
                                                    null,
                                                    null,
                                                    LessonState.ACTIVE,
                                                    Limits.LESSONS_ACTIVE_MAX,
                                                    0)));
            ready = read(lessons, ready);
            // One that changed in between is read again by the next round.
            version = current;
        }
        mark();
        return false;
    }

    /// A count alone changes a row; what was compiled for the same words is kept.
    private static List<Ready> read(List<Lesson> lessons, List<Ready> before) {
        var compiled = new HashMap<LessonText, Trigger>();
        before.forEach(one -> compiled.put(one.lesson().says(), one.trigger()));
        var all = new ArrayList<Ready>(lessons.size());
        for (Lesson lesson : lessons) {
            if (!lesson.says().hasTrigger()) {
                continue;
            }
            try {
                Trigger known = compiled.get(lesson.says());
                all.add(new Ready(lesson, known == null ? Trigger.of(lesson.says()) : known));
            } catch (ToolNames.Unusable | LessonPattern.Unusable unusable) {
                // By somebody's own SQL, or a secret that was taken out of it.
                LOG.warn("lesson is not told, its trigger cannot be used: id={}", lesson.id());
            }
        }
        return List.copyOf(all);
    }

    private void mark() throws IOException {
        boolean wanted = !closed && !ready.isEmpty();
        if (wanted && !Files.exists(marker)) {
            PrivateFiles.writeAtomically(marker, "");
        } else if (!wanted) {
            Files.deleteIfExists(marker);
        }
    }

    /// From here on hooks need not ask.
    @Override
    public synchronized void close() {
        closed = true;
        try {
            mark();
        } catch (IOException stays) {
            // A hook that asks finds nobody, and says nothing.
        }
    }
}
