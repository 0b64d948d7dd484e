package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A candidate observation: what an extractor proposes, before it has an id.
///
/// Files are paths relative to the project root where the extractor could tell, else as given.
public record ObservationDraft(
        String title,
        @Nullable String subtitle,
        ObservationType type,
        String narrative,
        List<String> facts,
        List<Concept> concepts,
        List<String> filesRead,
        List<String> filesModified) {

    public ObservationDraft {
        if (title.isBlank()) {
            throw new IllegalArgumentException("an observation needs a title");
        }
        facts = List.copyOf(facts);
        concepts = List.copyOf(concepts);
        filesRead = List.copyOf(filesRead);
        filesModified = List.copyOf(filesModified);
    }
}
