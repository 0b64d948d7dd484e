package dev.mneme.bench;

import dev.mneme.bench.TurnLabel.Purpose;
import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.extract.RuleExtractor;
import dev.mneme.extract.TurnExtractor;
import dev.mneme.extract.model.ModelExtractor;
import dev.mneme.extract.model.TurnNotUnderstood;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Runs an extractor over recorded sessions and says what it makes of them, and how far it agrees
/// with what a person labelled.
final class ExtractBench {

    /// What the schema of an observation allows, for whichever backend.
    private static final int TITLE_CHARS_MAX = 120;

    private static final int NARRATIVE_CHARS_MAX = 4_000;
    private static final int FACTS_MAX = 10;
    private static final int FILES_MAX = 50;
    private static final int OBSERVATIONS_MAX = 200;

    private static final double NANOS_PER_SECOND = 1e9;

    /// The backend that is built in.
    static final String RULES = "rules";

    /// A turn that a model failed at goes to the rules at last, as in the daemon.
    private static final int TRIES_MAX = 3;

    /// An extractor by the name it is chosen by, and what it counts of models' tokens.
    record Backend(String name, TurnExtractor extractor, CountedTokens tokens)
            implements AutoCloseable {

        Backend(String name, TurnExtractor extractor) {
            this(name, extractor, new CountedTokens());
        }

        static Backend named(String name) throws BenchFailure {
            return name.equals(RULES)
                    ? new Backend(RULES, new RuleExtractor())
                    : ModelBackends.named(name, System.getenv());
        }

        @Override
        public void close() {
            if (extractor instanceof ModelExtractor models) {
                models.close();
            }
        }
    }

    /// What became of one recorded turn.
    private record Outcome(
            List<Turn> parts, List<ObservationDraft> drafts, Map<String, Integer> skipped) {}

    private final Backend backend;
    private final AsCaptured captured = new AsCaptured();
    private int turns;
    private int events;
    private int valid;
    private int observations;
    private int skippedTurns;
    private long nanos;
    private final Map<String, Integer> reasons = new TreeMap<>();
    private final Map<String, Integer> makers = new TreeMap<>();
    private final List<String> invalid = new ArrayList<>();

    ExtractBench(Backend backend) {
        this.backend = backend;
    }

    /// All that is recorded, and how far it is as labelled.
    Report run(Path data) throws IOException, BenchFailure, InterruptedException {
        return run(data, Set.of(Purpose.values()), told -> {});
    }

    /// As `run`, without the labelled turns that figures are reported on: rules are made by looking
    /// at what is shown here.
    ///
    /// @param shown gets what was found in each turn, and where that differs from its label
    Report show(Path data, Consumer<String> shown)
            throws IOException, BenchFailure, InterruptedException {
        return run(data, Set.of(Purpose.TUNING), shown);
    }

    private Report run(Path data, Set<Purpose> purposes, Consumer<String> shown)
            throws IOException, BenchFailure, InterruptedException {
        List<RecordedTurn> recorded = Recordings.below(data);
        if (recorded.isEmpty()) {
            throw new BenchFailure(
                    "cannot measure extraction (no recorded session below " + data + ")",
                    "name a folder with transcripts by `--data FOLDER`, such as"
                            + " ~/.claude/projects");
        }
        Map<String, TurnLabel> labels = labels(recorded);
        Map<Purpose, Agreement> agreements = new EnumMap<>(Purpose.class);
        warmUp(recorded);
        for (RecordedTurn turn : recorded) {
            TurnLabel label = labels.get(turn.place());
            if (label == null) {
                shown.accept(told(turn, extract(turn), ""));
            } else if (purposes.contains(label.purpose())) {
                Outcome outcome = extract(turn);
                String difference =
                        agreements
                                .computeIfAbsent(label.purpose(), purpose -> new Agreement())
                                .add(label, outcome.drafts(), folders(outcome.parts()))
                                .orElse("");
                shown.accept(told(turn, outcome, difference));
            }
        }
        return report(data, agreements);
    }

    /// The labels of turns that are here; one of other data than was labelled is an error.
    private static Map<String, TurnLabel> labels(List<RecordedTurn> recorded)
            throws IOException, BenchFailure {
        Map<String, TurnLabel> all = new HashMap<>();
        TurnLabel.all().forEach(label -> all.put(label.place(), label));
        Map<String, TurnLabel> found = new HashMap<>();
        for (RecordedTurn turn : recorded) {
            TurnLabel label = all.get(turn.place());
            if (label != null && label.lineHash().equals(turn.lineHash())) {
                found.put(turn.place(), label);
            }
        }
        if (!found.isEmpty() && found.size() < all.size()) {
            throw new BenchFailure(
                    "cannot compare with the labelled turns ("
                            + (all.size() - found.size())
                            + " of "
                            + all.size()
                            + " are not in the data, or have changed)",
                    "use the data that was labelled, or a folder that holds none of it");
        }
        return found;
    }

    /// The first turns pay for loading classes, which no later one does.
    private void warmUp(List<RecordedTurn> recorded) throws InterruptedException {
        if (backend.extractor() instanceof RuleExtractor) {
            for (Turn part : captured.parts(recorded.getFirst())) {
                backend.extractor().extract(part);
            }
        }
    }

