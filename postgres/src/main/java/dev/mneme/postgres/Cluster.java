package dev.mneme.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// The data folder: made once, configured anew at every start so that an upgrade takes effect.
final class Cluster {

    static final String SUPERUSER = "mneme";

    private static final Duration INITDB_DEADLINE = Duration.ofMinutes(2);
    private static final Duration SINGLE_USER_DEADLINE = Duration.ofMinutes(2);
    private static final int PASSWORD_BYTES = 32;
    private static final String UNFINISHED_PREFIX = ".initdb-";
    private static final Pattern BAD_LOCALE = Pattern.compile("(?i)invalid locale|locale .* not");

    /// Full text search asks the C library what is a letter. Under the plain `C` locale every
    /// non-ASCII character counts as one, so that `「記憶」` with its brackets becomes a single word;
    /// a UTF-8 locale classifies and lower-cases properly. C.UTF-8 is the same on every
    /// Linux, older macOS knows only named ones. Sorting and `lower()` come from `C.UTF-8` as built
    /// into PostgreSQL since 17, so that an update of the C library can never break an index.
    private static final List<String> CHARACTER_LOCALES =
            List.of("C.UTF-8", "en_US.UTF-8", "en-US", "C");

    private final PostgresInstallation installation;
    private final ServerIdentity identity;
    private final Path root;

    Cluster(PostgresInstallation installation, ServerIdentity identity, Path root) {
        this.installation = installation;
        this.identity = identity;
        this.root = root;
    }

    Path data() {
        return root.resolve("data");
    }

    /// Mode 0600. The superuser's password, made at random; never written anywhere else.
    private Path passwordFile() {
        return root.resolve("password");
    }

    /// Makes the cluster when there is none; the folder gets its name only when it is complete.
    String ensureInitialised(Progress progress) throws PostgresException, InterruptedException {
        try {
            if (Files.exists(data().resolve("PG_VERSION"))) {
                refuseOtherMajorVersion();
                identity.own(data());
                return readOrResetPassword();
            }
            progress.step("creating the database cluster");
            removeUnfinished();
            String password = newPassword();
            PrivateFiles.writeAtomically(passwordFile(), password + "\n");
            Path unfinished = PrivateFiles.createTempDirectory(root, UNFINISHED_PREFIX);
            Path folder = unfinished.resolve("data");
            PrivateFiles.createDirectories(folder);
            identity.own(unfinished);
            initialise(folder);
            Files.move(folder, data(), StandardCopyOption.ATOMIC_MOVE);
            PrivateFiles.deleteTree(unfinished);
            return password;
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot prepare the database cluster in `"
                            + data()
                            + "` ("
                            + failed.getMessage()
                            + ")",
                    "check that the folder can be written and that 100 MB are free",
                    failed);
        }
    }

    void configure(int port, EmbeddedPostgres.Durability durability) throws IOException {
        PrivateFiles.writeAtomically(
                data().resolve("postgresql.conf"), ServerSettings.text(port, durability));
        PrivateFiles.writeAtomically(data().resolve("pg_hba.conf"), ServerSettings.ACCESS);
        // `ALTER SYSTEM` could undo what we promise about logs and addresses.
        Files.deleteIfExists(data().resolve("postgresql.auto.conf"));
        PrivateFiles.writeAtomically(data().resolve("postgresql.auto.conf"), "");
        identity.own(data().resolve("postgresql.conf"));
        identity.own(data().resolve("pg_hba.conf"));
        identity.own(data().resolve("postgresql.auto.conf"));
    }

