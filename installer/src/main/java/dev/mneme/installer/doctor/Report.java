package dev.mneme.installer.doctor;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.installer.Terminal;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// How every step went, in order. A warning leaves the whole healthy.
public record Report(
        @JsonProperty("healthy") boolean healthy, @JsonProperty("steps") List<Step> steps) {

    static Report of(List<Step> steps) {
        return new Report(
                steps.stream().noneMatch(step -> step.status().equals(Step.FAILED)),
                List.copyOf(steps));
    }

    /// `status` is `ok`, `warning`, `failed` or `skipped`.
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Step(
            @JsonProperty("name") String name,
            @JsonProperty("status") String status,
            @JsonProperty("ms") long ms,
            @JsonProperty("detail") String detail,
            @JsonProperty("hint") @Nullable String hint) {

        static final String OK = "ok";
        static final String WARNING = "warning";
        static final String FAILED = "failed";
        static final String SKIPPED = "skipped";
    }

    /// Prints the last line; the steps have been printed as they went. True when healthy.
    public boolean print(Terminal terminal) {
        if (healthy) {
            terminal.line("healthy");
            return true;
        }
        Step broken =
                steps.stream()
                        .filter(step -> step.status().equals(Step.FAILED))
                        .findFirst()
                        .orElseThrow();
        terminal.line(
                "broken: "
                        + broken.name()
                        + ": "
                        + broken.detail()
                        + (broken.hint() == null ? "" : "; " + broken.hint()));
        return false;
    }
}
