package dev.mneme.mcp;

import dev.mneme.protocol.Wire.LessonView;

import java.util.List;

/// Lessons as text for a model: a line that says which, and the rule in full.
final class LessonRows {

    private LessonRows() {}

    static String hits(List<LessonView> found) {
        if (found.isEmpty()) {
            return "No lessons speak of that. Try other words.";
        }
        var text =
                new StringBuilder(
                        found.size() == 1 ? "1 lesson:" : found.size() + " lessons, best first:");
        found.forEach(lesson -> text.append('\n').append(row(lesson)));
        return text.toString();
    }

    private static String row(LessonView lesson) {
        var row = new StringBuilder(head(lesson));
        String rule = Rows.line(lesson.rule());
        if (!rule.equals(Rows.line(lesson.title()))) {
            row.append("\n  rule: ").append(rule);
        }
        String trigger = trigger(lesson);
        if (!trigger.isEmpty()) {
            row.append("\n  told before: ")
                    .append(trigger)
                    .append(", ")
                    .append(lesson.triggerCount())
                    .append(lesson.triggerCount() == 1 ? " time" : " times");
        }
        return row.toString();
    }

    static String head(LessonView lesson) {
        return "lesson "
                + lesson.id()
                + " "
                + Rows.line(lesson.severity())
                + " ("
                + (lesson.projectName() == null
                        ? "every project"
                        : "project " + Rows.line(lesson.projectName()))
                + ")  "
                + Rows.line(lesson.title());
    }

    /// As in `Bash calls with /push.*--force/`; empty where it has none.
    static String trigger(LessonView lesson) {
        String tool = Rows.line(lesson.triggerTool());
        String pattern = Rows.line(lesson.triggerPattern());
        if (tool.isEmpty() && pattern.isEmpty()) {
            return "";
        }
        return (tool.isEmpty() ? "any" : tool)
                + " calls"
                + (pattern.isEmpty() ? "" : " with /" + pattern + "/");
    }
}
