package dev.mneme.daemon;

import dev.mneme.config.Settings;
import dev.mneme.config.Settings.ExternalDatabase;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PgvectorProvider;
import dev.mneme.postgres.PgvectorResult;
import dev.mneme.postgres.PostgresException;
import dev.mneme.postgres.PostgresInstallation;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Optional;

/// The database this daemon works on, migrated and ready: one of the user's own where one is named,
/// else the embedded server.
final class DatabaseServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseServer.class);

    /// A server that dies sooner than this after it was started again has a lasting reason, such as
    /// a full disk: the pause before the next start then doubles, up to the longest.
    private static final Duration LIFE_MIN = Duration.ofSeconds(10);

    private static final Duration PAUSE_FIRST = Duration.ofSeconds(1);
    private static final Duration PAUSE_LONGEST = Duration.ofSeconds(30);

    static final String EMBEDDED = "embedded";
    static final String EXTERNAL = "external";

    private final String provider;
    private volatile ConnectionInfo connection;
    private @Nullable EmbeddedPostgres embedded;
    private final Migrator.Migrated migrated;
    private boolean closed;
    private Duration pause = Duration.ZERO;
    private long revivedNanos = System.nanoTime();

    private DatabaseServer(
            String provider,
            ConnectionInfo connection,
            @Nullable EmbeddedPostgres embedded,
            Migrator.Migrated migrated) {
        this.provider = provider;
        this.connection = connection;
        this.embedded = embedded;
        this.migrated = migrated;
    }

    /// Opens the database for serving: what earlier preparation left is used, nothing is fetched.
    static DatabaseServer open(MnemeHome home, Settings settings, Progress progress)
            throws StartFailure, InterruptedException {
        return open(home, settings, false, progress);
    }

    /// Opens the database after trying every way to provide pgvector, which may take minutes.
    static DatabaseServer prepare(MnemeHome home, Settings settings, Progress progress)
            throws StartFailure, InterruptedException {
        return open(home, settings, true, progress);
    }

    private static DatabaseServer open(
            MnemeHome home, Settings settings, boolean providePgvector, Progress progress)
            throws StartFailure, InterruptedException {
        Optional<ExternalDatabase> external = settings.external();
        if (external.isPresent()) {
            return external(home, external.get(), progress);
        }
        return embedded(home, settings, providePgvector, progress);
    }

    private static DatabaseServer external(
            MnemeHome home, ExternalDatabase database, Progress progress) throws StartFailure {
        progress.step("database: using " + database.address());
        ConnectionInfo connection = connection(database);
        return new DatabaseServer(
                EXTERNAL,
                connection,
                null,
                Migrator.migrate(
                        connection,
                        "install pgvector on that server (`CREATE EXTENSION vector` must work)",
                        new SafetyCopies(home, connection, progress),
                        progress));
    }

    static ConnectionInfo connection(ExternalDatabase database) {
        return new ConnectionInfo(
                database.host(),
                database.port(),
                database.database(),
                database.user(),
                database.password().value(),
                database.parameters());
    }

    /// A database as it is, whatever its schema.
    ///
    /// @param stop what is to be done when it is not needed any more
    record Reached(ConnectionInfo connection, Runnable stop) implements AutoCloseable {

        @Override
        public void close() {
            stop.run();
        }
    }

    /// Reaches the database without changing its schema.
    ///
    /// @param leaveRunning whether an embedded server belongs to a daemon that goes on
    static Reached reach(MnemeHome home, Settings settings, boolean leaveRunning, Progress progress)
            throws StartFailure, InterruptedException {
        Optional<ExternalDatabase> external = settings.external();
        if (external.isPresent()) {
            return new Reached(connection(external.get()), () -> {});
        }
        try {
            PostgresInstallation installation =
                    PostgresInstallation.unpack(home.postgres(), progress);
            if (leaveRunning) {
                requireCluster(home);
            } else {
                new ServerUpgrade(home, installation, progress).settle();
            }
            var wanted =
                    EmbeddedPostgres.Settings.of(home.postgres(), home.log(), installation)
                            .withProgress(progress);
            EmbeddedPostgres server =
                    EmbeddedPostgres.start(leaveRunning ? wanted.leavingItRunning() : wanted);
            return new Reached(server.connection(), () -> stop(server));
        } catch (PostgresException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    String.valueOf(failed.getMessage()),
                    failed.hint());
        }
    }

    /// Who only looks in beside a daemon makes no cluster in the place of one that is on its way.
    private static void requireCluster(MnemeHome home) throws StartFailure, PostgresException {
        if (EmbeddedPostgres.storedMajorVersion(home.postgres()).isEmpty()) {
            throw new StartFailure(
                    ErrorCode.CONFLICT,
                    "the daemon is still making its database ready",
                    "try again in a moment; `mneme status` says how it gets on");
        }
    }

    private static void stop(EmbeddedPostgres server) {
        try {
            server.close();
        } catch (PostgresException failed) {
            LOG.warn("embedded server did not stop: error={}", failed.getMessage());
        }
    }

    private static DatabaseServer embedded(
            MnemeHome home, Settings settings, boolean providePgvector, Progress progress)
            throws StartFailure, InterruptedException {
        try {
            PostgresInstallation installation =
                    PostgresInstallation.unpack(home.postgres(), progress);
            String hint = "`mneme install` tries every way to provide it and says what happened";
            if (providePgvector) {
                hint = provide(home, settings, installation, progress);
            }
            var upgrade = new ServerUpgrade(home, installation, progress);
            upgrade.run();
            EmbeddedPostgres server =
                    EmbeddedPostgres.start(
                            EmbeddedPostgres.Settings.of(home.postgres(), home.log(), installation)
                                    .withProgress(progress));
            try {
                Migrator.Migrated migrated =
                        Migrator.migrate(
                                server.connection(),
                                hint,
                                new SafetyCopies(home, server.connection(), progress),
                                progress);
                if (server.origin() == EmbeddedPostgres.Origin.STARTED) {
                    upgrade.dropOld();
                }
                return new DatabaseServer(EMBEDDED, server.connection(), server, migrated);
            } catch (StartFailure failure) {
                server.close();
                throw failure;
            }
        } catch (PostgresException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    String.valueOf(failed.getMessage()),
                    failed.hint());
        }
    }

    /// Copies a pgvector that fits our PostgreSQL into `folder`, coming by it as for ourselves.
    static void exportPgvector(MnemeHome home, Settings settings, Path folder, Progress progress)
            throws StartFailure, InterruptedException {
        try {
            PostgresInstallation installation =
                    PostgresInstallation.unpack(home.postgres(), progress);
            provide(home, settings, installation, progress);
            provider(home, settings, installation, progress).exportTo(folder);
        } catch (PostgresException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    String.valueOf(failed.getMessage()),
                    failed.hint());
        }
    }

    private static PgvectorProvider provider(
            MnemeHome home,
            Settings settings,
            PostgresInstallation installation,
            Progress progress) {
        var environment = new HashMap<>(System.getenv());
        settings.pgvectorFolder()
                .or(() -> packaged(home))
                .ifPresent(
                        folder -> environment.put(PgvectorProvider.FOLDER_KEY, folder.toString()));
        return new PgvectorProvider(installation, home.postgres(), environment, progress);
    }

    /// What a package brought along.
    private static Optional<Path> packaged(MnemeHome home) {
        return Optional.of(home.app().resolve("pgvector")).filter(Files::isDirectory);
    }

    /// Returns what to do where no way worked.
    private static String provide(
            MnemeHome home, Settings settings, PostgresInstallation installation, Progress progress)
            throws PostgresException, InterruptedException {
        return switch (provider(home, settings, installation, progress).provide()) {
            case PgvectorResult.Provided _ -> "see `mneme doctor`";
            case PgvectorResult.Unavailable unavailable -> {
                for (PgvectorResult.Attempt attempt : unavailable.attempts()) {
                    progress.step(
                            "pgvector: " + attempt.way() + " did not work: " + attempt.outcome());
                }
                yield unavailable.hint();
            }
        };
    }

    String provider() {
        return provider;
    }

    /// Where the server is now; see [#revive].
    ConnectionInfo connection() {
        return connection;
    }

    Migrator.Migrated migrated() {
        return migrated;
    }

    String describe() {
        String vectors =
                switch (migrated.pgvector()) {
                    case Migrator.Pgvector.Present(var version) -> "pgvector " + version;
                    case Migrator.Pgvector.Absent _ -> "no pgvector, vector search is off";
                };
        return provider + " PostgreSQL " + migrated.serverVersion() + ", " + vectors;
    }

    /// Starts the embedded server again where it has died under us; events went to the spool
    /// meanwhile. It comes back on the port of before, unless somebody took that: new connections
    /// go to where it is then.
    synchronized boolean revive() throws PostgresException, InterruptedException {
        if (closed || embedded == null || embedded.running()) {
            return false;
        }
        if (System.nanoTime() - revivedNanos < pause.toNanos()) {
            return false;
        }
        pause = longerUnlessItLived();
        revivedNanos = System.nanoTime();
        LOG.warn("the database ended, starting it again: pid={}", embedded.pid());
        embedded.close();
        EmbeddedPostgres again = EmbeddedPostgres.start(embedded.settings());
        embedded = again;
        connection = again.connection();
        LOG.info("the database is back: pid={} port={}", again.pid(), connection.port());
        return false;
    }

    private Duration longerUnlessItLived() {
        if (System.nanoTime() - revivedNanos > pause.plus(LIFE_MIN).toNanos()) {
            return PAUSE_FIRST;
        }
        Duration doubled = pause.isZero() ? PAUSE_FIRST : pause.multipliedBy(2);
        return doubled.compareTo(PAUSE_LONGEST) > 0 ? PAUSE_LONGEST : doubled;
    }

    /// Stops the embedded server; a database of the user's own is left alone.
    @Override
    public synchronized void close() {
        closed = true;
        if (embedded != null) {
            stop(embedded);
        }
    }
}
