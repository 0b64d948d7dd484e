package dev.mneme.installer;

import dev.mneme.installer.program.BenchProgram;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `mneme bench`: starts the program that measures, with this terminal.
@CommandLine.Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measure what Mneme promises in numbers, in a home of its own that is removed.",
            "Exit code 1 when a promise is not kept."
        },
        footer = {
            "",
            "Benchmarks: secrets, hooks, ingest, queue, footprint, embed, search,",
            "tokens, extract, retrieval.",
            "",
            "Example:",
            "  mneme bench hooks --json",
            "  mneme bench extract --data ~/.claude/projects --show",
            "  mneme bench retrieval --set locomo --data ../shared/data --json"
        })
final class BenchCommand extends Command {

    @CommandLine.Parameters(
            index = "0",
            paramLabel = "NAME",
            description =
                    "secrets, hooks, ingest, queue, footprint, embed, search, tokens, extract"
                            + " or retrieval.")
    private String name = "";

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    @CommandLine.Option(names = "--short", description = "Measure for a shorter time.")
    private boolean quick;

    @CommandLine.Option(
            names = "--data",
            paramLabel = "FOLDER",
            description =
                    "Of `extract`: recorded sessions; of `retrieval` and `tokens`: the set; default"
                            + " ../shared/data.")
    private @Nullable Path data;

    @CommandLine.Option(
            names = "--set",
            paramLabel = "NAME",
            description =
                    "Of `retrieval`: entire-sessions (default), beam, locomo, longmemeval or"
                            + " precision-mem-bench.")
    private @Nullable String set;

    @CommandLine.Option(
            names = "--models",
            paramLabel = "FOLDER",
            description =
                    "Of `retrieval`: models to measure with, as in ~/.mneme/models; default none.")
    private @Nullable Path models;

    @CommandLine.Option(
            names = "--floor",
            description = "Of `retrieval`: whether search knows when nothing answers.")
    private boolean floor;

    @CommandLine.Option(
            names = "--backend",
            paramLabel = "NAME",
            description = "Of `extract`: who extracts; default rules.")
    private @Nullable String backend;

    @CommandLine.Option(
            names = "--show",
            description = "Of `extract` and `secrets`: print what was found.")
    private boolean show;

    @CommandLine.Parameters(
            index = "1..*",
            paramLabel = "OPTION",
            description = "Of `secrets`, after `--`: --seed N, --transcripts FOLDER.")
    private List<String> more = List.of();

    BenchCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add(name);
        if (json) {
            arguments.add("--json");
        }
        if (quick) {
            arguments.add("--short");
        }
        if (show) {
            arguments.add("--show");
        }
        if (data != null) {
            arguments.addAll(List.of("--data", data.toString()));
        }
        if (set != null) {
            arguments.addAll(List.of("--set", set));
        }
        if (models != null) {
            arguments.addAll(List.of("--models", models.toAbsolutePath().toString()));
        }
        if (floor) {
            arguments.add("--floor");
        }
        if (backend != null) {
            arguments.addAll(List.of("--backend", backend));
        }
        arguments.addAll(more);
        List<String> command =
                BenchProgram.command(
                        surroundings().sourceTree(), home().app(), javaHome(), arguments);
        Process bench = new ProcessBuilder(command).inheritIO().start();
        // It removes what it made when it is told to end, which a kill would not let it do.
        Runtime.getRuntime().addShutdownHook(new Thread(bench::destroy, "end-bench"));
        return bench.waitFor();
    }

    private Path javaHome() {
        return surroundings().javaHome();
    }
}
