package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What a person says a memory should say instead; null leaves a part as it is.
public record ObservationEdit(
        @Nullable String title,
        @Nullable String subtitle,
        @Nullable ObservationType type,
        @Nullable String narrative,
        @Nullable List<String> facts) {

    public boolean changesNothing() {
        return title == null
                && subtitle == null
                && type == null
                && narrative == null
                && facts == null;
    }
}
