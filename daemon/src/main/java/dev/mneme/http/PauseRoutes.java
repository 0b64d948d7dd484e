package dev.mneme.http;

import dev.mneme.domain.Project;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;
import dev.mneme.redaction.pause.CaptureSwitch;
import dev.mneme.redaction.pause.Pause;
import dev.mneme.redaction.pause.PauseFile;
import dev.mneme.store.Database;
import dev.mneme.store.ProjectStore;

import io.javalin.http.Context;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// `/api/pause` and `/api/resume`: switch capture off and on.
final class PauseRoutes {

    private final PauseFile file;
    private final Database database;
    private final ProjectStore store;
    private final ProjectResolver resolver;
    private final Bodies bodies;
    private final InstantSource clock;

    PauseRoutes(
            PauseFile file,
            Database database,
            ProjectStore store,
            ProjectResolver resolver,
            Bodies bodies,
            InstantSource clock) {
        this.file = file;
        this.database = database;
        this.store = store;
        this.resolver = resolver;
        this.bodies = bodies;
        this.clock = clock;
    }

    void list(Context context) {
        answer(context, file.current(clock.millis()));
    }

    void pause(Context context) {
        var request = bodies.parse(context, Wire.PauseRequest.class, Limits.BODY_BYTES_MAX);
        long now = clock.millis();
        Duration time = Fields.duration("for", request.time(), Duration.ZERO);
        Pause pause = wanted(request, now, time.isZero() ? 0 : now + time.toMillis());
        answer(context, changed(() -> file.add(pause, now)));
    }

    /// Resuming everything ends every pause there is.
    void resume(Context context) {
        var request = bodies.parse(context, Wire.PauseRequest.class, Limits.BODY_BYTES_MAX);
        long now = clock.millis();
        Pause pause = wanted(request, now, 0);
        answer(
                context,
                changed(
                        () ->
                                pause.kind() == Pause.Kind.ALL
                                        ? file.change(now, current -> List.of())
                                        : file.remove(pause, now)));
    }

    private interface Change {
        List<Pause> make() throws IOException;
    }

    private static List<Pause> changed(Change change) {
        try {
            return change.make();
        } catch (IOException failed) {
            throw new ApiException(
                    ErrorCode.INTERNAL,
                    "the pause could not be written",
                    "check that the disk of `$MNEME_HOME` is not full, and try again");
        }
    }

    private Pause wanted(Wire.PauseRequest request, long since, long until) {
        boolean all = Boolean.TRUE.equals(request.all());
        String project = Fields.optional(request.project());
        String session = Fields.optional(request.sessionId());
        if ((all ? 1 : 0) + (project == null ? 0 : 1) + (session == null ? 0 : 1) != 1) {
            throw ApiException.invalid(
                    "project", "is not the only one", "send `all`, `project` or `session_id`");
        }
        if (project != null) {
            return ofProject(Fields.project("project", project), since, until);
        }
        return session == null
                ? Pause.all(since, until)
                : Pause.session(
                        Fields.name("session_id", session, Fields.ID_CHARS_MAX), since, until);
    }

    private Pause ofProject(String text, long since, long until) {
        ProjectResolver.Wanted wanted = resolver.wanted(text);
        Optional<Project> known = database.inTransaction(tx -> resolver.find(tx, wanted));
        Path path = ProjectResolver.absolutePath(text);
        var folders = new TreeSet<String>();
        if (path != null) {
            folders.add(CaptureSwitch.projectRoot(path.toString()));
        }
        if (known.isEmpty()) {
            if (path == null) {
                throw new ApiException(
                        ErrorCode.NOT_FOUND,
                        "there is no project of that name",
                        "list them with GET /api/projects, or send a path",
                        "project");
            }
            return new Pause(
                    Pause.Kind.PROJECT,
                    nameOf(folders.first()),
                    0,
                    List.copyOf(folders),
                    since,
                    until);
        }
        Project project = known.get();
        database.inTransaction(tx -> store.summaries(tx, project.id(), 1))
                .forEach(summary -> folders.addAll(summary.paths()));
        return new Pause(
                Pause.Kind.PROJECT,
                project.name(),
                project.id(),
                List.copyOf(folders),
                since,
                until);
    }

    private static String nameOf(String folder) {
        return folder.substring(folder.lastIndexOf('/') + 1);
    }

    private static void answer(Context context, List<Pause> pauses) {
        var views = new ArrayList<Wire.PauseView>();
        for (Pause pause : pauses) {
            views.add(
                    new Wire.PauseView(
                            pause.kind().word(),
                            pause.name().isEmpty() ? null : pause.name(),
                            pause.folders(),
                            Instant.ofEpochMilli(pause.sinceMillis()).toString(),
                            pause.untilMillis() == 0
                                    ? null
                                    : Instant.ofEpochMilli(pause.untilMillis()).toString()));
        }
        context.json(new Wire.Pauses(views));
    }
}
