package dev.mneme.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// As much of `psql` as it takes to look at the tables where there is no `psql`: statements that
/// end with `;`, their rows below each other, `\q` to leave.
final class SqlPrompt {

    static final int ROWS_MAX = 500;
    private static final int CELL_CHARS_MAX = 200;

    private final Connection connection;
    private final BufferedReader in;
    private final PrintStream out;
    private final boolean asks;

    /// @param asks whether a person sits in front of it
    SqlPrompt(Connection connection, InputStream in, PrintStream out, boolean asks) {
        this.connection = connection;
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.out = out;
        this.asks = asks;
    }

    /// Runs until the input ends. Answers how many statements failed.
    int run() throws IOException {
        var statement = new StringBuilder();
        int failures = 0;
        while (true) {
            ask(statement.isEmpty() ? "mneme=> " : "mneme-> ");
            String line = in.readLine();
            if (line == null || (statement.isEmpty() && isLeaving(line))) {
                break;
            }
            statement.append(line).append('\n');
            if (line.stripTrailing().endsWith(";")) {
                failures += execute(statement.toString()) ? 0 : 1;
                statement.setLength(0);
            }
        }
        if (!statement.toString().isBlank()) {
            failures += execute(statement.toString()) ? 0 : 1;
        }
        return failures;
    }

    private void ask(String prompt) {
        if (asks) {
            out.print(prompt);
            out.flush();
        }
    }

    private static boolean isLeaving(String line) {
        return List.of("\\q", "exit", "quit").contains(line.strip());
    }

    boolean execute(String sql) {
        try (Statement statement = connection.createStatement()) {
            // One more than is shown, to know whether there are more.
            statement.setMaxRows(ROWS_MAX + 1);
            if (statement.execute(sql)) {
                print(statement.getResultSet());
            } else {
                out.println(statement.getUpdateCount() + " rows changed");
            }
            return true;
        } catch (SQLException failed) {
            out.println("error: " + failed.getMessage());
            return false;
        }
    }

    private void print(ResultSet rows) throws SQLException {
        ResultSetMetaData columns = rows.getMetaData();
        var table = new ArrayList<List<String>>();
        var names = new ArrayList<String>();
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            names.add(columns.getColumnLabel(column));
        }
        table.add(names);
        int count = 0;
        while (rows.next() && count < ROWS_MAX) {
            var cells = new ArrayList<String>();
            for (int column = 1; column <= names.size(); column++) {
                cells.add(cell(rows.getString(column)));
            }
            table.add(cells);
            count++;
        }
        widths(table).forEach(out::println);
        out.println(count == ROWS_MAX ? "(the first " + count + " rows)" : "(" + count + " rows)");
    }

    /// On one line and bounded; what a terminal would obey is shown as a dot.
    private static String cell(@org.jspecify.annotations.Nullable String value) {
        if (value == null) {
            return "";
        }
        String line = value.replaceAll("\\p{Cntrl}", "·");
        return line.length() <= CELL_CHARS_MAX ? line : line.substring(0, CELL_CHARS_MAX - 1) + "…";
    }

    private static List<String> widths(List<List<String>> table) {
        int[] widths = new int[table.getFirst().size()];
        for (List<String> row : table) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        var lines = new ArrayList<String>();
        for (List<String> row : table) {
            var line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String cell = row.get(column);
                line.append(column == 0 ? "" : " | ")
                        .append(cell)
                        .append(" ".repeat(widths[column] - cell.length()));
            }
            lines.add(line.toString().stripTrailing());
            if (lines.size() == 1) {
                lines.add("-".repeat(Math.max(1, line.length())));
            }
        }
        return lines;
    }
}
