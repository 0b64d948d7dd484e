package dev.mneme.daemon;

import dev.mneme.config.Settings;
import dev.mneme.config.SettingsException;
import dev.mneme.config.SettingsLoader;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.client.StartHistory;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The daemon's entry: `run` (the default) serves until it is told to stop, `prepare-database`
/// makes the database ready and ends, `export-pgvector FOLDER` leaves there what a package needs.
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        LogFiles.keepLoggingWhileStopping();
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) {
        List<String> words = List.of(arguments);
        MnemeHome home = MnemeHome.fromEnvironment(System.getenv());
        try {
            PrivateHome.prepare(home);
            Settings settings = SettingsLoader.load(home.settings(), System.getenv());
            if (words.isEmpty() || words.equals(List.of("run"))) {
                return serve(home, settings);
            }
            if (words.equals(List.of("prepare-database"))) {
                return prepareDatabase(home, settings);
            }
            if (words.size() == 2 && words.getFirst().equals("export-pgvector")) {
                DatabaseServer.exportPgvector(home, settings, Path.of(words.getLast()), Main::say);
                return 0;
            }
            System.err.println("error: unknown words `" + String.join(" ", words) + "`");
            System.err.println("hint: use `run`, `prepare-database` or `export-pgvector FOLDER`");
            return 2;
        } catch (SettingsException wrong) {
            wrong.problems().forEach(problem -> System.err.println("error: " + problem));
            System.err.println("hint: mend `" + home.settings() + "` or the environment");
            return 1;
        } catch (StartFailure failure) {
            System.err.println("error: " + failure.getMessage() + " [" + failure.code() + "]");
            System.err.println("hint: " + failure.hint());
            return 1;
        } catch (InterruptedException stop) {
            return 1;
        }
    }

    private static int serve(MnemeHome home, Settings settings)
            throws StartFailure, InterruptedException {
        try (DaemonLock lock = DaemonLock.await(home)) {
            if (!lock.held()) {
                // Another daemon lives here: that is what the caller wanted.
                return 0;
            }
            LogFiles.open(home);
            var starts = new StartHistory(home);
            starts.begun();
            var stop = new CountDownLatch(1);
            var stopped = new CountDownLatch(1);
            Runtime.getRuntime()
                    .addShutdownHook(
                            Thread.ofPlatform()
                                    .name("mneme-stop")
                                    .unstarted(
                                            () -> {
                                                stop.countDown();
                                                Lifecycle.awaitStopped(stopped);
                                            }));
            try (Lifecycle lifecycle = Lifecycle.start(home, settings)) {
                lifecycle.announce();
                if (!stop.await(StartHistory.SETTLED_AFTER.toMillis(), TimeUnit.MILLISECONDS)) {
                    starts.settled();
                    stop.await();
                }
                starts.settled();
            } finally {
                stopped.countDown();
            }
            return 0;
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private static int prepareDatabase(MnemeHome home, Settings settings)
            throws StartFailure, InterruptedException {
        try (DaemonLock lock = DaemonLock.acquire(home)) {
            if (!lock.held()) {
                System.out.println("the daemon is running, its database is ready");
                return 0;
            }
            LogFiles.open(home);
            DatabaseServer server = DatabaseServer.prepare(home, settings, Main::say);
            say("database ready: " + server.describe());
            try (Lifecycle lifecycle = Lifecycle.start(home, settings, server, true)) {
                lifecycle.rehearse();
            }
            return 0;
        }
    }
}
