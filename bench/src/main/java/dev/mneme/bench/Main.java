package dev.mneme.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/// `NAME [--json] [--short]`: prints what was measured; the exit code says whether it keeps the
/// promises. `secrets` also takes `--seed N`, `--transcripts FOLDER` and `--show`, `extract` takes
/// `--data FOLDER`, `--backend NAME` and `--show`, `retrieval` takes `--set NAME` and `--data
/// FOLDER`, `tokens` takes `--data FOLDER`.
public final class Main {

    private static final int PLANTED_PER_KIND = 60;
    private static final int INNOCENT_PER_KIND = 100;
    private static final int SEED_BOUND = 1_000_000;

    /// Beside a clone; what tests read lies there too.
    private static final Path RECORDINGS = Path.of("..", "shared", "data");

    private static final String JSON = "--json";
    private static final String SHORT = "--short";
    private static final String SHOW = "--show";
    private static final String FLOOR = "--floor";
    private static final String DATA = "--data";
    private static final String BACKEND = "--backend";
    private static final String SET = "--set";
    private static final String MODELS = "--models";
    private static final String SEED = "--seed";
    private static final String TRANSCRIPTS = "--transcripts";

    private static final int KEPT = 0;
    private static final int BROKEN = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        // What the libraries have to say while they work is not what was asked for.
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(run(arguments));
    }

    static int run(String[] arguments) throws IOException {
        if (arguments.length == 0) {
            return usage("none is named");
        }
        List<String> words = List.of(arguments).subList(1, arguments.length);
        try {
            return switch (arguments[0]) {
                case "secrets" -> secrets(words);
                case "extract" -> extract(words);
                case "retrieval" -> retrieval(words);
                case "tokens" -> {
                    var options = Options.of(words, Set.of(JSON, SHORT), Set.of(DATA));
                    yield reported(
                            options, () -> TokensBench.run(data(options), options.has(SHORT)));
                }
                case "hooks" -> measured(words, HooksBench::run);
                case "ingest" -> measured(words, IngestBench::run);
                case "queue" -> measured(words, QueueBench::run);
                case "footprint" -> measured(words, FootprintBench::run);
                case "embed" -> measured(words, EmbedBench::run);
                case "search" -> measured(words, SearchBench::run);
                default -> usage("there is none named `" + arguments[0] + "`");
            };
        } catch (Options.Wrong wrong) {
            return usage(String.valueOf(wrong.getMessage()));
        }
    }

    /// What measures; `quick` in a shorter run.
    private interface Bench {
        Report run(boolean quick) throws IOException, BenchFailure, InterruptedException;
    }

    private interface Run {
        Report report() throws IOException, BenchFailure, InterruptedException;
    }

    private static int measured(List<String> words, Bench bench) throws IOException, Options.Wrong {
        var options = Options.of(words, Set.of(JSON, SHORT), Set.of());
        return reported(options, () -> bench.run(options.has(SHORT)));
    }

    private static int reported(Options options, Run run) throws IOException {
        try {
            Report report = run.report();
            System.out.print(options.has(JSON) ? report.json() : report.table());
            return report.ok() ? KEPT : BROKEN;
        } catch (BenchFailure failure) {
            return failed(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return BROKEN;
        }
    }

    private static Path data(Options options) {
        return options.value(DATA).map(Path::of).orElse(RECORDINGS);
    }

    private static int secrets(List<String> words) throws IOException, Options.Wrong {
        var options = Options.of(words, Set.of(JSON, SHOW), Set.of(SEED, TRANSCRIPTS));
        Optional<String> folder = options.value(TRANSCRIPTS);
        if (folder.isPresent()) {
            return transcripts(Path.of(folder.get()));
        }
        SecretsBench.Result result =
                new SecretsBench()
                        .run(
                                SecretCorpus.generate(
                                        options.number(SEED)
                                                .orElseGet(
                                                        () ->
                                                                (long)
                                                                        new Random()
                                                                                .nextInt(
                                                                                        SEED_BOUND)),
                                        PLANTED_PER_KIND,
                                        INNOCENT_PER_KIND));
        System.out.print(
                options.has(JSON) ? SecretsBench.json(result) : SecretsBench.table(result));
        if (options.has(SHOW)) {
            result.missed().forEach(text -> System.out.println("missed " + text));
            result.needless().forEach(text -> System.out.println("needless " + text));
        }
        return result.passes() ? KEPT : BROKEN;
    }

    private static int extract(List<String> words) throws IOException, Options.Wrong {
        // There is nothing that `--short` could leave out.
        var options = Options.of(words, Set.of(JSON, SHOW, SHORT), Set.of(DATA, BACKEND));
        return reported(
                options,
                () -> {
                    String named = options.value(BACKEND).orElse(ExtractBench.RULES);
                    try (ExtractBench.Backend chosen = ExtractBench.Backend.named(named)) {
                        var bench = new ExtractBench(chosen);
                        return options.has(SHOW)
                                ? bench.show(data(options), System.out::println)
                                : bench.run(data(options));
                    }
                });
    }

    private static int retrieval(List<String> words) throws IOException, Options.Wrong {
        // A set is asked as a whole, short or not.
        var options = Options.of(words, Set.of(JSON, FLOOR, SHORT), Set.of(DATA, SET, MODELS));
        String set = options.value(SET).orElse(RetrievalSets.ENTIRE);
        Path models = options.value(MODELS).map(Path::of).orElse(null);
        return reported(
                options,
                () ->
                        options.has(FLOOR)
                                ? FloorBench.run(set, data(options))
                                : RetrievalBench.run(set, data(options), models));
    }

    private static int failed(BenchFailure failure) {
        System.err.println("error: " + failure.getMessage());
        System.err.println("hint: " + failure.hint());
        return BROKEN;
    }

    private static int transcripts(Path folder) throws IOException {
        TranscriptHits.Result result = TranscriptHits.in(folder);
        for (TranscriptHits.Hit hit : result.hits()) {
            System.out.println(
                    hit.kind()
                            + "\t"
                            + hit.file()
                            + ":"
                            + hit.line()
                            + "\t"
                            + hit.context().replace('\t', ' '));
        }
        System.out.println(
                result.hits().size()
                        + " hits in "
                        + result.lines()
                        + " lines of "
                        + result.files()
                        + " files");
        return KEPT;
    }

    private static int usage(String problem) {
        System.err.println("error: cannot run the benchmark (" + problem + ")");
        System.err.println(
                "hint: use `secrets`, `hooks`, `ingest`, `queue`, `footprint`, `embed`,"
                        + " `search`, `tokens`, `extract` or `retrieval`, with `--json` or `--short`; `secrets` also"
                        + " takes `--seed N`, `--show` and `--transcripts FOLDER`, `extract` takes"
                        + " `--data FOLDER`, `--backend NAME` and `--show`, `retrieval` takes"
                        + " `--set NAME`, `--data FOLDER`, `--models FOLDER` and `--floor`, `tokens` takes `--data FOLDER`");
        return WRONG_USAGE;
    }
}
