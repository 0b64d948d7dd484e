package dev.mneme.lessons;

import dev.mneme.domain.Lesson;

/// How a lesson is said to an agent: fenced, with where it came from, short of the host's limit.
public final class LessonNote {

    private LessonNote() {}

    public static String of(Lesson lesson) {
        String title = line(lesson.says().title());
        String rule = fenced(lesson.says().rule());
        String project = lesson.projectName();
        return "<lesson source=\"mneme\" id=\""
                + lesson.id()
                + "\" severity=\""
                + lesson.says().severity().wireName()
                + "\">\nKept from earlier work "
                + (project == null ? "for every project" : "in project " + line(project))
                + ", about calls like this one.\n"
                + (rule.startsWith(title) ? "" : title + "\n")
                + rule
                + "\n</lesson>";
    }

    private static String line(String text) {
        return fenced(text.replaceAll("\\s+", " "));
    }

    /// A text that cannot close the fence around it.
    private static String fenced(String text) {
        return text.strip().replace("</", "<\u200b/");
    }
}