    private Outcome extract(RecordedTurn turn) throws InterruptedException {
        List<Turn> parts = captured.parts(turn);
        var drafts = new ArrayList<ObservationDraft>();
        Map<String, Integer> skipped = new TreeMap<>();
        String problem = "";
        long before = System.nanoTime();
        for (Turn part : parts) {
            try {
                TurnExtraction extraction = understood(part).checkedAgainst(part);
                makers.merge(extraction.maker().name(), 1, Integer::sum);
                extraction.remembered().forEach(one -> drafts.add(one.draft()));
                extraction.skipped().values().forEach(why -> skipped.merge(why, 1, Integer::sum));
            } catch (RuntimeException failure) {
                problem = failure.toString();
            }
        }
        nanos += System.nanoTime() - before;
        for (ObservationDraft draft : drafts) {
            problem = problem.isEmpty() ? problem(draft) : problem;
        }
        turns++;
        events += parts.stream().mapToInt(part -> part.events().size()).sum();
        observations += drafts.size();
        skippedTurns += drafts.isEmpty() ? 1 : 0;
        skipped.forEach((why, count) -> reasons.merge(why, count, Integer::sum));
        if (problem.isEmpty() && drafts.size() <= OBSERVATIONS_MAX) {
            valid++;
        } else {
            invalid.add(turn.place() + ": " + problem);
        }
        return new Outcome(parts, drafts, skipped);
    }

    private TurnExtraction understood(Turn part) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return backend.extractor().extract(part);
            } catch (TurnNotUnderstood failure) {
                if (attempt == TRIES_MAX) {
                    throw failure;
                }
            }
        }
    }

    private static String problem(ObservationDraft draft) {
        if (draft.title().length() > TITLE_CHARS_MAX || draft.title().contains("\n")) {
            return "a title of more than " + TITLE_CHARS_MAX + " characters, or of several lines";
        }
        if (draft.narrative().isBlank() || draft.narrative().length() > NARRATIVE_CHARS_MAX) {
            return "a narrative that is empty or has more than " + NARRATIVE_CHARS_MAX;
        }
        if (draft.facts().size() > FACTS_MAX
                || draft.filesModified().size() > FILES_MAX
                || draft.filesRead().size() > FILES_MAX) {
            return "too many facts or files";
        }
        return "";
    }

    /// The session's folder first, then those it went into: a path may be relative to any.
    private static List<String> folders(List<Turn> parts) {
        return parts.stream()
                .flatMap(part -> part.events().stream())
                .map(CapturedEvent::cwd)
                .filter(cwd -> cwd != null && !cwd.isEmpty())
                .distinct()
                .collect(
                        Collectors.collectingAndThen(
                                Collectors.toList(),
                                folders -> folders.isEmpty() ? List.of("/") : folders));
    }

    private Report report(Path data, Map<Purpose, Agreement> agreements) {
        var report = new Report("extract");
        report.comparedWith(
                agreements.isEmpty()
                        ? "nothing: none of the labelled turns is in the data"
                        : "turns labelled by hand before an extractor had read them");
        report.figure("backend", backend.name());
        report.figure("data", data.toString());
        report.figure("turns", turns);
        report.figure("events", events);
        report.figure("valid_turns", valid);
        report.figure("invalid", List.copyOf(invalid));
        report.figure("observations_per_turn", perTurn(observations));
        report.figure("skipped_turns_share", perTurn(skippedTurns));
        report.figure("events_skipped_by_reason", new LinkedHashMap<>(reasons));
        report.figure("parts_by_maker", new LinkedHashMap<>(makers));
        report.figure("tokens_in_per_turn", perTurn(backend.tokens().in()));
        report.figure("tokens_out_per_turn", perTurn(backend.tokens().out()));
        report.figure("seconds_per_turn", nanos / NANOS_PER_SECOND / turns);
        report.atLeast("valid turns, share", (double) valid / turns, 1);
        agreements.forEach(
                (purpose, agreement) ->
                        report.figure(
                                "agreement_" + purpose.name().toLowerCase(Locale.ROOT),
                                agreement.figures()));
        Agreement reporting = agreements.get(Purpose.REPORTING);
        if (reporting != null && backend.extractor() instanceof RuleExtractor) {
            report.atLeast("keep or skip as labelled", reporting.verdict(), Agreement.VERDICT_MIN);
            report.atLeast("type as labelled", reporting.type(), Agreement.TYPE_MIN);
            report.atLeast("files as labelled, F1", reporting.filesF1(), Agreement.FILES_F1_MIN);
        }
        return report;
    }

    private double perTurn(long count) {
        return Report.rounded((double) count / turns);
    }

    private static String told(RecordedTurn turn, Outcome outcome, String difference) {
        var text = new StringBuilder();
        text.append(turn.place()).append(difference.isEmpty() ? "" : " DIFFERS:" + difference);
        text.append('\n');
        for (ObservationDraft draft : outcome.drafts()) {
            text.append("  [").append(draft.type().wireName()).append("] ").append(draft.title());
            text.append(' ').append(draft.filesModified()).append('\n');
            text.append("      ").append(draft.narrative().replace("\n", "\n      "));
            text.append('\n');
        }
        return text.append("  skipped ").append(outcome.skipped()).append('\n').toString();
    }
}
