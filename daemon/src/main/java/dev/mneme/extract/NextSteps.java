package dev.mneme.extract;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a text says is left to do: the points under a heading that says so, or else sentences that
/// do.
final class NextSteps {

    private static final int STEPS_MAX = 5;
    private static final int STEP_CHARS_MAX = 200;

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

    private static final String WORDS =
            "(?:next steps?|to-?dos?|remaining(?: work| tasks| steps)?|pending tasks?|still (?:open|to do|missing)"
                    + "|what(?:'s| is) (?:left|next)|follow-?ups?|open (?:points|issues|tasks|questions)"
                    + "|nächste schritte|offen(?:e punkte)?|noch zu tun|次のステップ|残りの?(?:作業|タスク))";

    private static final Pattern HEADING =
            Pattern.compile("^[#*\\s\\d.)]{0,8}" + WORDS + "[*\\s]{0,4}[:：]?[*\\s]{0,4}$", FLAGS);

    private static final Pattern INLINE =
            Pattern.compile(
                    "^[#*\\s\\d.)-]{0,8}" + WORDS + "[*\\s]{0,4}[:：][*\\s]{0,4}([^*\\s].*)$",
                    FLAGS);

    private static final Pattern POINT =
            Pattern.compile("^\\s*(?:[-*•]|\\d{1,2}[.)])\\s+(?:\\[ \\]\\s+)?(\\S.*)$");

    private static final Pattern DONE = Pattern.compile("^\\s*[-*•]\\s+\\[[xX]\\].*$");

    private NextSteps() {}

    /// One step a line; empty where nothing is said to be left.
    static String in(String text) {
        var steps = new ArrayList<String>();
        boolean below = false;
        for (String line : Bounds.lines(text)) {
            var inline = INLINE.matcher(line);
            if (inline.matches()) {
                steps.add(inline.group(1));
                below = false;
            } else if (HEADING.matcher(line).matches()) {
                below = true;
            } else if (below && !line.isBlank() && !DONE.matcher(line).matches()) {
                var point = POINT.matcher(line);
                if (!point.matches() && !steps.isEmpty()) {
                    below = false;
                } else {
                    steps.add(point.matches() ? point.group(1) : line);
                }
            }
        }
        return told(steps);
    }

    private static String told(List<String> steps) {
        return String.join(
                "\n",
                steps.stream()
                        .map(step -> Bounds.cut(Bounds.oneLine(step), STEP_CHARS_MAX))
                        .filter(step -> !step.isEmpty())
                        .filter(step -> !step.matches("(?i)(?:none|nothing|keine)\\W*"))
                        .distinct()
                        .limit(STEPS_MAX)
                        .toList());
    }
}
