package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `mneme search`: the memories that answer a question, as a table people read.
@CommandLine.Command(
        name = "search",
        mixinStandardHelpOptions = true,
        description = {
            "Search memory by words and by meaning, in the project of the current folder.",
            "Shows the best first, then turns and sessions that speak of it;",
            "`mneme show ID` shows one in full."
        },
        footer = {
            "",
            "Example:",
            "  mneme search why is the backoff capped",
            "  mneme search --all --type decision --type gotcha postgres",
            "  mneme search --file http/retry.py --since 7d --explain backoff"
        })
final class SearchCommand extends Command {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int LIMIT_DEFAULT = 10;
    private static final int DATE_CHARS = 10;
    private static final int SUMMARY_CHARS_MAX = 120;

    /// Of what stands below a hit's title.
    private static final int INDENT = 33;

    /// A part of a score that is rounded to nothing is not shown.
    private static final double SHOWN_MIN = 0.005;

    @CommandLine.Parameters(
            paramLabel = "WORD",
            arity = "1..*",
            description = "What to look for; quotes are not needed.")
    private List<String> words = new ArrayList<>();

    @CommandLine.Option(
            names = "--project",
            paramLabel = "PROJECT",
            description = "A project by id, name, alias or path. Default: the current folder's.")
    private @Nullable String project;

    @CommandLine.Option(names = "--all", description = "Search all projects.")
    private boolean all;

    @CommandLine.Option(
            names = "--type",
            paramLabel = "TYPE",
            description =
                    "Only decision, bugfix, feature, refactor, discovery, change, pattern, gotcha,"
                            + " or summary for what turns and sessions came to. May be given more"
                            + " than once.")
    private List<String> types = new ArrayList<>();

    @CommandLine.Option(
            names = "--concept",
            paramLabel = "NAME",
            description = "Only what names this concept. May be given more than once.")
    private List<String> concepts = new ArrayList<>();

    @CommandLine.Option(
            names = "--file",
            paramLabel = "PATH",
            description =
                    "Only what read or changed this file: a path or the end of one, as in"
                            + " http/retry.py. May be given more than once.")
    private List<String> files = new ArrayList<>();

    @CommandLine.Option(
            names = "--branch",
            paramLabel = "NAME",
            description = "Only what happened on this git branch.")
    private @Nullable String branch;

    @CommandLine.Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only from then on: 7d, 12h, 2026-01-31 or an instant in ISO 8601.")
    private @Nullable String since;

    @CommandLine.Option(
            names = "--until",
            paramLabel = "TIME",
            description = "Only before then, in the same forms.")
    private @Nullable String until;

    @CommandLine.Option(
            names = "--session",
            paramLabel = "ID",
            description = "Only from this session.")
    private @Nullable String session;

    @CommandLine.Option(
            names = "--after",
            paramLabel = "PAGE",
            description = "The page after another one, which names it at its end.")
    private @Nullable String after;

    @CommandLine.Option(
            names = "--explain",
            description = "Say below each hit what its score is made of.")
    private boolean explain;

    @CommandLine.Option(
            names = "--mode",
            paramLabel = "MODE",
            description =
                    "hybrid (default), rrf by ranks, fts for words alone, vector for meaning alone.")
    private @Nullable String mode;

