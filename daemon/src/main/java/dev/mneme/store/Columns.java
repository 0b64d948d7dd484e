package dev.mneme.store;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/// How our column types are read and written: instants, lists of strings in `jsonb`, vectors.
final class Columns {

    private Columns() {}

    static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant optionalInstant(ResultSet row, String column) throws SQLException {
        OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
        return value == null ? null : value.toInstant();
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    static List<String> strings(ResultSet row, String column) throws SQLException {
        JsonNode array = Json.tree(row.getString(column));
        var values = new ArrayList<String>(array.size());
        for (JsonNode value : array) {
            values.add(value.asString(""));
        }
        return values;
    }

    static String json(List<String> values) {
        return Json.write(values);
    }

    /// The text form that pgvector reads.
    static String vector(float[] vector) {
        var text = new StringBuilder(vector.length * 12).append('[');
        for (int i = 0; i < vector.length; i++) {
            if (i > 0) {
                text.append(',');
            }
            text.append(vector[i]);
        }
        return text.append(']').toString();
    }

    /// Reads the text form that pgvector writes.
    static float[] vector(String text) {
        String[] numbers = text.substring(1, text.length() - 1).split(",", -1);
        var vector = new float[numbers.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = Float.parseFloat(numbers[i]);
        }
        return vector;
    }
}
