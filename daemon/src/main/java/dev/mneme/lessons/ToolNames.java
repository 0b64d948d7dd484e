package dev.mneme.lessons;

import java.util.ArrayList;
import java.util.List;

/// The tools that a lesson is about, written as the host's own matchers are: names with `|` between
/// them. A `*` at the end of a name stands for any rest, as in `mcp__github__*`.
final class ToolNames {

    private final List<String> exact;
    private final List<String> beginnings;

    private ToolNames(List<String> exact, List<String> beginnings) {
        this.exact = exact;
        this.beginnings = beginnings;
    }

    /// Names that cannot be used; the message says why, in words that fit behind “the tools”.
    static final class Unusable extends Exception {

        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    static ToolNames of(String text) throws Unusable {
        var exact = new ArrayList<String>();
        var beginnings = new ArrayList<String>();
        for (String part : text.split("\\|", -1)) {
            String name = part.strip();
            String stem = name.endsWith("*") ? name.substring(0, name.length() - 1) : name;
            if (name.isEmpty()) {
                throw new Unusable("hold an empty name");
            }
            boolean begins = stem.isEmpty() || Character.isLetter(stem.charAt(0));
            if (!begins || !stem.chars().allMatch(ToolNames::isNamed)) {
                throw new Unusable(
                        "hold something other than names of letters, digits, `_`, `-` and `.`, with"
                                + " or without a `*` at the end");
            }
            (name.endsWith("*") ? beginnings : exact).add(stem);
        }
        return new ToolNames(List.copyOf(exact), List.copyOf(beginnings));
    }

    private static boolean isNamed(int c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.';
    }

    boolean include(String tool) {
        return exact.contains(tool) || beginnings.stream().anyMatch(tool::startsWith);
    }

    boolean nameExactly(String tool) {
        return exact.contains(tool);
    }
}
