package dev.mneme.mcp;

import java.util.List;

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

    private Types() {}
}
