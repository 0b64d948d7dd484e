package dev.mneme.daemon;

import dev.mneme.config.Settings;
import dev.mneme.config.SettingsException;
import dev.mneme.config.SettingsLoader;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.client.StartHistory;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The daemon's entry: `run` (the default) serves until it is told to stop; `prepare-database`
/// makes the database ready, `backup FILE` and `restore FILE` carry what is stored out and in,
/// `export-pgvector FOLDER` leaves there what a package needs, and end.
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
            OptionalInt other = otherRun(home, settings, words);
            if (other.isPresent()) {
                return other.getAsInt();
            }
            System.err.println("error: unknown words `" + String.join(" ", words) + "`");
            System.err.println(
                    "hint: use `run`, `prepare-database`, `backup FILE`, `restore FILE`, `migrate`,"
                            + " `db SQL` or `export-pgvector FOLDER`");
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
                lifecycle.rehearseBeside();
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

    /// Everything but serving and preparing. Empty where the words are none of these.
    private static OptionalInt otherRun(MnemeHome home, Settings settings, List<String> words)
            throws StartFailure, InterruptedException {
        String last = words.getLast();
        var backups = new BackupCommands(home, settings, Main::say);
        var database = new DatabaseCommands(home, settings, Main::say);
        LogFiles.open(home);
        switch (String.join(" ", words.subList(0, words.size() - 1))) {
            case "backup" -> backups.backup(Path.of(last), true);
            case "backup --no-check" -> backups.backup(Path.of(last), false);
            case "restore" -> backups.restore(Path.of(last));
            case "export-pgvector" ->
                    DatabaseServer.exportPgvector(home, settings, Path.of(last), Main::say);
            case "db" -> {
                return OptionalInt.of(database.sql(false, last));
            }
            case "db --write" -> {
                return OptionalInt.of(database.sql(true, last));
            }
            case "" -> {
                if (!last.equals("migrate")) {
                    return OptionalInt.empty();
                }
                database.migrate();
            }
            case "migrate" -> {
                if (!last.equals("--dry-run")) {
                    return OptionalInt.empty();
                }
                database.planMigration();
            }
            default -> {
                return OptionalInt.empty();
            }
        }
        return OptionalInt.of(0);
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
