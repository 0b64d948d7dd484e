package dev.mneme.store;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementExceptions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

import javax.sql.DataSource;

/// The way to a transaction. Short ones only: nothing that waits for a model or the network may run
/// inside.
public final class Database {

    private static final int COLLISION_ATTEMPTS_MAX = 4;

    /// A larger table would be locked for longer than a person waits.
    private static final long REWRITE_BYTES_MAX = 1024L * 1024 * 1024;

    private static final String REWRITE_LOCK_TIMEOUT = "10s";

    private final Jdbi jdbi;

    public Database(DataSource dataSource) {
        jdbi = Jdbi.create(dataSource);
        // By default the message of a failed statement holds the bound arguments, that is, content.
        jdbi.getConfig(StatementExceptions.class)
                .setMessageRendering(StatementExceptions.MessageRendering.NONE);
    }

    /// Runs `work` in one transaction; a connection or statement failure is a `StoreException`.
    ///
    /// Where two transactions stood in each other's way, the loser runs again: `work` must do
    /// nothing but talk to the database.
    public <T> T inTransaction(Function<Tx, T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return jdbi.inTransaction(handle -> work.apply(new Tx(handle)));
            } catch (JdbiException failed) {
                retryOrThrow(StoreException.of(failed), attempt);
            } catch (StoreException failed) {
                retryOrThrow(failed, attempt);
            }
        }
    }

    /// Runs one statement that reads. There is no transaction around it, and so it is one way to
    /// the server and back. What wants a limit of time of its own, or two statements that see the
    /// same, needs `inTransaction`.
    public <T> T reading(Function<Tx, T> statement) {
        return reading(statement, 0);
    }

    /// The same for whom somebody waits.
    ///
    /// @param most the time that the statement gets, in whole seconds at least
    public <T> T readingWithin(Duration most, Function<Tx, T> statement) {
        return reading(statement, (int) Math.max(1, most.plusMillis(999).toSeconds()));
    }

    /// @param secondsMax 0 for no limit but that of the connection
    private <T> T reading(Function<Tx, T> statement, int secondsMax) {
        for (int attempt = 1; ; attempt++) {
            try {
                return jdbi.withHandle(
                        handle -> {
                            if (secondsMax > 0) {
                                handle.getConfig(SqlStatements.class).setQueryTimeout(secondsMax);
                            }
                            return statement.apply(new Tx(handle));
                        });
            } catch (JdbiException failed) {
                retryOrThrow(StoreException.of(failed), attempt);
            } catch (StoreException failed) {
                retryOrThrow(failed, attempt);
            }
        }
    }

    private static void retryOrThrow(StoreException failure, int attempt) {
        if (!failure.collision() || attempt == COLLISION_ATTEMPTS_MAX) {
            throw failure;
        }
    }

    public void useTransaction(Consumer<Tx> work) {
        inTransaction(
                tx -> {
                    work.accept(tx);
                    return true;
                });
    }

    /// Rewrites tables and their indexes without what was deleted, so that nothing of it is left in
    /// their files. Outside of a transaction, because a transaction cannot; each table is locked
    /// while it is written anew.
    ///
    /// @param tables names of our own tables
    /// @return those that were busy for too long, or too large, and were vacuumed in place instead
    public List<String> rewrite(List<String> tables) {
        var left = new ArrayList<String>();
        try (Handle handle = jdbi.open()) {
            handle.execute("SET lock_timeout = '" + REWRITE_LOCK_TIMEOUT + "'");
            try {
                for (String table : tables) {
                    if (!isRewritten(handle, table)) {
                        left.add(table);
                    }
                }
            } finally {
                handle.execute("RESET lock_timeout");
            }
            handle.execute("CHECKPOINT");
        } catch (JdbiException failed) {
            StoreException failure = StoreException.of(failed);
            if (!failure.notAllowed()) {
                throw failure;
            }
        }
        return List.copyOf(left);
    }

    private static boolean isRewritten(Handle handle, String table) {
        long bytes =
                handle.createQuery("SELECT pg_total_relation_size(to_regclass(:table))")
                        .bind("table", table)
                        .mapTo(Long.class)
                        .findOne()
                        .orElse(0L);
        if (bytes == 0) {
            return true;
        }
        try {
            if (bytes <= REWRITE_BYTES_MAX) {
                handle.execute("VACUUM (FULL, ANALYZE) " + table);
                return true;
            }
        } catch (JdbiException busy) {
            StoreException failure = StoreException.of(busy);
            if (!failure.transientFailure() || failure.unreachable()) {
                throw failure;
            }
        }
        handle.execute("VACUUM (ANALYZE) " + table);
        return false;
    }

    /// A statement kept as a `.sql` resource because people paste it into a console.
    static String resource(String name) {
        try (InputStream in = Database.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource `" + name + "` is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
