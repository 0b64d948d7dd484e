package dev.mneme.recall;

import dev.mneme.domain.BriefingCandidate;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.ToldReason;
import dev.mneme.domain.WorkInHand;
import dev.mneme.store.BriefingStore.Choice;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Decides which memories a starting session is told, and why: what holds always, what touches the
/// work in hand, and the latest work. Whatever has no reason is left for search.
final class BriefingChoices {

    /// Everything happens there, so it says nothing about one memory.
    private static final Set<String> TRUNKS =
            Set.of("main", "master", "trunk", "develop", "dev", "default");

    /// A shorter name occurs in any sentence.
    private static final int FILE_NAME_CHARS_MIN = 4;

    private static final Set<ObservationType> WEIGHTY =
            EnumSet.of(
                    ObservationType.DECISION,
                    ObservationType.GOTCHA,
                    ObservationType.BUGFIX,
                    ObservationType.PATTERN);

    private final WorkInHand work;
    private final FilesInHand files;
    private final @Nullable String nextSteps;
    private final @Nullable Long sessionId;

    /// @param nextSteps what the last session left to do
    /// @param sessionId the session that starts, where it is known
    BriefingChoices(WorkInHand work, @Nullable String nextSteps, @Nullable Long sessionId) {
        this.work = work;
        this.files = new FilesInHand(work);
        this.nextSteps = nextSteps;
        this.sessionId = sessionId;
    }

    private record Ranked(BriefingCandidate candidate, Choice choice) {

        /// What touches the work in hand goes before what holds anywhere, and that before the rest.
        int place() {
            return switch (choice.reason()) {
                case PINNED -> 0;
                case CHANGED_FILE, BRANCH, NEXT_STEP -> WEIGHTY.contains(candidate.type()) ? 1 : 3;
                case SAVED, DECISION -> 2;
                // No start tells anything because of a prompt.
                case LAST_SESSION, ASKED -> WEIGHTY.contains(candidate.type()) ? 4 : 5;
            };
        }
    }

    /// Those with a reason, the most important first and of equals the newest.
    ///
    /// @param candidates the newest first
    List<Choice> of(List<BriefingCandidate> candidates) {
        Long latest =
                candidates.stream()
                        .filter(one -> !one.byHand())
                        .map(BriefingCandidate::sessionId)
                        .filter(session -> !session.equals(sessionId))
                        .findFirst()
                        .orElse(null);
        var chosen = new ArrayList<Ranked>();
        for (BriefingCandidate candidate : candidates) {
            choice(candidate, latest)
                    .ifPresent(choice -> chosen.add(new Ranked(candidate, choice)));
        }
        chosen.sort(Comparator.comparingInt(Ranked::place));
        return chosen.stream().map(Ranked::choice).toList();
    }

    private Optional<Choice> choice(BriefingCandidate candidate, @Nullable Long latest) {
        if (candidate.pinned()) {
            return because(candidate, ToldReason.PINNED, null);
        }
        Optional<String> changed = files.firstChanged(candidate.files());
        if (changed.isPresent()) {
            return because(candidate, ToldReason.CHANGED_FILE, changed.get());
        }
        String branch = work.branch();
        if (branch != null && branch.equals(candidate.branch()) && !TRUNKS.contains(branch)) {
            return because(candidate, ToldReason.BRANCH, branch);
        }
        Optional<String> left = candidate.files().stream().filter(this::isLeftToDo).findFirst();
        if (left.isPresent()) {
            return because(candidate, ToldReason.NEXT_STEP, left.get());
        }
        if (candidate.byHand()) {
            return because(candidate, ToldReason.SAVED, null);
        }
        if (candidate.type() == ObservationType.DECISION) {
            return because(candidate, ToldReason.DECISION, null);
        }
        Long session = candidate.sessionId();
        return session.equals(latest) || session.equals(sessionId)
                ? because(candidate, ToldReason.LAST_SESSION, null)
                : Optional.empty();
    }

    private static Optional<Choice> because(
            BriefingCandidate candidate, ToldReason reason, @Nullable String evidence) {
        return Optional.of(new Choice(candidate.id(), reason, evidence));
    }

    private boolean isLeftToDo(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return nextSteps != null
                && name.length() >= FILE_NAME_CHARS_MIN
                && nextSteps.contains(name);
    }
}
