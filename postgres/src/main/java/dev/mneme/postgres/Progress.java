package dev.mneme.postgres;

/// Told one line of text at each step that may take longer than a person likes to wait in silence.
@FunctionalInterface
public interface Progress {

    /// For callers with nobody watching.
    Progress SILENT = _ -> {};

    void step(String line);
}
