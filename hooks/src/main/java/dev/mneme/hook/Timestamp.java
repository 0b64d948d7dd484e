package dev.mneme.hook;

/// Writes a time as ISO 8601 in UTC without `java.time`, whose formatters load a hundred classes.
final class Timestamp {

    private static final long DAY_MS = 86_400_000L;

    private Timestamp() {}

    static String iso(long epochMillis) {
        long day = Math.floorDiv(epochMillis, DAY_MS);
        int millis = (int) Math.floorMod(epochMillis, DAY_MS);
        // Civil date from a count of days, in eras of 400 years that begin on 1 March.
        long shifted = day + 719_468;
        long era = Math.floorDiv(shifted, 146_097L);
        int dayOfEra = (int) (shifted - era * 146_097);
        int yearOfEra =
                (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int marchMonth = (5 * dayOfYear + 2) / 153;
        int dayOfMonth = dayOfYear - (153 * marchMonth + 2) / 5 + 1;
        int month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        int year = (int) (yearOfEra + era * 400) + (month <= 2 ? 1 : 0);
        StringBuilder text = new StringBuilder(24);
        pad(text, year, 4).append('-');
        pad(text, month, 2).append('-');
        pad(text, dayOfMonth, 2).append('T');
        pad(text, millis / 3_600_000, 2).append(':');
        pad(text, millis / 60_000 % 60, 2).append(':');
        pad(text, millis / 1_000 % 60, 2).append('.');
        return pad(text, millis % 1_000, 3).append('Z').toString();
    }

    static StringBuilder pad(StringBuilder text, long number, int digits) {
        String decimal = Long.toString(number);
        for (int i = decimal.length(); i < digits; i++) {
            text.append('0');
        }
        return text.append(decimal);
    }
}
