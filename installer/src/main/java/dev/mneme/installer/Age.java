package dev.mneme.installer;

import java.time.Duration;

/// Spans of time as people say them, in the one unit that matters.
final class Age {

    private Age() {}

    static String text(Duration age) {
        if (age.toDays() > 1) {
            return age.toDays() + " days";
        }
        if (age.toHours() > 1) {
            return age.toHours() + " hours";
        }
        if (age.toMinutes() > 1) {
            return age.toMinutes() + " minutes";
        }
        long seconds = Math.max(0, age.toSeconds());
        return seconds == 1 ? "1 second" : seconds + " seconds";
    }
}
