package dev.mneme.domain;

/// A row of the models' table: what made the vectors that carry its id.
public record EmbeddingModel(int id, String name, int dimensions, String provider) {}
