package dev.mneme.installer.moving;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/// Rows of somebody else's table, whatever columns it has: one that is not there holds nothing.
final class Rows implements AutoCloseable {

    private static final int QUERY_SECONDS_MAX = 60;
    private static final int FETCH_ROWS = 500;

    private final PreparedStatement statement;
    private final ResultSet rows;
    private final Set<String> columns;

    private Rows(PreparedStatement statement, ResultSet rows, Set<String> columns) {
        this.statement = statement;
        this.rows = rows;
        this.columns = columns;
    }

    /// Runs a statement, which is closed with the rows.
    static Rows of(PreparedStatement statement) throws SQLException {
        try {
            statement.setQueryTimeout(QUERY_SECONDS_MAX);
            statement.setFetchSize(FETCH_ROWS);
            ResultSet rows = statement.executeQuery();
            ResultSetMetaData about = rows.getMetaData();
            var columns = new HashSet<String>();
            for (int i = 1; i <= about.getColumnCount(); i++) {
                columns.add(about.getColumnLabel(i).toLowerCase(Locale.ROOT));
            }
            return new Rows(statement, rows, columns);
        } catch (SQLException failed) {
            statement.close();
            throw failed;
        }
    }

    boolean next() throws SQLException {
        return rows.next();
    }

    /// The first of these columns that the row holds something in.
    @Nullable String text(String... names) throws SQLException {
        for (String name : names) {
            if (columns.contains(name)) {
                String value = rows.getString(name);
                if (value != null && !value.isBlank()) {
                    return value;
                }
            }
        }
        return null;
    }

    /// A whole number; null where there is none that can be read.
    @Nullable Long number(String... names) throws SQLException {
        String text = text(names);
        if (text == null) {
            return null;
        }
        try {
            return new BigDecimal(text.strip()).longValueExact();
        } catch (ArithmeticException | NumberFormatException none) {
            return null;
        }
    }

    /// A column of type `timestamp` or `timestamptz`; without a zone it is in UTC.
    @Nullable Instant time(String name) throws SQLException {
        if (!columns.contains(name)) {
            return null;
        }
        String type = rows.getMetaData().getColumnTypeName(rows.findColumn(name));
        if (type.equals("timestamptz")) {
            OffsetDateTime time = rows.getObject(name, OffsetDateTime.class);
            return time == null ? null : time.toInstant();
        }
        if (type.equals("timestamp")) {
            LocalDateTime time = rows.getObject(name, LocalDateTime.class);
            return time == null ? null : time.toInstant(ZoneOffset.UTC);
        }
        return null;
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