    @CommandLine.Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "" + LIMIT_DEFAULT,
            description = "Hits at most. Default: " + LIMIT_DEFAULT + ".")
    private int limit;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    SearchCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        String query = String.join(" ", words);
        var request =
                new Wire.SearchRequest(
                        query.substring(0, Math.min(query.length(), Limits.QUERY_CHARS_MAX)),
                        all ? null : place(),
                        all,
                        orNull(types),
                        orNull(concepts),
                        orNull(files),
                        branch,
                        since,
                        until,
                        session,
                        limit,
                        after,
                        mode,
                        explain,
                        null);
        Wire.SearchResponse found =
                new RestCalls(daemon().client(), TIMEOUT)
                        .post(
                                "search",
                                "/api/observations/search",
                                request,
                                Wire.SearchResponse.class);
        if (json) {
            terminal()
                    .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(found));
        } else if (found.observations().isEmpty() && summaries(found).isEmpty()) {
            terminal()
                    .line(
                            all
                                    ? "no hits"
                                    : "no hits in this project; `--all` searches every project");
        } else {
            if (Boolean.FALSE.equals(found.covered()) && !found.observations().isEmpty()) {
                terminal()
                        .line("nothing stored seems to answer this; the nearest of what there is:");
            }
            rows(found);
        }
        return DONE;
    }

    private void rows(Wire.SearchResponse found) {
        List<Wire.HitExplanation> parts = found.explain();
        for (int hit = 0; hit < found.observations().size(); hit++) {
            row(found.observations().get(hit));
            if (parts != null && hit < parts.size()) {
                explain(found.observations().get(hit), parts.get(hit));
            }
        }
        if (!summaries(found).isEmpty()) {
            terminal().line("what turns and sessions came to that speak of it:");
            summaries(found).forEach(this::row);
        }
        if (found.dropped() != null && !found.dropped().isEmpty()) {
            terminal().line("not asked in time: " + String.join(", ", found.dropped()));
        }
        if (found.next() != null) {
            terminal().line("more: --after " + found.next());
        }
    }

    private static List<Wire.SummaryView> summaries(Wire.SearchResponse found) {
        List<Wire.SummaryView> summaries = found.summaries();
        return summaries == null ? List.of() : summaries;
    }

    private void row(Wire.SummaryView summary) {
        String created = summary.createdAt();
        String project = all ? "(" + summary.projectName() + ") " : "";
        terminal()
                .line(
                        String.format(
                                Locale.ROOT,
                                "%8s  %s  %-9s  %s%s",
                                ShowCommand.SUMMARY_MARK + summary.id(),
                                created.substring(0, Math.min(DATE_CHARS, created.length())),
                                summary.type(),
                                project,
                                firstLine(summary)));
    }

    /// What was wanted, else what came of it: one of them is there.
    private static String firstLine(Wire.SummaryView summary) {
        String text =
                Stream.of(
                                summary.request(),
                                summary.completed(),
                                summary.learned(),
                                summary.investigated(),
                                summary.nextSteps())
                        .filter(Objects::nonNull)
                        .flatMap(String::lines)
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .findFirst()
                        .orElse("");
        return text.length() <= SUMMARY_CHARS_MAX
                ? text
                : text.substring(0, SUMMARY_CHARS_MAX - 1).stripTrailing() + "…";
    }

    private static @Nullable List<String> orNull(List<String> values) {
        return values.isEmpty() ? null : values;
    }

    private String place() {
        return project == null
                ? Path.of("").toAbsolutePath().toString()
                : RestCalls.absolute(project);
    }

    private void row(Wire.ObservationView hit) {
        String created = hit.createdAt();
        terminal()
                .line(
                        String.format(
                                Locale.ROOT,
                                "%8s  %s  %-9s  %s%s",
                                "#" + hit.id(),
                                created.substring(0, Math.min(DATE_CHARS, created.length())),
                                hit.type(),
                                all ? "(" + hit.projectName() + ") " : "",
                                hit.title()));
        List<String> files = hit.filesModified();
        String label = ShowCommand.label(hit);
        if (!files.isEmpty() || !label.isEmpty()) {
            terminal()
                    .line(
                            " ".repeat(INDENT)
                                    + String.join(", ", files)
                                    + (label.isEmpty() ? "" : "  (" + label + ")"));
        }
    }

    /// The parts in the order of what they weigh; those that add nothing are left out.
    private void explain(Wire.ObservationView hit, Wire.HitExplanation parts) {
        var sum = new LinkedHashMap<String, Double>();
        sum.put("words", parts.words());
        sum.put("neighbours", parts.neighbours());
        sum.put("session", parts.session());
        sum.put("length", parts.length());
        sum.put("meaning", parts.meaning());
        sum.put("recency", parts.recency());
        sum.put("reranker", parts.reranker());
        Double score = hit.score();
        terminal()
                .line(
                        " ".repeat(INDENT)
                                + String.format(Locale.ROOT, "%.2f", score == null ? 0 : score)
                                + sum.entrySet().stream()
                                        .filter(part -> Math.abs(part.getValue()) >= SHOWN_MIN)
                                        .sorted(
                                                Comparator.comparingDouble(
                                                        (Map.Entry<String, Double> part) ->
                                                                -Math.abs(part.getValue())))
                                        .map(
                                                part ->
                                                        String.format(
                                                                Locale.ROOT,
                                                                "%s %.2f",
                                                                part.getKey(),
                                                                part.getValue()))
                                        .collect(Collectors.joining(", ", " = ", "")));
    }
}
