package dev.mneme.protocol.models;

import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/// What a model is for.
public enum ModelKind {
    /// Text in, vector out.
    @JsonProperty("embedding")
    EMBEDDING("embedding", "mneme-words-v1"),

    /// Events in, observations out.
    @JsonProperty("extraction")
    EXTRACTION("extraction", "rules"),

    /// A query and a memory in, how well it answers out.
    @JsonProperty("reranking")
    RERANKING("reranking", null);

    private final String wireName;
    private final @Nullable String builtIn;

    ModelKind(String wireName, @Nullable String builtIn) {
        this.wireName = wireName;
        this.builtIn = builtIn;
    }

    /// What does the work where nobody chose a model; nothing does where this is empty.
    public Optional<String> builtIn() {
        return Optional.ofNullable(builtIn);
    }

    public String wireName() {
        return wireName;
    }
}
