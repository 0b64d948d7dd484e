package dev.mneme.http;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A point in time as people name it: an instant, a day in UTC, or how long ago.
final class TimeText {

    private static final int AMOUNT_DIGITS_MAX = 6;
    private static final int HOURS_PER_DAY = 24;
    private static final int DAYS_PER_WEEK = 7;

    private static final Pattern SPAN =
            Pattern.compile("(\\d{1," + AMOUNT_DIGITS_MAX + "})\\s*([mhdw])");

    private TimeText() {}

    static @Nullable Instant instant(String path, @Nullable String text, Instant now) {
        if (text == null) {
            return null;
        }
        Matcher span = SPAN.matcher(text);
        try {
            if (span.matches()) {
                return now.minus(duration(Long.parseLong(span.group(1)), span.group(2)));
            }
            return text.length() == "2026-01-31".length()
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException unreadable) {
            throw ApiException.invalid(
                    path,
                    "is no time",
                    "send an instant such as 2026-01-31T12:00:00Z, a day such as 2026-01-31, or"
                            + " how long ago: 90m, 12h, 7d, 4w");
        }
    }

    private static Duration duration(long amount, String unit) {
        return switch (unit) {
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "w" -> Duration.ofHours(amount * HOURS_PER_DAY * DAYS_PER_WEEK);
            default -> Duration.ofHours(amount * HOURS_PER_DAY);
        };
    }
}
