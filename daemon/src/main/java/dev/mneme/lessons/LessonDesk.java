package dev.mneme.lessons;

import dev.mneme.domain.Lesson;
import dev.mneme.domain.LessonFilter;
import dev.mneme.domain.LessonState;
import dev.mneme.domain.LessonText;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.store.Database;
import dev.mneme.store.LessonStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Writes, changes and finds lessons. What is changed here counts from the next call on.
public final class LessonDesk {

    private static final Logger LOG = LoggerFactory.getLogger(LessonDesk.class);

    private static final int VERSION = 1;

    private final Database database;
    private final LessonStore store;
    private final ProjectResolver projects;
    private final ActiveLessons active;
    private final InstantSource clock;

    public LessonDesk(
            Database database,
            LessonStore store,
            ProjectResolver projects,
            ActiveLessons active,
            InstantSource clock) {
        this.database = database;
        this.store = store;
        this.projects = projects;
        this.active = active;
        this.clock = clock;
    }

    /// Keeps a lesson, active at once. One that says the same already is answered with, and nothing
    /// is added.
    ///
    /// @param project created on demand; null for a lesson that holds in every one
    /// @param observationIds what it was learned from, if anything
    public Lesson create(LessonText says, @Nullable String project, List<Long> observationIds) {
        requireUsable(says);
        // Recognising a folder may ask git, which must not happen inside a transaction.
        ProjectResolver.Wanted wanted = project == null ? null : projects.wanted(project);
        Lesson kept =
                database.inTransaction(
                        tx -> {
                            store.lock(tx);
                            Long owner = wanted == null ? null : projects.ensure(tx, wanted).id();
                            Optional<Long> same = store.same(tx, owner, says);
                            if (same.isEmpty()) {
                                requireRoom(tx);
                            }
                            long id =
                                    same.or(
                                                    () ->
                                                            store.insert(
                                                                    tx,
                                                                    new LessonStore.NewLesson(
                                                                            owner,
                                                                            says,
                                                                            observationIds,
                                                                            null,
                                                                            VERSION),
                                                                    clock.instant()))
                                            .orElseThrow();
                            return store.byId(tx, id).orElseThrow();
                        });
        refresh();
        return kept;
    }

    /// How a lesson shall be afterwards; it keeps what it is not given.
    @FunctionalInterface
    public interface Change {
        LessonText of(LessonText before);
    }

    /// Where a lesson shall hold.
    ///
    /// @param project null for every project
    public record Home(@Nullable String project) {}

    /// Changes what a lesson says or where it holds.
    ///
    /// @param home null where it stays where it is
    /// @return empty where there is none with this id
    public Optional<Lesson> change(long id, Change change, @Nullable Home home) {
        ProjectResolver.Wanted wanted =
                home == null || home.project() == null ? null : projects.wanted(home.project());
        Optional<Lesson> changed =
                database.inTransaction(
                        tx -> {
                            Optional<Lesson> before = store.byId(tx, id);
                            if (before.isEmpty()) {
                                return before;
                            }
                            LessonText says = change.of(before.get().says());
                            requireUsable(says);
                            Long owner = before.get().projectId();
                            if (home != null) {
                                owner = wanted == null ? null : projects.ensure(tx, wanted).id();
                            }
                            store.update(tx, id, owner, says, clock.instant());
                            return store.byId(tx, id);
                        });
        refresh();
        return changed;
    }

    /// Has a lesson told from now on: a proposal that somebody accepts, or a retired one.
    ///
    /// @return empty where there is none with this id
    public Optional<Lesson> accept(long id) {
        return setState(id, LessonState.ACTIVE);
    }

    /// Has a lesson told no more; of a proposal: not accepted, and not proposed again.
    ///
    /// @return empty where there is none with this id
    public Optional<Lesson> retire(long id) {
        return setState(id, LessonState.RETIRED);
    }

    private Optional<Lesson> setState(long id, LessonState state) {
        Optional<Lesson> changed =
                database.inTransaction(
                        tx -> {
                            store.lock(tx);
                            Optional<Lesson> before = store.byId(tx, id);
                            if (before.isEmpty()) {
                                return before;
                            }
                            if (state == LessonState.ACTIVE
                                    && before.get().state() != LessonState.ACTIVE) {
                                requireRoom(tx);
                            }
                            store.setState(tx, id, state, clock.instant());
                            return store.byId(tx, id);
                        });
        refresh();
        return changed;
    }

    /// Removes a lesson.
    ///
    /// @return false where there is none with this id
    public boolean delete(long id) {
        boolean gone = database.inTransaction(tx -> store.delete(tx, id));
        refresh();
        return gone;
    }

    public Optional<Lesson> byId(long id) {
        return database.inTransaction(tx -> store.byId(tx, id));
    }

    public List<Lesson> list(LessonFilter filter) {
        return database.inTransaction(tx -> store.list(tx, filter));
    }

    public List<Lesson> search(String query, LessonFilter filter) {
        return database.inTransaction(tx -> store.search(tx, query, filter));
    }

    private static void requireUsable(LessonText says) {
        try {
            Trigger.of(says);
        } catch (ToolNames.Unusable unusable) {
            throw new LessonRefused(
                    ErrorCode.VALUE_INVALID,
                    "the tools of `trigger_tool` " + unusable.getMessage(),
                    "send names with `|` between them, as in Edit|Write|mcp__github__*",
                    "trigger_tool");
        } catch (LessonPattern.Unusable unusable) {
            throw new LessonRefused(
                    ErrorCode.VALUE_INVALID,
                    "the pattern in `trigger_pattern` " + unusable.getMessage(),
                    "send a regular expression in RE2's syntax, without back references and"
                            + " lookaround",
                    "trigger_pattern");
        }
    }

    private void requireRoom(Tx tx) {
        if (store.count(tx, LessonState.ACTIVE) >= Limits.LESSONS_ACTIVE_MAX) {
            throw new LessonRefused(
                    ErrorCode.CONFLICT,
                    "there are " + Limits.LESSONS_ACTIVE_MAX + " active lessons already",
                    "retire some first with `mneme lesson retire ID`",
                    null);
        }
    }

    private void refresh() {
        try {
            active.refresh();
        } catch (IOException failed) {
            // What hooks look at could not be written; the next round tries again.
            LOG.warn("cannot write the mark that lessons exist: error={}", failed.toString());
        }
    }
}
