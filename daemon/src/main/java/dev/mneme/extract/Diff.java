package dev.mneme.extract;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/// The changed lines of one file.
///
/// `removed` and `added` leave out pairs that differ in blanks alone: reindented code is not a
/// change that anybody asks for later.
record Diff(List<List<String>> hunks, List<String> removed, List<String> added) {

    private static final int HUNKS_MAX = 50;
    private static final int HUNK_LINES_MAX = 400;

    /// What the host says was done, else what was asked for.
    static Diff of(Payload payload) {
        List<List<String>> hunks = patch(payload.response());
        if (hunks.isEmpty()) {
            hunks = patch(payload.input());
        }
        if (hunks.isEmpty()) {
            JsonNode input = payload.input();
            addReplacement(hunks, input.path("old_string"), input.path("new_string"));
            for (JsonNode edit : input.path("edits")) {
                addReplacement(hunks, edit.path("old_string"), edit.path("new_string"));
            }
        }
        return of(hunks);
    }

    /// What the host says was done, and nothing where it does not say.
    static Diff done(Payload payload) {
        return of(patch(payload.response()));
    }

    private static List<List<String>> patch(JsonNode holder) {
        var hunks = new ArrayList<List<String>>();
        for (JsonNode hunk : holder.path("structuredPatch")) {
            var lines = new ArrayList<String>();
            for (JsonNode line : hunk.path("lines")) {
                if (lines.size() < HUNK_LINES_MAX && !Payload.text(line).isEmpty()) {
                    lines.add(bounded(Payload.text(line)));
                }
            }
            addHunk(hunks, lines);
        }
        return hunks;
    }

    static Diff of(List<List<String>> hunks) {
        var removed = new ArrayList<String>();
        var added = new ArrayList<String>();
        for (List<String> hunk : hunks) {
            for (String line : hunk) {
                if (line.startsWith("-")) {
                    removed.add(line.substring(1));
                } else if (line.startsWith("+")) {
                    added.add(line.substring(1));
                }
            }
        }
        dropReindented(removed, added);
        return new Diff(List.copyOf(hunks), List.copyOf(removed), List.copyOf(added));
    }

    boolean isEmpty() {
        return removed.isEmpty() && added.isEmpty();
    }

    /// The changed lines alone, bounded, for a narrative.
    String compact() {
        var text = new StringBuilder();
        int shown = 0;
        int changed = 0;
        for (List<String> hunk : hunks) {
            for (String line : hunk) {
                if (line.startsWith(" ") || line.startsWith("\\")) {
                    continue;
                }
                changed++;
                if (shown < Bounds.DIFF_LINES_MAX && line.strip().length() > 1) {
                    String code = Bounds.cut(line.substring(1), Bounds.DIFF_LINE_CHARS_MAX);
                    text.append(line.charAt(0)).append(' ').append(code).append('\n');
                    shown++;
                }
            }
        }
        if (shown == Bounds.DIFF_LINES_MAX && changed > shown) {
            text.append("… ").append(changed - shown).append(" more changed lines\n");
        }
        return text.toString();
    }

    private static void addReplacement(List<List<String>> hunks, JsonNode before, JsonNode after) {
        if (!before.isString() && !after.isString()) {
            return;
        }
        List<String> old = Bounds.lines(Payload.text(before));
        List<String> fresh = Bounds.lines(Payload.text(after));
        int same = 0;
        int shorter = Math.min(old.size(), fresh.size());
        while (same < shorter && old.get(same).equals(fresh.get(same))) {
            same++;
        }
        int tail = 0;
        while (tail < shorter - same
                && old.get(old.size() - 1 - tail).equals(fresh.get(fresh.size() - 1 - tail))) {
            tail++;
        }
        var lines = new ArrayList<String>();
        old.subList(0, same).forEach(line -> lines.add(" " + line));
        old.subList(same, old.size() - tail).forEach(line -> lines.add("-" + line));
        fresh.subList(same, fresh.size() - tail).forEach(line -> lines.add("+" + line));
        old.subList(old.size() - tail, old.size()).forEach(line -> lines.add(" " + line));
        addHunk(hunks, lines);
    }

    private static void addHunk(List<List<String>> hunks, List<String> lines) {
        if (!lines.isEmpty() && hunks.size() < HUNKS_MAX) {
            hunks.add(
                    lines.size() > HUNK_LINES_MAX
                            ? List.copyOf(lines.subList(0, HUNK_LINES_MAX))
                            : List.copyOf(lines));
        }
    }

    private static void dropReindented(List<String> removed, List<String> added) {
        var left = new HashMap<String, Integer>();
        for (String line : added) {
            left.merge(blankless(line), 1, Integer::sum);
        }
        var matched = new HashMap<String, Integer>();
        removed.removeIf(
                line -> {
                    String key = blankless(line);
                    int open = left.getOrDefault(key, 0);
                    if (open > 0) {
                        left.put(key, open - 1);
                        matched.merge(key, 1, Integer::sum);
                    }
                    return open > 0 || key.isEmpty();
                });
        added.removeIf(
                line -> {
                    String key = blankless(line);
                    int open = matched.getOrDefault(key, 0);
                    matched.put(key, open - 1);
                    return open > 0 || key.isEmpty();
                });
    }

    private static String blankless(String line) {
        return line.replaceAll("\\s+", "");
    }

    private static String bounded(String line) {
        return line.length() > Bounds.SCAN_LINE_CHARS_MAX
                ? line.substring(0, Bounds.SCAN_LINE_CHARS_MAX)
                : line;
    }
}
