package dev.mneme.http;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;

/// Checks of single fields and parameters; each failure names the field.
final class Fields {

    private Fields() {}

    static String required(String path, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw ApiException.invalid(path, "is missing", "send a text that is not blank");
        }
        return value;
    }

    static @Nullable String optional(@Nullable String value) {
        return value == null || value.isBlank() ? null : value;
    }

    static String bounded(String path, String value, int charsMax) {
        if (value.length() > charsMax) {
            throw ApiException.invalid(
                    path,
                    "has " + value.length() + " characters",
                    "send at most " + charsMax + " characters");
        }
        return value;
    }

    /// A list without nulls, within the limits; absent means empty.
    static List<String> list(
            String path, @Nullable List<String> values, int itemsMax, int charsMax) {
        if (values == null) {
            return List.of();
        }
        if (values.size() > itemsMax) {
            throw ApiException.invalid(
                    path, "has " + values.size() + " items", "send at most " + itemsMax + " items");
        }
        List<String> present = values.stream().filter(Objects::nonNull).toList();
        for (int i = 0; i < present.size(); i++) {
            bounded(path + "[" + i + "]", present.get(i), charsMax);
        }
        return present;
    }

    static int within(String path, @Nullable Integer value, int byDefault, int min, int max) {
        if (value == null) {
            return byDefault;
        }
        if (value < min || value > max) {
            throw ApiException.invalid(
                    path, "is " + value, "send a number from " + min + " to " + max);
        }
        return value;
    }

    static int query(Context context, String name, int byDefault, int min, int max) {
        String text = context.queryParam(name);
        if (text == null || text.isBlank()) {
            return byDefault;
        }
        try {
            return within(name, Integer.valueOf(text.strip()), byDefault, min, max);
        } catch (NumberFormatException notANumber) {
            throw ApiException.invalid(
                    name, "is not a whole number", "send a number from " + min + " to " + max);
        }
    }

    static Instant instant(String path, @Nullable String value, Instant byDefault) {
        if (value == null || value.isBlank()) {
            return byDefault;
        }
        try {
            return OffsetDateTime.parse(value.strip()).toInstant();
        } catch (DateTimeParseException unreadable) {
            throw ApiException.invalid(
                    path,
                    "is not a time in ISO 8601 with an offset",
                    "send it as 2026-11-20T12:00:00Z");
        }
    }
}