    private void initialise(Path folder) throws PostgresException, InterruptedException {
        String reason = "";
        for (String locale : CHARACTER_LOCALES) {
            Path log = root.resolve("log").resolve("initdb.log");
            var command = new ArrayList<>(identity.prefix());
            command.addAll(
                    List.of(
                            installation.program("initdb").toString(),
                            "--pgdata=" + folder,
                            "--username=" + SUPERUSER,
                            "--pwfile=" + passwordFile(),
                            "--auth=scram-sha-256",
                            "--encoding=UTF8",
                            "--locale-provider=builtin",
                            "--builtin-locale=C.UTF-8",
                            "--locale=C",
                            "--lc-ctype=" + locale,
                            "--text-search-config=simple",
                            "--data-checksums",
                            "--no-instructions"));
            var outcome = new ExternalCommand(command, log, INITDB_DEADLINE).in(folder).run();
            switch (outcome) {
                case ExternalCommand.Outcome.Exited exited when exited.succeeded() -> {
                    return;
                }
                case ExternalCommand.Outcome.Exited exited -> {
                    reason = ExternalCommand.reason(exited.output());
                    if (!BAD_LOCALE.matcher(exited.output()).find()) {
                        throw initdbFailed(reason);
                    }
                }
                case ExternalCommand.Outcome.TimedOut timedOut ->
                        throw initdbFailed("not done after " + timedOut.after().toSeconds() + " s");
                case ExternalCommand.Outcome.NotStarted notStarted ->
                        throw initdbFailed(notStarted.why());
            }
        }
        throw initdbFailed(reason);
    }

    private PostgresException initdbFailed(String reason) {
        return new PostgresException(
                "cannot create the database cluster in `" + data() + "` (" + reason + ")",
                "the whole output is in `" + root.resolve("log").resolve("initdb.log") + "`");
    }

    private void refuseOtherMajorVersion() throws IOException, PostgresException {
        String found = Files.readString(data().resolve("PG_VERSION")).strip();
        if (!found.equals(installation.majorVersion())) {
            throw new PostgresException(
                    "the data in `"
                            + data()
                            + "` was written by PostgreSQL "
                            + found
                            + ", the bundled server is "
                            + installation.version(),
                    "an older one is brought over by `mneme start`; for a newer one install the version"
                            + " of Mneme that wrote it");
        }
    }

    private String readOrResetPassword()
            throws IOException, PostgresException, InterruptedException {
        if (Files.isRegularFile(passwordFile())) {
            String password = Files.readString(passwordFile()).strip();
            if (!password.isEmpty()) {
                return password;
            }
        }
        // Trigger: the file was lost while the data was kept. The owner of the data folder may set
        // a new password without knowing the old one, through the server's single-user mode.
        if (Postmaster.of(data()) instanceof Postmaster.Ours(long pid, int _, boolean _)) {
            throw new PostgresException(
                    "the password file `"
                            + passwordFile()
                            + "` is gone while the server runs (process "
                            + pid
                            + ")",
                    "stop that process, then start Mneme again: it sets a new password");
        }
        String password = newPassword();
        Path statement = Files.createTempFile(root, ".password-", ".sql");
        try {
            PrivateFiles.writeAtomically(
                    statement, "ALTER USER " + SUPERUSER + " PASSWORD '" + password + "'\n");
            var command = new ArrayList<>(identity.prefix());
            command.addAll(
                    List.of(
                            installation.program("postgres").toString(),
                            "--single",
                            "-D",
                            data().toString(),
                            "-c",
                            "log_min_error_statement=panic",
                            "postgres"));
            new ExternalCommand(
                            command,
                            root.resolve("log").resolve("password.log"),
                            SINGLE_USER_DEADLINE)
                    .reading(statement)
                    .runOrFail();
        } catch (CommandFailed failed) {
            throw new PostgresException(
                    "cannot set a new password for the database (" + failed.getMessage() + ")",
                    "see `" + root.resolve("log").resolve("password.log") + "`",
                    failed);
        } finally {
            Files.deleteIfExists(statement);
        }
        PrivateFiles.writeAtomically(passwordFile(), password + "\n");
        return password;
    }

    private void removeUnfinished() throws IOException {
        try (var entries = Files.newDirectoryStream(root, UNFINISHED_PREFIX + "*")) {
            for (Path entry : entries) {
                PrivateFiles.deleteTree(entry);
            }
        }
    }

    private static String newPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
