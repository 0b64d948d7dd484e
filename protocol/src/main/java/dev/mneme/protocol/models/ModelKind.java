package dev.mneme.protocol.models;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What a model is for.
public enum ModelKind {
    /// Text in, vector out.
    @JsonProperty("embedding")
    EMBEDDING("embedding"),

    /// Events in, observations out.
    @JsonProperty("extraction")
    EXTRACTION("extraction");

    private final String wireName;

    ModelKind(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }
}
