package dev.mneme.ingest;

/// Who is told of events that were stored and had not been known before. Both take no time.
public interface Arrivals {

    /// An event was stored; what it belongs to is not over.
    void stored();

    /// An event was stored that may have ended a turn, so that its jobs can be worked on.
    void due();
}
