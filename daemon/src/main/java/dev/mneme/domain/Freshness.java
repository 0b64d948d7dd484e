package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/// Whether a memory still speaks of what its files hold.
///
/// @param commits made in that working tree since the memory was written; null where nobody knows
/// @param files those that are not what they were; a moved one as `old -> new`
public record Freshness(State state, @Nullable Integer commits, List<String> files) {

    /// What became of the files, the worst that holds of any, but `GONE` only where all are.
    public enum State {
        FRESH,
        MOVED,
        CHANGED,
        GONE;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Freshness {
        files = List.copyOf(files);
    }
}
