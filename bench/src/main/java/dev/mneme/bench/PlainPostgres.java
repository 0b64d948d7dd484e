package dev.mneme.bench;

import dev.mneme.postgres.ConnectionInfo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// The other line to beat: what PostgreSQL finds by itself with `websearch_to_tsquery` and ranks
/// with `ts_rank_cd`, over the same memories.
final class PlainPostgres implements AutoCloseable {

    private static final int HITS = 100;

    private final Connection connection;

    private PlainPostgres(Connection connection) {
        this.connection = connection;
    }

    static PlainPostgres open(ConnectionInfo database) throws BenchFailure {
        try {
            return new PlainPostgres(
                    DriverManager.getConnection(
                            database.jdbcUrl(), database.user(), database.password()));
        } catch (SQLException refused) {
            throw failed(refused);
        }
    }

    /// Takes over what is stored by now.
    void read() throws BenchFailure {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    CREATE TEMPORARY TABLE plain AS
                    SELECT
                        observations.id,
                        projects.name AS project,
                        to_tsvector(
                            'english',
                            observations.title || ' ' || coalesce(observations.narrative, '')
                        ) AS words
                    FROM mem_observations AS observations
                    JOIN mem_projects AS projects ON projects.id = observations.project_id
                    """);
        } catch (SQLException refused) {
            throw failed(refused);
        }
    }

    /// The ids of what was found, the best first.
    List<Long> ranked(String project, String question) throws BenchFailure {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        SELECT plain.id
                        FROM plain
                        CROSS JOIN websearch_to_tsquery('english', ?) AS query
                        WHERE plain.project = ? AND plain.words @@ query
                        ORDER BY ts_rank_cd(plain.words, query) DESC, plain.id
                        LIMIT ?
                        """)) {
            statement.setString(1, question);
            statement.setString(2, project);
            statement.setInt(3, HITS);
            var ids = new ArrayList<Long>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                }
            }
            return ids;
        } catch (SQLException refused) {
            throw failed(refused);
        }
    }

    private static BenchFailure failed(SQLException refused) {
        return new BenchFailure(
                "cannot ask the database itself (" + refused.getMessage() + ")", "measure again");
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException gone) {
            // The server ends with the daemon.
        }
    }
}
