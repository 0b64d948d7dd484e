package dev.mneme.bench;

import dev.mneme.domain.ObservationDraft;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How far an extractor agrees with the labels of one part, as `turns/README.md` fixes it.
final class Agreement {

    static final double VERDICT_MIN = 0.85;
    static final double TYPE_MIN = 0.75;
    static final double FILES_F1_MIN = 0.9;

    private int turns;
    private int sameVerdict;
    private int bothKept;
    private int sameType;
    private int likelyType;
    private int filesRight;
    private int filesWrong;
    private int filesMissed;

    /// Counts one turn and says in words where the two differ; empty where they agree.
    ///
    /// @param folders in which files may be meant; the session's own first
    Optional<String> add(TurnLabel label, List<ObservationDraft> found, List<String> folders) {
        var differences = new StringBuilder();
        turns++;
        if (label.isKept() == !found.isEmpty()) {
            sameVerdict++;
        } else {
            differences.append(label.isKept() ? " skipped" : " kept");
        }
        if (label.isKept() && !found.isEmpty()) {
            bothKept++;
            var first = found.getFirst().type();
            if (first == label.mainType()) {
                sameType++;
            } else {
                differences.append(' ').append(first).append(" for ").append(label.mainType());
            }
            likelyType += label.types().contains(first) ? 1 : 0;
        }
        compareFiles(label, found, folders, differences);
        return differences.isEmpty() ? Optional.empty() : Optional.of(differences.toString());
    }

    private void compareFiles(
            TurnLabel label,
            List<ObservationDraft> found,
            List<String> folders,
            StringBuilder differences) {
        Set<String> named = new HashSet<>();
        found.forEach(draft -> named.addAll(draft.filesModified()));
        Set<String> missing = new HashSet<>(label.modified());
        Set<String> labelled = Set.copyOf(label.modified());
        Set<String> strange = new HashSet<>();
        for (String file : named) {
            Optional<String> meant =
                    folders.stream()
                            .map(folder -> relative(folders.getFirst(), folder, file))
                            .filter(labelled::contains)
                            .findFirst();
            if (meant.isEmpty()) {
                strange.add(file);
            } else {
                missing.remove(meant.get());
            }
        }
        filesRight += labelled.size() - missing.size();
        filesMissed += missing.size();
        filesWrong += strange.size();
        if (!missing.isEmpty()) {
            differences.append(" without ").append(missing);
        }
        if (!strange.isEmpty()) {
            differences.append(" with ").append(strange);
        }
    }

    private static String relative(String root, String folder, String file) {
        Path whole = Path.of(folder).resolve(file).normalize();
        Path base = Path.of(root);
        return (whole.startsWith(base) ? base.relativize(whole) : whole)
                .toString()
                .replace('\\', '/');
    }

    double verdict() {
        return share(sameVerdict, turns);
    }

    double type() {
        return share(sameType, bothKept);
    }

    double filesF1() {
        return share(2 * filesRight, 2 * filesRight + filesWrong + filesMissed);
    }

    Map<String, Object> figures() {
        var figures = new LinkedHashMap<String, Object>();
        figures.put("turns", turns);
        figures.put("verdict", Report.rounded(verdict()));
        figures.put("type", Report.rounded(type()));
        figures.put("type_among_labelled", Report.rounded(share(likelyType, bothKept)));
        figures.put("files_f1", Report.rounded(filesF1()));
        figures.put("files_precision", Report.rounded(share(filesRight, filesRight + filesWrong)));
        figures.put("files_recall", Report.rounded(share(filesRight, filesRight + filesMissed)));
        return figures;
    }

    private static double share(int part, int whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
