package dev.mneme.store;

import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementExceptions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Function;

import javax.sql.DataSource;

/// The way to a transaction. Short ones only: nothing that waits for a model or the network may run
/// inside.
public final class Database {

    private static final int COLLISION_ATTEMPTS_MAX = 4;

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
                StoreException failure = StoreException.of(failed);
                if (!failure.collision() || attempt == COLLISION_ATTEMPTS_MAX) {
                    throw failure;
                }
            }
        }
    }

    public void useTransaction(Consumer<Tx> work) {
        inTransaction(
                tx -> {
                    work.accept(tx);
                    return true;
                });
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
