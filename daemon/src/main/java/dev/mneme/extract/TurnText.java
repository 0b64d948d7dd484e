package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.Turn;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A turn as a model reads it, within a number of characters: the request, the numbered files and
/// events, the final answer.
///
/// The request and the answer come first when room is shared out, then failures and edits, then
/// other calls; a look at something is one line or nothing. Of a text that is too long the begin
/// and the end stay: what fails says so last.
///
/// @param text of the turn
/// @param eventIds the events by their numbers in the text, the first is number 1
/// @param files by their numbers, relative to the project where they lie below it
/// @param modified those of the files that an edit changed
public record TurnText(String text, List<Long> eventIds, List<String> files, Set<String> modified) {

    /// More numbers would make a grammar of numbers.
    static final int EVENTS_MAX = 60;

    static final int FILES_MAX = 40;

    /// Room for the numbers and headings.
    private static final int LINE_CHARS = 40;

    private static final int LOOK_CHARS_MAX = 160;
    private static final int CALL_CHARS_MAX = 1_200;
    private static final int CHANGE_CHARS_MAX = 2_400;
    private static final int DIFF_CHARS_MAX = 64 * 1024;
    private static final int FILE_CHARS_MAX = 200;

    /// What an event is worth when room is short.
    private enum Worth {
        LOOK(1, LOOK_CHARS_MAX),
        CALL(4, CALL_CHARS_MAX),
        CHANGE(8, CHANGE_CHARS_MAX);

        private final int weight;
        private final int charsMax;

        Worth(int weight, int charsMax) {
            this.weight = weight;
            this.charsMax = charsMax;
        }
    }

    private record Line(Payload payload, Worth worth, String head, String body) {}

    public TurnText {
        eventIds = List.copyOf(eventIds);
        files = List.copyOf(files);
        modified = Set.copyOf(modified);
    }

    public static TurnText of(Turn turn, int charsMax) {
        var files = new LinkedHashSet<String>();
        var modified = new LinkedHashSet<String>();
        List<Line> lines = lines(turn, files, modified);
        var text = new StringBuilder();
        if (turn.isContinuation()) {
            text.append("(the continuation of a turn whose beginning is known)\n");
        }
        String prompt = turn.prompt();
        if (prompt != null && !prompt.isBlank()) {
            text.append("Request: ").append(middleCut(prompt, charsMax / 6)).append('\n');
        }
        String answer = turn.answer();
        String end =
                answer == null || answer.isBlank()
                        ? "The turn ended without an answer.\n"
                        : "Final answer: " + middleCut(answer, charsMax / 4) + "\n";
        List<String> named = files.stream().limit(FILES_MAX).toList();
        for (int index = 0; index < named.size(); index++) {
            text.append(index == 0 ? "Files:\n" : "")
                    .append(index + 1)
                    .append(' ')
                    .append(named.get(index))
                    .append('\n');
        }
        text.append("Events:\n");
        appendLines(text, lines, charsMax - text.length() - end.length());
        text.append(end);
        return new TurnText(
                withoutMarks(text.toString()),
                lines.stream().map(line -> line.payload().event().id()).toList(),
                named,
                modified);
    }

    private static List<Line> lines(Turn turn, Set<String> files, Set<String> modified) {
        var lines = new ArrayList<Line>();
        for (CapturedEvent event : turn.events()) {
            Payload.of(event).ifPresent(payload -> lines.add(line(payload, files, modified)));
        }
        lines.removeIf(line -> line.head().isEmpty());
        // The most worthy stay, the latest of them first, in the order in which they happened.
        for (Worth worth : Worth.values()) {
            for (int index = 0; index < lines.size() && lines.size() > EVENTS_MAX; ) {
                if (lines.get(index).worth() == worth) {
                    lines.remove(index);
                } else {
                    index++;
                }
            }
        }
        return lines;
    }

    private static Line line(Payload payload, Set<String> files, Set<String> modified) {
        return switch (payload.event().kind()) {
            case SESSION_START, SESSION_END, USER_PROMPT_SUBMIT, STOP ->
                    new Line(payload, Worth.LOOK, "", "");
            case SUBAGENT_STOP ->
                    new Line(
                            payload,
                            Worth.CALL,
                            "report of a subagent",
                            payload.text("last_assistant_message"));
            case POST_COMPACT ->
                    new Line(
                            payload,
                            Worth.CALL,
                            "summary of a compaction",
                            payload.text("compact_summary"));
            case POST_TOOL_USE, POST_TOOL_USE_FAILURE -> call(payload, files, modified);
        };
    }

