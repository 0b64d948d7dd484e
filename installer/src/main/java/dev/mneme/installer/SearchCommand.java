package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// `mneme search`: the memories that answer a question, as a table people read.
@CommandLine.Command(
        name = "search",
        mixinStandardHelpOptions = true,
        description = {
            "Search memory by words and by meaning, in the project of the current folder.",
            "Shows the best first; `mneme show ID` shows one in full."
        },
        footer = {
            "",
            "Example:",
            "  mneme search why is the backoff capped",
            "  mneme search --all --type decision --type gotcha postgres"
        })
final class SearchCommand extends Command {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int LIMIT_DEFAULT = 10;
    private static final int DATE_CHARS = 10;

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
                    "Only decision, bugfix, feature, refactor, discovery, change, pattern or"
                            + " gotcha. May be given more than once.")
    private List<String> types = new ArrayList<>();

    @CommandLine.Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "hybrid (default), fts for words alone, vector for meaning alone.")
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
                        types.isEmpty() ? null : types,
                        limit,
                        mode);
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
        } else if (found.observations().isEmpty()) {
            terminal()
                    .line(
                            all
                                    ? "no hits"
                                    : "no hits in this project; `--all` searches every project");
        } else {
            if (Boolean.FALSE.equals(found.covered())) {
                terminal()
                        .line("nothing stored seems to answer this; the nearest of what there is:");
            }
            found.observations().forEach(this::row);
        }
        return DONE;
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
        if (!files.isEmpty()) {
            terminal().line(" ".repeat(33) + String.join(", ", files));
        }
    }
}
