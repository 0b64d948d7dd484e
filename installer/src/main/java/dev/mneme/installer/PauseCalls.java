package dev.mneme.installer;

import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;
import dev.mneme.redaction.pause.CaptureSwitch;
import dev.mneme.redaction.pause.Pause;
import dev.mneme.redaction.pause.PauseFile;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Pauses by way of the daemon, which knows every folder of a project; without one by the file that
/// all programs share.
final class PauseCalls {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Pattern TIME = Pattern.compile("([0-9]{1,5})([mhd])");

    /// What is to be paused or resumed; all nulls and false mean the project of this folder.
    record Target(boolean all, @Nullable String project, @Nullable String session) {}

    private final MnemeHome home;
    private final DaemonClient client;
    private final PauseFile file;
    private final Clock clock;

    PauseCalls(MnemeHome home, DaemonClient client, Clock clock) {
        this.home = home;
        this.client = client;
        this.file = new PauseFile(home.root().toFile());
        this.clock = clock;
    }

    /// What is paused now. A `.mneme` file in the current folder counts as well.
    List<Wire.PauseView> list() {
        var views = new ArrayList<Wire.PauseView>();
        for (Pause pause : file.current(clock.millis())) {
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
        File off = CaptureSwitch.offFileOrNull(Path.of("").toAbsolutePath().toString());
        if (off != null) {
            views.add(new Wire.PauseView("file", off.getPath(), List.of(), null, null));
        }
        return views;
    }

    /// As `all until …`, for people.
    static String words(Wire.PauseView pause) {
        String what =
                switch (pause.kind()) {
                    case "all" -> "everything";
                    case "file" -> "`capture = off` in " + pause.name();
                    default -> pause.kind() + " " + pause.name();
                };
        return what + (pause.until() == null ? "" : " until " + pause.until());
    }

    void pause(Target target, @Nullable String time) throws Failure {
        if (time != null && !TIME.matcher(time).matches()) {
            throw new Failure("`" + time + "` is not a span of time", "give it as 30m, 12h or 7d");
        }
        Target named = named(target);
        if (!asked("/api/pause", named, time)) {
            long now = clock.millis();
            long until = time == null ? 0 : now + millis(time);
            Pause pause = wanted(named, now, until);
            change(() -> file.add(pause, now));
        }
    }

    void resume(Target target) throws Failure {
        Target named = named(target);
        if (!asked("/api/resume", named, null)) {
            long now = clock.millis();
            Pause pause = wanted(named, now, 0);
            change(
                    () ->
                            pause.kind() == Pause.Kind.ALL
                                    ? file.change(now, current -> List.of())
                                    : file.remove(pause, now));
        }
    }

    /// What starts with a dot is a path; with nothing said it is the current folder.
    private static Target named(Target target) {
        if (target.all() || target.session() != null) {
            return target;
        }
        String project = target.project() == null ? "." : target.project();
        return new Target(false, RestCalls.absolute(project), null);
    }

    private boolean asked(String path, Target target, @Nullable String time) throws Failure {
        Optional<DaemonInfo> running = client.health(TIMEOUT).flatMap(health -> client.info());
        if (running.isEmpty()) {
            return false;
        }
        try {
            DaemonClient.Answer answer =
                    client.post(
                            path,
                            new Wire.PauseRequest(
                                    target.all() ? true : null,
                                    target.project(),
                                    target.session(),
                                    time),
                            TIMEOUT);
            if (answer.ok()) {
                return true;
            }
            if (answer.status() >= 500) {
                // Its database may be down; a pause must not depend on that.
                return false;
            }
            Problem problem = Json.read(answer.body(), Problem.class);
            String hint = problem.hint();
            throw new Failure(
                    problem.detail() + " [" + problem.code() + "]",
                    hint == null ? "see `mneme doctor`" : hint);
        } catch (DaemonUnavailable | JacksonException gone) {
            return false;
        }
    }

    private Pause wanted(Target target, long since, long until) throws Failure {
        if (target.all()) {
            return Pause.all(since, until);
        }
        if (target.session() != null) {
            return Pause.session(target.session(), since, until);
        }
        String project = String.valueOf(target.project());
        if (!Path.of(project).isAbsolute()) {
            throw new Failure(
                    "cannot tell which folders `" + project + "` has: no daemon is running",
                    "give the project's folder, or start the daemon with `mneme start`");
        }
        String folder = CaptureSwitch.projectRoot(project);
        return new Pause(
                Pause.Kind.PROJECT,
                folder.substring(folder.lastIndexOf('/') + 1),
                0,
                List.of(folder),
                since,
                until);
    }

    private interface Change {
        List<Pause> make() throws IOException;
    }

    private void change(Change change) throws Failure {
        try {
            if (!home.root().toFile().isDirectory()) {
                throw new Failure(
                        "there is nothing to pause: `" + home.root() + "` does not exist",
                        "install Mneme with `mneme install`");
            }
            change.make();
        } catch (IOException failed) {
            throw new Failure(
                    "cannot write `" + home.root().resolve(PauseFile.NAME) + "`",
                    "check that you own `MNEME_HOME` and that its disk is not full",
                    failed);
        }
    }

    private static long millis(String time) {
        Matcher parts = TIME.matcher(time);
        if (!parts.matches()) {
            throw new IllegalArgumentException("checked before");
        }
        long count = Long.parseLong(parts.group(1));
        return switch (parts.group(2)) {
            case "m" -> Duration.ofMinutes(count).toMillis();
            case "h" -> Duration.ofHours(count).toMillis();
            default -> Duration.ofDays(count).toMillis();
        };
    }
}
