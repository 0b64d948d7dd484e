package dev.mneme.e2e;

import java.time.Duration;
import java.util.List;

/// How a program ended: with which code, saying what, after how long.
record Ended(List<String> command, int exitCode, String out, String err, Duration took) {

    boolean ok() {
        return exitCode == 0;
    }

    String lastLine() {
        return out.strip().lines().reduce("", (first, second) -> second);
    }

    /// Everything there is to know when a test fails on it.
    @Override
    public String toString() {
        return command
                + " ended with "
                + exitCode
                + " after "
                + took.toMillis()
                + " ms\n--- stdout\n"
                + out
                + "\n--- stderr\n"
                + err;
    }
}
