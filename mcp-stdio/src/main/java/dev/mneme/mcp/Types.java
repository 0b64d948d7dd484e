package dev.mneme.mcp;

import dev.mneme.protocol.Wire;

import java.util.List;
import java.util.stream.Stream;

/// The eight types of observation, in the order of the daemon's `ObservationType`.
final class Types {

    static final List<String> ALL =
            List.of(
                    "decision",
                    "bugfix",
                    "feature",
                    "refactor",
                    "discovery",
                    "change",
                    "pattern",
                    "gotcha");

    /// What search finds: observations of these types, and summaries of turns and sessions.
    static final List<String> FOUND =
            Stream.concat(ALL.stream(), Stream.of(Wire.SummaryView.TYPE)).toList();

    private Types() {}
}
