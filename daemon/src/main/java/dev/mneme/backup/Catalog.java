package dev.mneme.backup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Our tables as the database describes them, so that a backup needs no list that somebody forgets
/// to extend, and a name in a file is never trusted before the database has confirmed it.
///
/// Left out is what belongs to one server alone: generated columns, transaction ids (which mean
/// nothing elsewhere; a trigger writes them anew), the histories of the migrations, and what says
/// which vector a summary has: a row that comes back wants its vector anew, as a trigger sees to.
final class Catalog {

    private static final Set<String> SET_ANEW =
            Set.of(
                    "mem_session_summaries.embedded_revision",
                    "mem_session_summaries.embedding_failures");

    private static final Set<String> HISTORIES =
            Set.of("mem_schema_history", "mem_vector_schema_history");

    private static final String COLUMNS =
            """
            SELECT
                tables.relname AS table_name,
                columns.attname AS column_name,
                format_type(columns.atttypid, NULL) AS type,
                columns.attnotnull AS not_null,
                columns.attidentity <> '' AS is_identity,
                columns.attgenerated <> '' AS is_generated,
                columns.attcollation <> 0 AS is_text,
                array_position(keys.indkey::int2[], columns.attnum) AS key_position
            FROM pg_class AS tables
            JOIN pg_attribute AS columns
                ON columns.attrelid = tables.oid AND columns.attnum > 0
                    AND NOT columns.attisdropped
            LEFT JOIN pg_index AS keys
                ON keys.indrelid = tables.oid AND keys.indisprimary
            WHERE tables.relnamespace = current_schema()::regnamespace
                AND tables.relkind = 'r'
                AND starts_with(tables.relname, 'mem_')
            ORDER BY tables.relname, columns.attnum
            """;

    private static final String REFERENCES =
            """
            SELECT from_tables.relname AS table_name, to_tables.relname AS referenced
            FROM pg_constraint AS constraints
            JOIN pg_class AS from_tables ON from_tables.oid = constraints.conrelid
            JOIN pg_class AS to_tables ON to_tables.oid = constraints.confrelid
            WHERE constraints.contype = 'f'
                AND from_tables.relnamespace = current_schema()::regnamespace
                AND from_tables.oid <> to_tables.oid
            """;

    private Catalog() {}

    /// @param identities the columns that number their rows
    /// @param key the primary key as `ORDER BY` wants it, the same on every server
    record Table(String name, List<String> columns, List<String> identities, List<String> key) {

        Table {
            columns = List.copyOf(columns);
            identities = List.copyOf(identities);
            key = List.copyOf(key);
        }

        String copyOut() {
            String order = key.isEmpty() ? "" : " ORDER BY " + String.join(", ", key);
            return "COPY (SELECT "
                    + quotedColumns()
                    + " FROM "
                    + quoted(name)
                    + order
                    + ") TO STDOUT";
        }

        String copyIn(List<String> wanted) {
            return "COPY "
                    + quoted(name)
                    + " ("
                    + String.join(", ", wanted.stream().map(Catalog::quoted).toList())
                    + ") FROM STDIN";
        }

        private String quotedColumns() {
            return String.join(", ", columns.stream().map(Catalog::quoted).toList());
        }
    }

    /// The tables of the connection's current schema, each after those that it refers to.
    static List<Table> read(Connection connection) throws SQLException {
        Map<String, Table> tables = tables(connection);
        Map<String, List<String>> references = references(connection);
        var ordered = new LinkedHashMap<String, Table>();
        for (String name : tables.keySet()) {
            visit(name, tables, references, ordered);
        }
        return List.copyOf(ordered.values());
    }

    private static void visit(
            String name,
            Map<String, Table> tables,
            Map<String, List<String>> references,
            Map<String, Table> ordered) {
        Table table = tables.get(name);
        if (table == null || ordered.containsKey(name)) {
            return;
        }
        for (String referenced : references.getOrDefault(name, List.of())) {
            visit(referenced, tables, references, ordered);
        }
        ordered.put(name, table);
    }

    private static Map<String, Table> tables(Connection connection) throws SQLException {
        var found = new LinkedHashMap<String, Columns>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                found.computeIfAbsent(row.getString("table_name"), _ -> new Columns()).take(row);
            }
        }
        var tables = new LinkedHashMap<String, Table>();
        found.forEach(
                (name, columns) -> {
                    if (!columns.ofThisServerAlone && !HISTORIES.contains(name)) {
                        tables.put(
                                name,
                                new Table(
                                        name,
                                        columns.names,
                                        columns.identities,
                                        columns.key.values().stream().toList()));
                    }
                });
        return tables;
    }

    private static Map<String, List<String>> references(Connection connection) throws SQLException {
        var references = new HashMap<String, List<String>>();
        try (PreparedStatement statement = connection.prepareStatement(REFERENCES);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                references
                        .computeIfAbsent(row.getString("table_name"), _ -> new ArrayList<>())
                        .add(row.getString("referenced"));
            }
        }
        return references;
    }

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /// The columns of one table while they are read.
    private static final class Columns {

        private final List<String> names = new ArrayList<>();
        private final List<String> identities = new ArrayList<>();
        private final Map<Integer, String> key = new java.util.TreeMap<>();
        private boolean ofThisServerAlone;

        private void take(ResultSet row) throws SQLException {
            if (row.getBoolean("is_generated")) {
                return;
            }
            if ("xid8".equals(row.getString("type"))) {
                ofThisServerAlone |= row.getBoolean("not_null");
                return;
            }
            String name = row.getString("column_name");
            if (SET_ANEW.contains(row.getString("table_name") + "." + name)) {
                return;
            }
            names.add(name);
            if (row.getBoolean("is_identity")) {
                identities.add(name);
            }
            int position = row.getInt("key_position");
            if (!row.wasNull()) {
                key.put(
                        position,
                        quoted(name) + (row.getBoolean("is_text") ? " COLLATE \"C\"" : ""));
            }
        }
    }
}
