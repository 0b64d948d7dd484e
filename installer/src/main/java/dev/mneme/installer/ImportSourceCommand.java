package dev.mneme.installer;

import dev.mneme.installer.moving.Names;
import dev.mneme.installer.moving.Source;
import dev.mneme.protocol.Json;

import picocli.CommandLine;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the imports share: how they are rehearsed, named and reported.
abstract class ImportSourceCommand extends Command {

    /// A page has a hundred records; a daemon that is busy still takes it in seconds.
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    @CommandLine.Option(
            names = "--dry-run",
            description = "Show what would be stored, and store nothing.")
    private boolean dryRun;

    @CommandLine.Option(
            names = "--project",
            paramLabel = "OLD=NEW",
            description =
                    "What a project of the source is here: a name, or a folder. Default: the same"
                            + " name. May be given more than once.")
    private Map<String, String> projects = new LinkedHashMap<>();

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    ImportSourceCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    final Names names() {
        return new Names(projects);
    }

    abstract Source open() throws Failure, IOException;

    /// Whether what was taken in before and is gone comes back.
    boolean again() {
        return false;
    }

    @Override
    public Integer call() throws Failure, IOException {
        Terminal shown = json ? terminal().quiet() : terminal();
        try (Source source = open()) {
            var run =
                    new ImportRun(
                            source,
                            new RestCalls(daemon().client(), TIMEOUT),
                            shown,
                            dryRun,
                            again());
            run.run();
            run.print();
            if (json) {
                terminal()
                        .line(
                                Json.mapper()
                                        .writerWithDefaultPrettyPrinter()
                                        .writeValueAsString(run.json()));
            }
        }
        return DONE;
    }
}
