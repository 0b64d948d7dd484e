package dev.mneme.backup;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/// Which scripts have been applied to the current schema of a connection.
///
/// @param core the newest of the core
/// @param vector the newest of the part that needs pgvector; null where it was never applied
public record SchemaState(String core, @Nullable String vector) {

    /// Empty where there is no table of ours.
    public static Optional<SchemaState> of(Connection connection) throws SQLException {
        Optional<String> core = newest(connection, "mem_schema_history");
        if (core.isEmpty()) {
            return Optional.empty();
        }
        String vector = newest(connection, "mem_vector_schema_history").orElse(null);
        return Optional.of(new SchemaState(core.get(), vector));
    }

    private static Optional<String> newest(Connection connection, String history)
            throws SQLException {
        boolean there =
                !Session.strings(
                                connection,
                                """
                                SELECT relname
                                FROM pg_class
                                WHERE relnamespace = current_schema()::regnamespace AND relname = ?
                                """,
                                history)
                        .isEmpty();
        if (!there) {
            return Optional.empty();
        }
        return Session.strings(
                        connection,
                        """
                        SELECT version
                        FROM %s
                        WHERE success AND version <> '0'
                        ORDER BY installed_rank DESC
                        LIMIT 1
                        """
                                .formatted(history))
                .stream()
                .findFirst();
    }

    /// Whether a program that knows `newest` cannot read this.
    public boolean isNewerThan(SchemaState newest) {
        return number(core) > number(newest.core) || number(vector) > number(newest.vector);
    }

    private static int number(@Nullable String version) {
        return version == null ? 0 : Integer.parseInt(version);
    }
}
