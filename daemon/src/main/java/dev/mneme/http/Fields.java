package dev.mneme.http;

import dev.mneme.domain.StorableText;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.protocol.Limits;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Checks of single fields and parameters; each failure names the field.
final class Fields {

    /// An agent's own id of a session, a tool's name.
    static final int ID_CHARS_MAX = 500;

    static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private static final int KEY_CHARS_MAX = 400;

    /// Times outside are mistakes: one far ahead would stay the newest for ever.
    private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");

    private static final Duration AHEAD_MAX = Duration.ofDays(1);
    private static final int PROJECT_PATH_CHARS_MAX = 4_000;
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,5})([mhd])");

    private Fields() {}

    static String required(String path, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw ApiException.invalid(path, "is missing", "send a text that is not blank");
        }
        return value;
    }

    /// The `Idempotency-Key` header within its bounds, told apart by endpoint; null where absent.
    static @Nullable String idempotencyKey(Context context, String endpoint) {
        return idempotencyKey(context.header(IDEMPOTENCY_KEY), endpoint);
    }

    static @Nullable String idempotencyKey(@Nullable String header, String endpoint) {
        String key = optional(header);
        return key == null
                ? null
                : endpoint + ":" + StorableText.of(bounded(IDEMPOTENCY_KEY, key, KEY_CHARS_MAX));
    }

    /// A text that names something: not blank, bounded, storable.
    static String name(String path, @Nullable String value, int charsMax) {
        return StorableText.of(bounded(path, required(path, value), charsMax));
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

    /// What names a project: a path may be long, a name becomes a row's.
    static String project(String path, String value) {
        String storable = StorableText.of(value);
        return bounded(
                path,
                storable,
                ProjectResolver.absolutePath(storable) == null
                        ? Limits.PROJECT_NAME_CHARS_MAX
                        : PROJECT_PATH_CHARS_MAX);
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

    /// `true`, `1` or the bare name mean yes.
    static boolean flag(Context context, String name) {
        String text = context.queryParam(name);
        if (text == null) {
            return false;
        }
        return switch (text.strip()) {
            case "", "1", "true" -> true;
            case "0", "false" -> false;
            default -> throw ApiException.invalid(name, "is not a yes or no", "send true or false");
        };
    }

    /// As `30m`, `12h` or `7d`.
    static Duration duration(Context context, String name, Duration byDefault) {
        String text = context.queryParam(name);
        return duration(name, text, byDefault);
    }

    static Duration duration(String name, @Nullable String text, Duration byDefault) {
        return text == null || text.isBlank() ? byDefault : duration(name, text);
    }

    /// As `30m`, `12h` or `7d`.
    static Duration duration(String name, String text) {
        Matcher parts = DURATION.matcher(text.strip());
        if (!parts.matches()) {
            throw ApiException.invalid(name, "is not a span of time", "send it as 30m, 12h or 7d");
        }
        long count = Long.parseLong(parts.group(1));
        return switch (parts.group(2)) {
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    static Instant instant(String path, @Nullable String value, Instant byDefault) {
        if (value == null || value.isBlank()) {
            return byDefault;
        }
        try {
            Instant instant = OffsetDateTime.parse(value.strip()).toInstant();
            if (instant.isBefore(EARLIEST) || instant.isAfter(byDefault.plus(AHEAD_MAX))) {
                throw ApiException.invalid(
                        path,
                        "is before 1970 or more than a day ahead",
                        "send the time at which it happened");
            }
            return instant;
        } catch (DateTimeParseException unreadable) {
            throw ApiException.invalid(
                    path,
                    "is not a time in ISO 8601 with an offset",
                    "send it as 2026-11-20T12:00:00Z");
        }
    }
}
