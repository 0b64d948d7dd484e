package dev.mneme.domain;

import java.util.List;

/// What became of an event: observations, or a reason why there are none.
///
/// A failure is neither: an extractor that could not decide throws.
public sealed interface Extraction {

    /// At least one observation.
    record Remembered(List<ObservationDraft> drafts) implements Extraction {
        public Remembered {
            drafts = List.copyOf(drafts);
            if (drafts.isEmpty()) {
                throw new IllegalArgumentException(
                        "remembered without a draft; skip with a reason");
            }
        }
    }

    /// Nothing worth a memory, and why. `reason` is a stable lower-case word such as `read-only`.
    record Skipped(String reason) implements Extraction {}
}
