package dev.mneme.recall;

import dev.mneme.domain.Lesson;
import dev.mneme.domain.LessonFilter;
import dev.mneme.domain.LessonState;
import dev.mneme.domain.Project;
import dev.mneme.store.LessonStore;
import dev.mneme.store.Tx;

import java.util.List;

/// What a starting session is told of its project's lessons, and of those that hold everywhere: the
/// gravest first, a bounded part of the whole.
public final class LessonLines {

    private static final int LESSONS_MAX = 10;
    private static final int RULE_CHARS_MAX = 300;

    private final LessonStore lessons;

    public LessonLines(LessonStore lessons) {
        this.lessons = lessons;
    }

    /// A line for each lesson.
    List<String> of(Tx tx, Project project) {
        var active = new LessonFilter(project.id(), null, LessonState.ACTIVE, LESSONS_MAX, 0);
        return lessons.list(tx, active).stream().map(LessonLines::line).toList();
    }

    private static String line(Lesson lesson) {
        return "- lesson "
                + lesson.id()
                + " ("
                + lesson.says().severity().wireName()
                + "): "
                + MemoryLines.flat(lesson.says().rule(), RULE_CHARS_MAX)
                + "\n";
    }
}
