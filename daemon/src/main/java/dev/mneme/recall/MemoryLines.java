package dev.mneme.recall;

import dev.mneme.domain.Freshness;
import dev.mneme.domain.Observation;
import dev.mneme.domain.Project;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/// How memories look that a session is told without having asked: a line each, fenced as data.
final class MemoryLines {

    static final String CLOSING = "</recalled-memory>";

    /// Of one observation's narrative; the rest is a `get_observations` away.
    private static final int NARRATIVE_CHARS_MAX = 400;

    private static final int FILES_CHARS_MAX = 120;
    private static final int NAME_CHARS_MAX = 100;

    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);

    private MemoryLines() {}

    static String opening(Project project) {
        return "<recalled-memory source=\"mneme\" project=\"" + attribute(project.name()) + "\">\n";
    }

    static String day(Instant time) {
        return DAY.format(time);
    }

    static String row(Observation observation, Map<Long, Freshness> labels) {
        var row =
                new StringBuilder("- #")
                        .append(observation.id())
                        .append(' ')
                        .append(day(observation.createdAt()))
                        .append(' ')
                        .append(observation.type().wireName())
                        .append(": ")
                        .append(flat(observation.title(), NARRATIVE_CHARS_MAX));
        String narrative = observation.narrative();
        if (narrative != null) {
            String body = flat(narrative, NARRATIVE_CHARS_MAX);
            if (!body.startsWith(flat(observation.title(), NARRATIVE_CHARS_MAX))
                    || body.length() > observation.title().length() + 10) {
                row.append(" — ").append(body);
            }
        }
        if (!observation.filesModified().isEmpty()) {
            row.append(" [")
                    .append(flat(String.join(", ", observation.filesModified()), FILES_CHARS_MAX));
            row.append(']');
        }
        // What is as it was needs no word.
        Freshness label = labels.get(observation.id());
        if (label != null && label.state() != Freshness.State.FRESH) {
            row.append(" (files ").append(label.state().wireName()).append(" since)");
        }
        return row.append('\n').toString();
    }

    /// One line, bounded, that cannot close the fence around it.
    static String flat(String text, int charsMax) {
        String line = text.replaceAll("\\s+", " ").strip().replace("</", "<\u200b/");
        if (line.length() <= charsMax) {
            return line;
        }
        int end = charsMax - 1;
        if (Character.isHighSurrogate(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(0, end) + "…";
    }

    private static String attribute(String name) {
        return flat(name, NAME_CHARS_MAX).replace("\"", "'").replace("<", "(").replace(">", ")");
    }
}
