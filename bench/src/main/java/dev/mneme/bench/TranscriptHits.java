package dev.mneme.bench;

import dev.mneme.redaction.Redactor;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What the rules take out of real transcripts, for a reader to judge. Never shows what was taken.
final class TranscriptHits {

    private static final String MARK = "[redacted:";
    private static final int CONTEXT_CHARS = 24;

    /// One mark: where, which kind, and the masked text before it.
    record Hit(String file, int line, String kind, String context) {}

    record Result(int files, long lines, List<Hit> hits) {}

    private TranscriptHits() {}

    static Result in(Path folder) throws IOException {
        List<Path> texts;
        try (Stream<Path> files = Files.walk(folder)) {
            texts = files.filter(TranscriptHits::isTranscript).sorted().toList();
        }
        var redactor = new Redactor();
        var hits = new ArrayList<Hit>();
        long count = 0;
        for (Path file : texts) {
            String name = folder.relativize(file).toString();
            String text;
            try {
                text = Files.readString(file, StandardCharsets.UTF_8);
            } catch (MalformedInputException notText) {
                continue;
            }
            List<String> lines = name.endsWith(".jsonl") ? text.lines().toList() : List.of(text);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                count += shownLines(line);
                collect(name, i + 1, line, redactor.redactJson(line), hits);
            }
        }
        return new Result(texts.size(), count, hits);
    }

    private static boolean isTranscript(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return Files.isRegularFile(file)
                && (name.endsWith(".jsonl") || name.endsWith(".json"))
                && !file.toString().contains("models");
    }

    /// Lines as a reader sees them: those inside JSON strings count too.
    private static long shownLines(String text) {
        long lines = 1;
        for (int i = text.indexOf("\\n"); i >= 0; i = text.indexOf("\\n", i + 2)) {
            lines++;
        }
        return lines + text.lines().count() - 1;
    }

    private static void collect(
            String file, int line, String before, String after, List<Hit> hits) {
        int known = SecretsBench.marks(before);
        int from = 0;
        int at = after.indexOf(MARK);
        while (at >= 0) {
            int end = after.indexOf(']', at);
            if (known > 0) {
                known--;
            } else {
                String context = after.substring(Math.max(from, at - CONTEXT_CHARS), at);
                hits.add(
                        new Hit(
                                file,
                                line,
                                after.substring(at + MARK.length(), end),
                                masked(context)));
            }
            from = end + 1;
            at = after.indexOf(MARK, from);
        }
    }

    /// Letters and digits of long runs become `x` and `0`: names stay readable, values do not.
    private static String masked(String context) {
        return context.replaceAll("[A-Za-z0-9+/]{17,}", "…").replaceAll("[0-9]", "0");
    }
}
