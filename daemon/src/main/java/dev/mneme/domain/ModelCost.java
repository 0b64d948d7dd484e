package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.LocalDate;

/// What one model took on one day for one project.
///
/// @param project null where it was not known, or is no more
public record ModelCost(
        LocalDate day, @Nullable String project, String backend, String model, Figures figures) {

    /// The figures alone.
    ///
    /// @param nanodollars billionths of a dollar; 0 for a model on this machine
    public record Figures(
            long calls,
            long promptTokens,
            long answerTokens,
            long timeMs,
            long cpuMs,
            long nanodollars) {

        public static final Figures NONE = new Figures(0, 0, 0, 0, 0, 0);

        private static final double NANODOLLARS = 1e9;

        public Figures plus(Figures more) {
            return new Figures(
                    calls + more.calls,
                    promptTokens + more.promptTokens,
                    answerTokens + more.answerTokens,
                    timeMs + more.timeMs,
                    cpuMs + more.cpuMs,
                    nanodollars + more.nanodollars);
        }

        public long tokens() {
            return promptTokens + answerTokens;
        }

        public double dollars() {
            return (double) nanodollars / NANODOLLARS;
        }
    }
}
