package dev.mneme.domain;

import java.time.Instant;

/// What search wants to know of an observation.
///
/// @param version grows whenever the observation is written
/// @param closed whether it is kept for the record and no longer found
public record SearchableText(
        long id, long sessionId, Instant createdAt, long version, boolean closed, String text) {}
