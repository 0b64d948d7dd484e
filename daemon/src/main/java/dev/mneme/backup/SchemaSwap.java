package dev.mneme.backup;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Puts all of our tables, views and functions of one schema in the place of those of another, in
/// one transaction: before its commit everybody sees the old ones, after it the new ones.
///
/// Nothing is dropped with CASCADE: where somebody built on our tables, the swap fails and says so
/// by its SQL state, and everything stays.
final class SchemaSwap {

    private static final String RELATIONS =
            """
            SELECT relname
            FROM pg_class
            WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?)
                AND relkind = ?::"char"
                AND starts_with(relname, 'mem_')
            ORDER BY relname
            """;

    private static final String FUNCTIONS =
            """
            SELECT quote_ident(proname) || '(' || pg_get_function_identity_arguments(oid) || ')'
            FROM pg_proc
            WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?)
                AND starts_with(proname, 'mem_')
            ORDER BY 1
            """;

    /// Whoever keeps a project's words in memory is told to read them again.
    private static final String FORGET_WORDS =
            """
            INSERT INTO mem_search_removals (project_id, removed_in)
            SELECT id, pg_current_xact_id()
            FROM mem_projects
            ON CONFLICT (project_id) DO UPDATE SET removed_in = EXCLUDED.removed_in
            """;

    private final Connection connection;
    private final String from;
    private final String to;

    SchemaSwap(Connection connection, String from, String to) {
        this.connection = connection;
        this.from = from;
        this.to = to;
    }

    void run() throws SQLException {
        connection.setAutoCommit(false);
        try {
            dropOld();
            move("VIEW", relations(from, "v"));
            move("TABLE", relations(from, "r"));
            for (String function : Session.strings(connection, FUNCTIONS, from)) {
                Session.execute(
                        connection,
                        "ALTER FUNCTION " + in(from, function) + " SET SCHEMA " + quoted(to));
            }
            // Without CASCADE: what was forgotten to be moved ends the whole.
            Session.execute(connection, "DROP SCHEMA " + quoted(from));
            Session.execute(connection, FORGET_WORDS);
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private void dropOld() throws SQLException {
        drop("VIEW", relations(to, "v"));
        drop("TABLE", relations(to, "r"));
        var functions = new ArrayList<String>();
        for (String function : Session.strings(connection, FUNCTIONS, to)) {
            functions.add(in(to, function));
        }
        if (!functions.isEmpty()) {
            Session.execute(connection, "DROP FUNCTION " + String.join(", ", functions));
        }
    }

    private void drop(String kind, List<String> names) throws SQLException {
        if (!names.isEmpty()) {
            List<String> qualified =
                    names.stream().map(name -> in(to, Catalog.quoted(name))).toList();
            Session.execute(connection, "DROP " + kind + " " + String.join(", ", qualified));
        }
    }

    private void move(String kind, List<String> names) throws SQLException {
        for (String name : names) {
            Session.execute(
                    connection,
                    "ALTER "
                            + kind
                            + " "
                            + in(from, Catalog.quoted(name))
                            + " SET SCHEMA "
                            + quoted(to));
        }
    }

    private List<String> relations(String schema, String kind) throws SQLException {
        return Session.strings(connection, RELATIONS, schema, kind);
    }

    private static String in(String schema, String name) {
        return quoted(schema) + "." + name;
    }

    private static String quoted(String name) {
        return Catalog.quoted(name);
    }
}
