package dev.mneme.bench;

import dev.mneme.redaction.Redactor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Measures what the redaction rules miss and what they take without need.
///
/// Each planted output goes through the rules as plain text and as a string in a hook's payload; a
/// secret counts as found when neither shows any `LEAK_CHARS` characters of it in a row. Every mark
/// in an output without a secret, and every second mark in one with, is a false positive.
final class SecretsBench {

    static final double RECALL_MIN = 0.98;
    static final double FALSE_POSITIVES_PER_10K_LINES_MAX = 0.5;

    /// As many characters of a secret in a row are a leak; a shorter secret leaks as a whole.
    private static final int LEAK_CHARS = 12;

    private static final int LINES_UNIT = 10_000;
    private static final String MARK = "[redacted:";

    /// What became of the secrets of one kind.
    record KindResult(int planted, int found, int needless) {}

    /// The whole table; `missed` and `needless` are outputs to look at.
    record Result(
            long seed,
            Map<String, KindResult> kinds,
            long innocentLines,
            long falsePositives,
            List<String> missed,
            List<String> needless) {

        double recall() {
            int planted = 0;
            int found = 0;
            for (KindResult kind : kinds.values()) {
                planted += kind.planted();
                found += kind.found();
            }
            return planted == 0 ? 0 : (double) found / planted;
        }

        double falsePositivesPer10kLines() {
            return innocentLines == 0 ? 0 : (double) falsePositives * LINES_UNIT / innocentLines;
        }

        boolean passes() {
            return recall() >= RECALL_MIN
                    && falsePositivesPer10kLines() <= FALSE_POSITIVES_PER_10K_LINES_MAX;
        }
    }

    private final Redactor redactor = new Redactor();

    Result run(SecretCorpus corpus) {
        Map<String, KindResult> kinds = new TreeMap<>();
        var missed = new ArrayList<String>();
        var needless = new ArrayList<String>();
        long falsePositives = 0;
        for (SecretCorpus.Planted planted : corpus.planted()) {
            String asText = redactor.redact(planted.text());
            String asPayload = redactor.redactJson(payload(planted.text()));
            boolean found = !leaks(planted, asText) && !leaks(planted, asPayload);
            int extra = Math.max(0, Math.max(marks(asText), marks(asPayload)) - 1);
            if (!found) {
                missed.add(planted.kind() + ":\n" + planted.text());
            }
            if (extra > 0) {
                needless.add(planted.kind() + ":\n" + asText);
            }
            falsePositives += extra;
            kinds.merge(
                    planted.kind(),
                    new KindResult(1, found ? 1 : 0, extra),
                    (a, b) ->
                            new KindResult(
                                    a.planted() + b.planted(),
                                    a.found() + b.found(),
                                    a.needless() + b.needless()));
        }
        long lines = corpus.planted().stream().mapToLong(p -> p.text().lines().count()).sum();
        for (String innocent : corpus.innocent()) {
            String redacted = redactor.redact(innocent);
            int marks = Math.max(marks(redacted), marks(redactor.redactJson(payload(innocent))));
            if (marks > 0) {
                needless.add("look-alike:\n" + redacted);
            }
            falsePositives += marks;
        }
        return new Result(
                corpus.seed(),
                kinds,
                lines + corpus.innocentLines(),
                falsePositives,
                missed,
                needless);
    }

    static String table(Result result) {
        var table = new StringBuilder();
        table.append("| Kind | Planted | Found | Recall | Needless |\n|---|---:|---:|---:|---:|\n");
        result.kinds()
                .forEach(
                        (kind, row) ->
                                table.append(
                                        String.format(
                                                Locale.ROOT,
                                                "| %s | %d | %d | %.3f | %d |%n",
                                                kind,
                                                row.planted(),
                                                row.found(),
                                                (double) row.found() / row.planted(),
                                                row.needless())));
        table.append(
                String.format(
                        Locale.ROOT,
                        "%nseed %d, %d kinds: recall %.4f (at least %.2f), %d false positives in"
                                + " %d lines, %.2f per 10,000 (at most %.1f)%n",
                        result.seed(),
                        result.kinds().size(),
                        result.recall(),
                        RECALL_MIN,
                        result.falsePositives(),
                        result.innocentLines(),
                        result.falsePositivesPer10kLines(),
                        FALSE_POSITIVES_PER_10K_LINES_MAX));
        return table.toString();
    }

    static String json(Result result) {
        var json = new StringBuilder();
        json.append(
                String.format(
                        Locale.ROOT,
                        "{\"bench\":\"secrets\",\"ok\":%b,\"seed\":%d,\"recall\":%.4f,\"recall_min\":%.2f,\"false_positives\":%d,"
                                + "\"lines\":%d,\"false_positives_per_10k_lines\":%.3f,"
                                + "\"false_positives_per_10k_lines_max\":%.1f,\"passed\":%b,"
                                + "\"kinds\":[",
                        result.passes(),
                        result.seed(),
                        result.recall(),
                        RECALL_MIN,
                        result.falsePositives(),
                        result.innocentLines(),
                        result.falsePositivesPer10kLines(),
                        FALSE_POSITIVES_PER_10K_LINES_MAX,
                        result.passes()));
        String separator = "";
        for (Map.Entry<String, KindResult> row : result.kinds().entrySet()) {
            json.append(separator)
                    .append(
                            String.format(
                                    Locale.ROOT,
                                    "{\"kind\":\"%s\",\"planted\":%d,\"found\":%d,\"needless\":%d}",
                                    row.getKey(),
                                    row.getValue().planted(),
                                    row.getValue().found(),
                                    row.getValue().needless()));
            separator = ",";
        }
        return json.append("]}\n").toString();
    }

    private static String payload(String text) {
        return "{\"session_id\":\"a\",\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Bash\","
                + "\"tool_response\":{\"stdout\":\""
                + ToolOutputs.escaped(text).replace("\t", "\\t")
                + "\"}}";
    }

    /// Characters that stand beside the secret too, as in a name that is also its prefix, are none
    /// of its own.
    private static boolean leaks(SecretCorpus.Planted planted, String redacted) {
        String beside = planted.text().replace(planted.secret(), " ");
        for (String line : planted.secret().split("\n", -1)) {
            int window = Math.min(LEAK_CHARS, line.length());
            for (int i = 0; window > 0 && i + window <= line.length(); i++) {
                String part = line.substring(i, i + window);
                if (redacted.contains(part) && !beside.contains(part)) {
                    return true;
                }
            }
        }
        return false;
    }

    static int marks(String text) {
        int marks = 0;
        for (int i = text.indexOf(MARK); i >= 0; i = text.indexOf(MARK, i + 1)) {
            marks++;
        }
        return marks;
    }
}
