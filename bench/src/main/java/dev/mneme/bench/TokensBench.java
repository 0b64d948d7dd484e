package dev.mneme.bench;

import dev.mneme.bench.RetrievalSet.Part;
import dev.mneme.bench.RetrievalSet.Question;
import dev.mneme.protocol.Json;
import dev.mneme.recall.TokenEstimate;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/// What an answer costs a model in tokens: the walk through the three layers against the full
/// records of the same hits, through the registered MCP server.
///
/// Both sides are asked the same question and get the same hits. The walk reads the rows of
/// `search`, the rows of `timeline` around the one that it follows, and with `get_observations`
/// that one in full. The yardstick reads all hits in full, in the same words: what a search costs
/// that has no rows. Only questions whose answer is among the hits count; the row that is followed
/// is the first whose memory the set's gold names, and what it costs to open hit after hit until
/// then instead is printed beside it. Arguments of calls count on both sides.
final class TokensBench {

    /// As many as the tool gives by itself.
    private static final int HITS = 20;

    /// The records of one call; more might not fit into its answer.
    private static final int RECORDS = 5;

    private static final int PARTS_SHORT = 3;
    private static final double SHARE_MAX = 0.1;
    private static final double ROW_TOKENS_MAX = 100;

    private static final Pattern BETWEEN_RECORDS = Pattern.compile("\n\n(?=#\\d)");
    private static final Pattern ROW = Pattern.compile("(?m)^[> ]{0,2}#(\\d+) ");

    private final McpClient server;
    private final Map<Long, String> units = new HashMap<>();

    private int asked;
    private int answered;
    private long rows;
    private long searchTokens;
    private long timelineTokens;
    private long recordTokens;
    private long fullTokens;
    private long hitAfterHitTokens;
    private long hits;

    private TokensBench(McpClient server) {
        this.server = server;
    }

    static Report run(Path data, boolean quick) throws BenchFailure, InterruptedException {
        RetrievalSet set = RetrievalSets.read(RetrievalSets.BEAM, data);
        List<Part> parts =
                set.parts()
                        .subList(
                                0,
                                Math.min(
                                        quick ? PARTS_SHORT : Integer.MAX_VALUE,
                                        set.parts().size()));
        try (TemporaryInstallation installation = TemporaryInstallation.create();
                var server =
                        new McpClient(
                                installation.serverCommand(),
                                installation.serverEnvironment(),
                                installation.folder())) {
            var bench = new TokensBench(server);
            var daemon = new DaemonApi(installation.home());
            for (Part part : parts) {
                List<Long> ids = daemon.store(part.project(), part.memories());
                for (int i = 0; i < ids.size(); i++) {
                    bench.units.put(ids.get(i), part.memories().get(i).unit());
                }
            }
            daemon.awaitVectors();
            for (Part part : parts) {
                for (Question question : part.questions()) {
                    bench.ask(part, question);
                }
            }
            return bench.report(parts);
        }
    }

    private void ask(Part part, Question question) throws BenchFailure, InterruptedException {
        if (question.gold().isEmpty()) {
            return;
        }
        asked++;
        Map<String, Object> wanted =
                Map.of("query", question.text(), "project", part.project(), "limit", HITS);
        String found = server.call("search", wanted);
        List<Long> ids = ids(found);
        Optional<Long> gold =
                ids.stream().filter(id -> question.gold().contains(units.get(id))).findFirst();
        if (gold.isEmpty()) {
            return;
        }
        answered++;
        hits += ids.size();
        int search = cost(wanted, found);
        Map<String, Object> around = Map.of("anchor", gold.get());
        String timeline = server.call("timeline", around);
        rows += ids.size() + ids(timeline).size();
        Map<Long, Integer> records = records(ids);
        int record =
                arguments(List.of(gold.get())) + Objects.requireNonNull(records.get(gold.get()));
        searchTokens += search;
        timelineTokens += cost(around, timeline);
        recordTokens += record;
        fullTokens += TokenEstimate.of(Json.write(wanted)) + sum(records, ids);
        List<Long> opened = ids.subList(0, ids.indexOf(gold.get()) + 1);
        hitAfterHitTokens += search + arguments(opened) + sum(records, opened);
    }

    /// What each record costs to read, by its id.
    private Map<Long, Integer> records(List<Long> ids) throws BenchFailure, InterruptedException {
        var costs = new HashMap<Long, Integer>();
        for (int from = 0; from < ids.size(); from += RECORDS) {
            List<Long> some = ids.subList(from, Math.min(ids.size(), from + RECORDS));
            String text = server.call("get_observations", Map.of("ids", some));
            String[] records = BETWEEN_RECORDS.split(text, -1);
            if (records.length != some.size()) {
                throw new BenchFailure(
                        "`get_observations` does not show all of " + some, "measure again");
            }
            for (int i = 0; i < records.length; i++) {
                costs.put(some.get(i), read(records[i]));
            }
        }
        return costs;
    }

    private static long sum(Map<Long, Integer> records, List<Long> ids) {
        return ids.stream().mapToLong(id -> Objects.requireNonNull(records.get(id))).sum();
    }

    private static int cost(Map<String, Object> arguments, String answer) {
        return TokenEstimate.of(Json.write(arguments)) + read(answer);
    }

    /// A host hands the structured answer to its model, in which line breaks cost more.
    private static int read(String text) {
        return TokenEstimate.of(Json.write(Map.of("text", text)));
    }

    private static int arguments(List<Long> ids) {
        return TokenEstimate.of(Json.write(Map.of("ids", ids)));
    }

    private static List<Long> ids(String rows) {
        return ROW.matcher(rows).results().map(row -> Long.valueOf(row.group(1))).toList();
    }

    private Report report(List<Part> parts) {
        var report = new Report("tokens");
        report.comparedWith(
                "the full records of the same hits, as `get_observations` writes them; a token is"
                        + " four letters of ASCII or one of any other script, on both sides");
        report.figure("set", RetrievalSets.BEAM);
        report.figure("memories", parts.stream().mapToInt(part -> part.memories().size()).sum());
        report.figure("questions", asked);
        report.figure("answered", answered);
        long walk = searchTokens + timelineTokens + recordTokens;
        var each = new LinkedHashMap<String, Object>();
        each.put("hits", each(hits));
        each.put("search", each(searchTokens));
        each.put("timeline", each(timelineTokens));
        each.put("get_observations", each(recordTokens));
        each.put("walk", each(walk));
        each.put("full_records", each(fullTokens));
        each.put("search, then hit after hit in full", each(hitAfterHitTokens));
        report.figure("tokens_per_answer", each);
        double row = (double) (searchTokens + timelineTokens) / Math.max(1, rows);
        report.figure("tokens_per_row", Report.rounded(row));
        report.figure("tokens_per_record", Report.rounded((double) fullTokens / Math.max(1, hits)));
        report.figure(
                "search, then hit after hit in full / full records",
                Report.rounded((double) hitAfterHitTokens / Math.max(1, fullTokens)));
        report.atLeast("answered questions", answered, 1);
        report.atMost("tokens a row", row, ROW_TOKENS_MAX);
        report.atMost("walk / full records", (double) walk / Math.max(1, fullTokens), SHARE_MAX);
        return report;
    }

    private double each(long sum) {
        return Report.rounded((double) sum / Math.max(1, answered));
    }
}
