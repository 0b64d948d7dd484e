package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What a search may look at. No project means every project; no types mean every type.
public record SearchFilter(@Nullable Long projectId, List<ObservationType> types, int limit) {

    public SearchFilter {
        types = List.copyOf(types);
    }
}
