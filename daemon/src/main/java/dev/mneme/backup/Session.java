package dev.mneme.backup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/// What backups ask of a connection.
final class Session {

    /// Whatever the server and its user prefer, a value has one spelling in a backup.
    private static final List<String> ONE_SPELLING =
            List.of(
                    "SET datestyle = 'ISO, YMD'",
                    "SET timezone = 'UTC'",
                    "SET intervalstyle = 'postgres'",
                    "SET bytea_output = 'hex'",
                    "SET extra_float_digits = 1");

    private Session() {}

    static void spellOneWay(Connection connection) throws SQLException {
        for (String statement : ONE_SPELLING) {
            execute(connection, statement);
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// The first column of the rows.
    static List<String> strings(Connection connection, String sql, String... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int index = 0; index < values.length; index++) {
                statement.setString(index + 1, values[index]);
            }
            var found = new java.util.ArrayList<String>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(row.getString(1));
                }
            }
            return List.copyOf(found);
        }
    }
}
