package dev.mneme.mcp;

import dev.mneme.protocol.Wire.ObservationView;
import dev.mneme.protocol.Wire.SummaryView;
import dev.mneme.protocol.Wire.TimelineEntry;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Observations as text for a model: rows of 50 to 100 tokens, and full records.
///
/// Rows instead of JSON because indented JSON costs three times the tokens for the same facts.
/// A stored text can never look like a further row or field: it is put on one line where a row or
/// a field is one line, and indented where it may have several.
final class Rows {

    /// The largest whole number that every JSON reader keeps exactly.
    static final long ID_MAX = (1L << 53) - 1;

    /// Title and subtitle of a row: about 60 tokens.
    private static final int ROW_TEXT_CHARS_MAX = 240;

    private static final int ROW_FILES_MAX = 2;
    private static final int ROW_FILE_CHARS_MAX = 80;

    /// In front of the id of an observation, and of a summary.
    static final String ID = "#";

    static final String SUMMARY_ID = "#S";

    private static final int DATE_CHARS = "2026-11-19".length();

    /// As git shows it.
    private static final int COMMIT_CHARS = 9;

    private static final int MINUTE_CHARS = "2026-11-19T14:03".length();

    private Rows() {}

    static String hits(
            List<ObservationView> found,
            @Nullable List<SummaryView> summaries,
            boolean crossProject) {
        String told = summaries(orEmpty(summaries), crossProject);
        if (found.isEmpty() && !told.isEmpty()) {
            return told;
        }
        return observations(found, crossProject) + (told.isEmpty() ? "" : "\n" + told);
    }

    private static String observations(List<ObservationView> found, boolean crossProject) {
        if (found.isEmpty()) {
            return crossProject
                    ? "No hits in any project. Try other words."
                    : "No hits in this project. Try other words, or cross_project.";
        }
        return (found.size() == 1 ? "1 hit:" : found.size() + " hits, best first:")
                + found.stream()
                        .map(view -> "\n" + row(view, date(view), crossProject))
                        .collect(Collectors.joining());
    }

    /// What turns and sessions came to: what was wanted, and what came of it.
    private static String summaries(List<SummaryView> summaries, boolean crossProject) {
        if (summaries.isEmpty()) {
            return "";
        }
        return "What turns and sessions came to that speak of it:"
                + summaries.stream()
                        .map(view -> "\n" + row(view, crossProject))
                        .collect(Collectors.joining());
    }

    private static String row(SummaryView view, boolean withProject) {
        String text =
                Stream.of(view.request(), view.completed(), view.learned(), view.investigated())
                        .map(Rows::line)
                        .filter(part -> !part.isEmpty())
                        .limit(2)
                        .map(part -> Wording.cut(part, ROW_TEXT_CHARS_MAX / 2))
                        .collect(Collectors.joining(" → "));
        return SUMMARY_ID
                + view.id()
                + " "
                + begin(line(view.createdAt()), DATE_CHARS)
                + " "
                + line(view.type())
                + (withProject ? " (" + line(view.projectName()) + ")" : "")
                + "  of a "
                + line(view.scope())
                + ": "
                + text;
    }

    static String full(SummaryView view) {
        var lines = new ArrayList<String>();
        lines.add(
                SUMMARY_ID
                        + view.id()
                        + " "
                        + begin(line(view.createdAt()), MINUTE_CHARS).replace('T', ' ')
                        + " "
                        + line(view.type())
                        + " of a "
                        + line(view.scope()));
        field(
                lines,
                "project",
                line(view.projectName())
                        + ", session "
                        + line(view.sessionId())
                        + (view.promptNumber() == null ? "" : ", prompt " + view.promptNumber()));
        paragraph(lines, "request", view.request());
        paragraph(lines, "investigated", view.investigated());
        paragraph(lines, "learned", view.learned());
        paragraph(lines, "completed", view.completed());
        paragraph(lines, "next steps", view.nextSteps());
        return String.join("\n", lines);
    }

    static String timeline(List<TimelineEntry> entries) {
        if (entries.isEmpty()) {
            return "Nothing found to show a timeline around. Try other words, or an id as anchor.";
        }
        return entries.stream()
                .map(
                        entry ->
                                ("anchor".equals(entry.position()) ? "> " : "  ")
                                        + row(
                                                entry.observation(),
                                                minute(entry.observation()),
                                                false))
                .collect(Collectors.joining("\n"));
    }

    private static String row(ObservationView view, String time, boolean withProject) {
        String text = line(view.title());
        String subtitle = line(view.subtitle());
        if (!subtitle.isEmpty()) {
            text = text + " – " + subtitle;
        }
        var row =
                new StringBuilder()
                        .append('#')
                        .append(view.id())
                        .append(' ')
                        .append(time)
                        .append(' ')
                        .append(line(view.type()));
        if (withProject) {
            row.append(" (").append(line(view.projectName())).append(')');
        }
        row.append("  ").append(Wording.cut(text, ROW_TEXT_CHARS_MAX));
        String files = files(view);
        if (!files.isEmpty()) {
            row.append("  [").append(files).append(']');
        }
        String label = label(view);
        if (!label.isEmpty()) {
            row.append("  (").append(label).append(')');
        }
        return row.toString();
    }