    private static Line call(Payload payload, Set<String> files, Set<String> modified) {
        String tool = payload.tool();
        boolean failed = payload.event().kind() == HookEvent.POST_TOOL_USE_FAILURE;
        String file = payload.input("file_path");
        if (file.isEmpty()) {
            file = payload.input("notebook_path");
        }
        String name = file.isEmpty() ? "" : payload.relative(file);
        boolean edit =
                switch (tool) {
                    case "Edit", "MultiEdit", "NotebookEdit", "Write" -> true;
                    default -> false;
                };
        if (!name.isEmpty() && name.length() <= FILE_CHARS_MAX) {
            files.add(name);
            if (edit && !failed) {
                modified.add(name);
            }
        }
        if (failed) {
            return new Line(
                    payload,
                    Worth.CHANGE,
                    tool + " " + subject(payload, name) + " FAILED",
                    payload.error());
        }
        if (edit) {
            return new Line(payload, Worth.CHANGE, tool + " " + name, diff(payload));
        }
        return switch (tool) {
            case "Read", "Glob", "Grep", "LS", "LSP", "NotebookRead" ->
                    new Line(payload, Worth.LOOK, tool + " " + subject(payload, name), "");
            default ->
                    new Line(
                            payload,
                            Worth.CALL,
                            tool + " " + subject(payload, name),
                            payload.output());
        };
    }

    private static String subject(Payload payload, String file) {
        if (!file.isEmpty()) {
            return file;
        }
        for (String field :
                List.of("command", "pattern", "query", "url", "description", "prompt")) {
            String value = payload.input(field);
            if (!value.isBlank()) {
                return Bounds.cut(Bounds.oneLine(value), Bounds.COMMAND_CHARS_MAX);
            }
        }
        return "";
    }

    /// The patch that was stored with the edit.
    private static String diff(Payload payload) {
        JsonNode hunks = payload.response().path("structuredPatch");
        if (hunks.isMissingNode() || hunks.isEmpty()) {
            hunks = payload.input().path("structuredPatch");
        }
        var diff = new StringBuilder();
        for (JsonNode hunk : hunks) {
            for (JsonNode line : hunk.path("lines")) {
                if (diff.length() < DIFF_CHARS_MAX) {
                    diff.append(Payload.text(line)).append('\n');
                }
            }
        }
        return diff.toString();
    }

    private static void appendLines(StringBuilder text, List<Line> lines, int charsMax) {
        int weights = lines.stream().mapToInt(line -> line.worth().weight).sum();
        int room = Math.max(0, charsMax - lines.size() * LINE_CHARS);
        for (int index = 0; index < lines.size(); index++) {
            Line line = lines.get(index);
            int share =
                    Math.min(
                            line.worth().charsMax,
                            (int) ((long) room * line.worth().weight / Math.max(1, weights)));
            String head = Bounds.cut(Bounds.oneLine(line.head()), Math.max(LINE_CHARS, share));
            text.append('[').append(index + 1).append("] ").append(head);
            String body = middleCut(line.body(), share - head.length());
            if (!body.isEmpty()) {
                text.append('\n').append(body);
            }
            text.append('\n');
        }
    }

    /// The begin and the end of a text, and how much was left out between them.
    private static String middleCut(String text, int charsMax) {
        String clean = text.strip();
        if (clean.length() <= charsMax) {
            return clean;
        }
        if (charsMax < 2 * LINE_CHARS) {
            return "";
        }
        int kept = charsMax - LINE_CHARS;
        int begin = kept * 3 / 5;
        int end = clean.length() - (kept - begin);
        if (Character.isHighSurrogate(clean.charAt(begin - 1))) {
            begin--;
        }
        if (Character.isLowSurrogate(clean.charAt(end))) {
            end++;
        }
        return clean.substring(0, begin)
                + " … ["
                + (end - begin)
                + " characters left out] … "
                + clean.substring(end);
    }

    /// Models mark who speaks by words such as `<|im_end|>`. What was captured must not end its own
    /// part of the conversation.
    private static String withoutMarks(String text) {
        return text.replace("<|", "< |").replace("|>", "| >");
    }
}
