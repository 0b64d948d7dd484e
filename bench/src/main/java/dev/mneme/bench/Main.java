package dev.mneme.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
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
        if (arguments[0].equals("secrets")) {
            return secrets(arguments);
        }
        List<String> options = List.of(arguments).subList(1, arguments.length);
        if (arguments[0].equals("extract")) {
            return extract(options);
        }
        if (arguments[0].equals("tokens")) {
            return tokens(options);
        }
        if (arguments[0].equals("retrieval")) {
            return retrieval(options);
        }
        if (!List.of("--json", "--short").containsAll(options)) {
            return usage("unknown option among `" + String.join(" ", options) + "`");
        }
        boolean quick = options.contains("--short");
        try {
            Report report =
                    switch (arguments[0]) {
                        case "hooks" -> HooksBench.run(quick);
                        case "ingest" -> IngestBench.run(quick);
                        case "queue" -> QueueBench.run(quick);
                        case "footprint" -> FootprintBench.run(quick);
                        case "embed" -> EmbedBench.run(quick);
                        case "search" -> SearchBench.run(quick);
                        default -> null;
                    };
            if (report == null) {
                return usage("there is none named `" + arguments[0] + "`");
            }
            System.out.print(options.contains("--json") ? report.json() : report.table());
            return report.ok() ? KEPT : BROKEN;
        } catch (BenchFailure failure) {
            return failed(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return BROKEN;
        }
    }

    private static int secrets(String[] arguments) throws IOException {
        long seed = new Random().nextInt(SEED_BOUND);
        boolean json = false;
        boolean show = false;
        for (int i = 1; i < arguments.length; i++) {
            String argument = arguments[i];
            boolean last = i + 1 == arguments.length;
            if (argument.equals("--json")) {
                json = true;
            } else if (argument.equals("--show")) {
                show = true;
            } else if (argument.equals("--seed") && !last) {
                i++;
                try {
                    seed = Long.parseLong(arguments[i]);
                } catch (NumberFormatException notANumber) {
                    return usage("`--seed " + arguments[i] + "` is not a number");
                }
            } else if (argument.equals("--transcripts") && !last) {
                return transcripts(Path.of(arguments[i + 1]));
            } else {
                return usage("unknown or incomplete option `" + argument + "`");
            }
        }
        SecretsBench.Result result =
                new SecretsBench()
                        .run(SecretCorpus.generate(seed, PLANTED_PER_KIND, INNOCENT_PER_KIND));
        System.out.print(json ? SecretsBench.json(result) : SecretsBench.table(result));
        if (show) {
            result.missed().forEach(text -> System.out.println("missed " + text));
            result.needless().forEach(text -> System.out.println("needless " + text));
        }
        return result.passes() ? KEPT : BROKEN;
    }

    private static int extract(List<String> options) throws IOException {
        Path data = RECORDINGS;
        String backend = ExtractBench.RULES;
        boolean json = false;
        boolean show = false;
        var rest = new ArrayDeque<>(options);
        while (!rest.isEmpty()) {
            String option = rest.remove();
            switch (option) {
                case "--json" -> json = true;
                case "--show" -> show = true;
                // There is nothing to leave out.
                case "--short" -> {}
                case "--data", "--backend" -> {
                    if (rest.isEmpty()) {
                        return usage("`" + option + "` needs a value");
                    }
                    String value = rest.remove();
                    data = option.equals("--data") ? Path.of(value) : data;
                    backend = option.equals("--backend") ? value : backend;
                }
                default -> {
                    return usage("unknown option `" + option + "`");
                }
            }
        }
        try (ExtractBench.Backend chosen = ExtractBench.Backend.named(backend)) {
            var bench = new ExtractBench(chosen);
            Report report = show ? bench.show(data, System.out::println) : bench.run(data);
            System.out.print(json ? report.json() : report.table());
            return report.ok() ? KEPT : BROKEN;
        } catch (BenchFailure failure) {
            return failed(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return BROKEN;
        }
    }

    private static int retrieval(List<String> options) {
        Path data = RECORDINGS;
        String set = RetrievalSets.ENTIRE;
        boolean json = false;
        boolean floor = false;
        Path models = null;
        var rest = new ArrayDeque<>(options);
        while (!rest.isEmpty()) {
            String option = rest.remove();
            switch (option) {
                case "--json" -> json = true;
                case "--floor" -> floor = true;
                // A set is asked as a whole.
                case "--short" -> {}
                case "--data", "--set", "--models" -> {
                    if (rest.isEmpty()) {
                        return usage("`" + option + "` needs a value");
                    }
                    String value = rest.remove();
                    models = option.equals("--models") ? Path.of(value) : models;
                    data = option.equals("--data") ? Path.of(value) : data;
                    set = option.equals("--set") ? value : set;
                }
                default -> {
                    return usage("unknown option `" + option + "`");
                }
            }
        }
        try {
            Report report =
                    floor ? FloorBench.run(set, data) : RetrievalBench.run(set, data, models);
            System.out.print(json ? report.json() : report.table());
            return report.ok() ? KEPT : BROKEN;
        } catch (BenchFailure failure) {
            return failed(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return BROKEN;
        }
    }

    private static int tokens(List<String> options) {
        Path data = RECORDINGS;
        boolean json = false;
        boolean quick = false;
        var rest = new ArrayDeque<>(options);
        while (!rest.isEmpty()) {
            String option = rest.remove();
            switch (option) {
                case "--json" -> json = true;
                case "--short" -> quick = true;
                case "--data" -> {
                    if (rest.isEmpty()) {
                        return usage("`" + option + "` needs a value");
                    }
                    data = Path.of(rest.remove());
                }
                default -> {
                    return usage("unknown option `" + option + "`");
                }
            }
        }
        try {
            Report report = TokensBench.run(data, quick);
            System.out.print(json ? report.json() : report.table());
            return report.ok() ? KEPT : BROKEN;
        } catch (BenchFailure failure) {
            return failed(failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return BROKEN;
        }
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
