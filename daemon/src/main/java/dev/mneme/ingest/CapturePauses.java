package dev.mneme.ingest;

import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.redaction.pause.CaptureSwitch;
import dev.mneme.redaction.pause.Pause;
import dev.mneme.redaction.pause.PauseFile;
import dev.mneme.store.Database;
import dev.mneme.store.SessionStore;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Whether capture is off for an event, by what hooks read as well and by what only the daemon
/// knows: which project a session belongs to.
///
/// A session that began while its project was paused has left no trace, so it is remembered here:
/// what it does in other folders stays out as well. Safe to share between threads.
public final class CapturePauses {

    /// Paused sessions that are remembered, those used last.
    private static final int SESSIONS_MAX = 2_000;

    private final PauseFile file;
    private final CaptureSwitch capture;
    private final Database database;
    private final SessionStore sessions;
    private final ProjectResolver projects;
    private final InstantSource clock;

    /// The folder in which each was found to be paused, in the order of last use.
    private final Map<String, String> paused = new LinkedHashMap<>(16, 0.75f, true);

    public CapturePauses(
            MnemeHome home,
            Database database,
            SessionStore sessions,
            ProjectResolver projects,
            InstantSource clock) {
        this.file = new PauseFile(home.root().toFile());
        this.capture = new CaptureSwitch(file);
        this.database = database;
        this.sessions = sessions;
        this.projects = projects;
        this.clock = clock;
    }

    /// Removes what is over.
    ///
    /// @return false: there is never more to do
    public boolean runOnce() throws IOException {
        long now = clock.millis();
        for (Pause pause : file.read()) {
            if (pause.isOver(now)) {
                file.change(now, current -> current);
                return false;
            }
        }
        return false;
    }

    /// A look at the disk as it is from now on, for events that have all arrived.
    CaptureSwitch.Look look() {
        return capture.look();
    }

    boolean isOff(IncomingEvent event, CaptureSwitch.Look disk) {
        long at = event.occurredAt().toEpochMilli();
        byte[] payload = event.payload();
        List<Pause> held = disk.pauses().stream().filter(pause -> pause.heldAt(at)).toList();
        if (held.isEmpty() && knowsNone()) {
            boolean off = disk.isOff(payload, null, at);
            if (off) {
                remember(Ids.of(payload));
            }
            return off;
        }
        Ids ids = Ids.of(payload);
        boolean off = disk.isOff(payload, began(ids.session()), at) || isOfPausedProject(ids, held);
        if (off) {
            remember(ids);
        }
        return off;
    }

    /// By the project that the session has, or would get.
    private boolean isOfPausedProject(Ids ids, List<Pause> held) {
        List<Long> paused =
                held.stream()
                        .filter(pause -> pause.kind() == Pause.Kind.PROJECT)
                        .map(Pause::projectId)
                        .toList();
        if (paused.isEmpty()) {
            return false;
        }
        String session = ids.session();
        Optional<Project> known =
                session == null
                        ? Optional.empty()
                        : database.inTransaction(
                                tx -> sessions.byExternalId(tx, session).map(Session::project));
        return known.or(() -> projectAt(ids.folder()))
                .filter(project -> paused.contains(project.id()))
                .isPresent();
    }

    /// The project of a folder, if there is one already.
    Optional<Project> projectAt(@Nullable String folder) {
        Path path = folder == null ? null : ProjectResolver.absolutePath(folder);
        if (path == null) {
            return Optional.empty();
        }
        ProjectResolver.Wanted wanted = projects.wantedAt(path);
        return database.inTransaction(tx -> projects.find(tx, wanted));
    }

    private boolean knowsNone() {
        synchronized (paused) {
            return paused.isEmpty();
        }
    }

    private @Nullable String began(@Nullable String session) {
        if (session == null) {
            return null;
        }
        synchronized (paused) {
            return paused.get(session);
        }
    }

    private void remember(Ids ids) {
        if (ids.session() == null || ids.folder() == null) {
            return;
        }
        synchronized (paused) {
            paused.putIfAbsent(ids.session(), ids.folder());
            if (paused.size() > SESSIONS_MAX) {
                paused.remove(paused.keySet().iterator().next());
            }
        }
    }

    /// Who and where; nulls where the payload does not say.
    record Ids(@Nullable String session, @Nullable String folder) {

        static Ids of(byte[] payload) {
            try {
                JsonNode event = Json.tree(new String(payload, StandardCharsets.UTF_8));
                return new Ids(textOrNull(event, "session_id"), textOrNull(event, "cwd"));
            } catch (JacksonException malformed) {
                return new Ids(null, null);
            }
        }

        private static @Nullable String textOrNull(JsonNode event, String field) {
            JsonNode value = event.path(field);
            return value.isString() ? value.stringValue() : null;
        }
    }
}
