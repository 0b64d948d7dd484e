package dev.mneme.protocol.client;

import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;
import dev.mneme.protocol.SessionEnvironment;
import dev.mneme.protocol.Wire;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Starts the daemon when it is down: detached, holding none of its parent's streams.
///
/// Any number of programs may try at once. The daemon's own lock decides who stays; the others
/// leave at once, and every caller waits for the same health answer.
public final class DaemonStarter {

    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
    private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(2);

    /// What a daemon prints before its log is open; emptied at a start beyond this.
    private static final long OUT_BYTES_MAX = 1024 * 1024;

    /// How much of what a failed daemon said is looked through for its error.
    private static final int WORDS_BYTES_MAX = 64 * 1024;

    private final MnemeHome home;
    private final DaemonClient client;
    private final boolean fromSession;

    private DaemonStarter(MnemeHome home, DaemonClient client, boolean fromSession) {
        this.home = home;
        this.client = client;
        this.fromSession = fromSession;
    }

    /// For programs that an agent's session starts: its environment belongs to its project.
    public static DaemonStarter forSession(MnemeHome home, DaemonClient client) {
        return new DaemonStarter(home, client, true);
    }

    /// For commands that a person types: the environment is meant for us.
    public static DaemonStarter forPerson(MnemeHome home, DaemonClient client) {
        return new DaemonStarter(home, client, false);
    }

    /// The health of the daemon that was running or has been started within `timeout`.
    public Wire.Health ensureRunning(Duration timeout)
            throws DaemonUnavailable, InterruptedException {
        Optional<Wire.Health> running = client.health(HEALTH_TIMEOUT);
        if (running.isPresent()) {
            return running.get();
        }
        if (fromSession) {
            checkPause();
        }
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        long saidBefore = output().length();
        Process process = spawn();
        while (System.nanoTime() < deadlineNanos) {
            Optional<Wire.Health> health = client.health(HEALTH_TIMEOUT);
            if (health.isPresent()) {
                return health.get();
            }
            if (!process.isAlive() && process.exitValue() != 0) {
                throw ended(process.exitValue(), saidBefore);
            }
            Thread.sleep(POLL_INTERVAL);
        }
        throw new DaemonUnavailable(
                "the daemon did not answer within " + timeout.toSeconds() + " s",
                "see `" + home.log().resolve("daemon.out") + "` and `mneme doctor`");
    }

    private void checkPause() throws DaemonUnavailable {
        var history = new StartHistory(home);
        Duration left = history.pauseLeft(Instant.now());
        if (left.isPositive()) {
            throw new DaemonUnavailable(
                    "the daemon is not started: "
                            + history.unsettled()
                            + " times in a row it ended right after its start; the next session"
                            + " tries again in "
                            + (left.toSeconds() + 1)
                            + " s",
                    "`mneme start` tries at once and says why it fails; `mneme logs` says more");
        }
    }

    private File output() {
        return home.log().resolve("daemon.out").toFile();
    }

    /// With the daemon's own words where it said any: they name what is wrong and the cure.
    private DaemonUnavailable ended(int exitCode, long saidBefore) {
        String said = "";
        try (var file = new RandomAccessFile(output(), "r")) {
            file.seek(Math.min(saidBefore, file.length()));
            byte[] words = new byte[(int) Math.min(WORDS_BYTES_MAX, file.length() - saidBefore)];
            file.readFully(words);
            said = new String(words, StandardCharsets.UTF_8);
        } catch (IOException | RuntimeException unreadable) {
            said = "";
        }
        String where = "the reason is at the end of `" + output() + "`";
        return new DaemonUnavailable(
                line(said, "error: ")
                        .map(error -> "cannot start the daemon: " + error)
                        .orElse(
                                "the daemon ended with exit code "
                                        + exitCode
                                        + " before it answered"),
                line(said, "hint: ").orElse(where));
    }

    private static Optional<String> line(String text, String start) {
        return text.lines()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .findFirst();
    }

    private Process spawn() throws DaemonUnavailable {
        try {
            List<String> command = new ArrayList<>();
            Path setsid = Path.of("/usr/bin/setsid");
            if (Files.isExecutable(setsid)) {
                command.add(setsid.toString());
            }
            for (String argument : Files.readAllLines(home.daemonCommand())) {
                if (!argument.isEmpty()) {
                    command.add(argument);
                }
            }
            PrivateFiles.createFolder(home.log());
            Path out = output().toPath();
            if (!Files.exists(out) || Files.size(out) > OUT_BYTES_MAX) {
                PrivateFiles.writeAtomically(out, "");
            }
            File nothing =
                    new File(
                            System.getProperty("os.name").startsWith("Windows")
                                    ? "NUL"
                                    : "/dev/null");
            var builder =
                    new ProcessBuilder(command)
                            .directory(home.root().toFile())
                            .redirectInput(nothing)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(output()));
            if (fromSession) {
                SessionEnvironment.strip(builder.environment());
            }
            builder.environment().put("MNEME_HOME", home.root().toString());
            return builder.start();
        } catch (IOException failed) {
            throw new DaemonUnavailable(
                    "cannot start the daemon with the command in `"
                            + home.daemonCommand()
                            + "` ("
                            + failed.getMessage()
                            + ")",
                    "install again with `mneme install`",
                    failed);
        }
    }
}