    /// What became of its files since, in a few words; nothing where nobody knows.
    private static String label(ObservationView view) {
        var freshness = view.freshness();
        if (freshness == null) {
            return "";
        }
        String state = line(freshness.state());
        if (state.equals("fresh")) {
            return "files as then";
        }
        Integer commits = freshness.commits();
        return "files "
                + state
                + " since"
                + (commits == null || commits == 0 ? "" : ", " + commits + " commits");
    }

    private static String files(ObservationView view) {
        List<String> modified = orEmpty(view.filesModified());
        List<String> files = modified.isEmpty() ? orEmpty(view.filesRead()) : modified;
        String first =
                files.stream()
                        .limit(ROW_FILES_MAX)
                        .map(file -> keepEnd(line(file)))
                        .collect(Collectors.joining(", "));
        int more = files.size() - ROW_FILES_MAX;
        return more > 0 ? first + ", +" + more : first;
    }

    /// The end of a path says more than its beginning.
    private static String keepEnd(String path) {
        if (path.length() <= ROW_FILE_CHARS_MAX) {
            return path;
        }
        int begin = path.length() - ROW_FILE_CHARS_MAX + 1;
        if (Character.isLowSurrogate(path.charAt(begin))) {
            begin++;
        }
        return "…" + path.substring(begin);
    }

    static String full(ObservationView view) {
        var lines = new ArrayList<String>();
        lines.add(
                "#"
                        + view.id()
                        + " "
                        + minute(view)
                        + " "
                        + line(view.type())
                        + "  "
                        + line(view.title()));
        field(lines, "subtitle", line(view.subtitle()));
        if (view.closedAt() != null) {
            field(
                    lines,
                    "closed",
                    begin(line(view.closedAt()), DATE_CHARS)
                            + (view.supersededBy() == null
                                    ? ""
                                    : ", #" + view.supersededBy() + " holds instead"));
        }
        field(
                lines,
                "project",
                line(view.projectName())
                        + ", session "
                        + view.sessionId()
                        + (view.promptNumber() == null ? "" : ", prompt " + view.promptNumber())
                        + (view.toolName() == null ? "" : ", tool " + line(view.toolName())));
        field(lines, "made", position(view));
        paragraph(lines, "narrative", view.narrative());
        List<String> facts = orEmpty(view.facts());
        if (!facts.isEmpty()) {
            lines.add("  facts:");
            facts.forEach(fact -> lines.add("  - " + line(fact)));
        }
        field(lines, "concepts", joined(view.concepts()));
        field(lines, "files modified", joined(view.filesModified()));
        field(lines, "files read", joined(view.filesRead()));
        var freshness = view.freshness();
        if (freshness != null) {
            List<String> files = orEmpty(freshness.files());
            field(lines, "now", label(view) + (files.isEmpty() ? "" : ": " + joined(files)));
        }
        return String.join("\n", lines);
    }

    /// Where the working tree stood then.
    private static String position(ObservationView view) {
        String branch = line(view.branch());
        String commit = begin(line(view.commit()), COMMIT_CHARS);
        String on = branch.isEmpty() ? "" : "on " + branch;
        String at = commit.isEmpty() ? "" : "at " + commit;
        return on.isEmpty() || at.isEmpty() ? on + at : on + " " + at;
    }

    private static void field(List<String> lines, String name, String value) {
        if (!value.isEmpty()) {
            lines.add("  " + name + ": " + value);
        }
    }

    private static void paragraph(List<String> lines, String name, @Nullable String text) {
        if (text != null && !text.isBlank()) {
            lines.add("  " + name + ":");
            text.strip().lines().forEach(line -> lines.add("    " + line));
        }
    }

    private static String joined(@Nullable List<String> values) {
        return orEmpty(values).stream().map(Rows::line).collect(Collectors.joining(", "));
    }

    static String line(@Nullable String text) {
        return text == null ? "" : Wording.oneLine(text);
    }

    /// A list the daemon always sends; without it, something else answered.
    static <T> List<T> present(String what, @Nullable List<T> list) throws ToolFailure {
        if (list == null) {
            throw DaemonCalls.notUnderstood(what, "the daemon's answer lacks what was asked for");
        }
        return list;
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static String date(ObservationView view) {
        return begin(line(view.createdAt()), DATE_CHARS);
    }

    private static String minute(ObservationView view) {
        return begin(line(view.createdAt()), MINUTE_CHARS).replace('T', ' ');
    }

    private static String begin(String text, int chars) {
        return text.substring(0, Math.min(chars, text.length()));
    }
}
