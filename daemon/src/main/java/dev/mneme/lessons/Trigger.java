package dev.mneme.lessons;

import dev.mneme.domain.LessonText;
import dev.mneme.domain.PlannedCall;

import org.jspecify.annotations.Nullable;

/// When a lesson is told: what its two trigger texts mean, read once.
final class Trigger {

    private final @Nullable ToolNames tools;
    private final @Nullable LessonPattern pattern;

    private Trigger(@Nullable ToolNames tools, @Nullable LessonPattern pattern) {
        this.tools = tools;
        this.pattern = pattern;
    }

    static Trigger of(LessonText says) throws ToolNames.Unusable, LessonPattern.Unusable {
        return new Trigger(
                says.triggerTool() == null ? null : ToolNames.of(says.triggerTool()),
                says.triggerPattern() == null ? null : LessonPattern.of(says.triggerPattern()));
    }

    /// The cheap half of the question, asked first.
    boolean isAboutTool(String tool) {
        return (tools != null || pattern != null) && (tools == null || tools.include(tool));
    }

    boolean isAboutInput(PlannedCall call) {
        return pattern == null || pattern.isIn(call.text());
    }

    /// How closely it fits a call that it is about; more is closer. A pattern says more than a
    /// name, a whole name more than the beginning of one.
    int closeness(String tool) {
        int names = tools == null ? 0 : tools.nameExactly(tool) ? 2 : 1;
        return (pattern == null ? 0 : 4) + names;
    }
}
