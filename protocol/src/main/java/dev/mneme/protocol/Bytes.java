package dev.mneme.protocol;

import java.util.Locale;

/// Numbers of bytes as people read them, in powers of a thousand.
public final class Bytes {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};
    private static final int STEP = 1000;

    private Bytes() {}

    public static String text(long bytes) {
        double value = bytes;
        int unit = 0;
        while (Math.abs(value) >= STEP && unit < UNITS.length - 1) {
            value /= STEP;
            unit++;
        }
        return unit == 0
                ? bytes + " B"
                : String.format(
                        Locale.ROOT,
                        Math.abs(value) < 10 ? "%.1f %s" : "%.0f %s",
                        value,
                        UNITS[unit]);
    }
}
