package dev.mneme.jobs;

import dev.mneme.domain.LessonSeverity;
import dev.mneme.domain.LessonText;
import dev.mneme.domain.Observation;
import dev.mneme.extract.ToldFailure;
import dev.mneme.store.Database;
import dev.mneme.store.LessonStore;
import dev.mneme.store.Tx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;

/// Proposes a lesson where the same failure was mended in two turns of a project: what went wrong,
/// how often, and what mended it, with the memories that show it.
///
/// A proposal is told to no agent before a person accepts it. It is made once: what was retired or
/// deleted is not proposed again.
public final class LessonProposals {

    private static final Logger LOG = LoggerFactory.getLogger(LessonProposals.class);

    /// Of one project that wait for an answer. More would not be read.
    static final int WAITING_MAX = 50;

    /// Memories looked at in one round, and how many earlier ones each is compared with.
    private static final int PAGE_ROWS = 100;

    private static final int EARLIER_MAX = 300;

    /// How far back the first round after a start looks. Nothing was missed but what was stored
    /// while the daemon was stopped half-way.
    private static final int FIRST_ROUND_IDS = 1_000;

    /// Ids are given out before their transaction commits: the last ones are looked at again.
    private static final int AGAIN_IDS = 200;

    private static final int TITLE_CHARS_MAX = 200;
    private static final int RULE_CHARS_MAX = 2_000;
    private static final String SHELL = "Bash";

    private final Database database;
    private final LessonStore store;
    private final InstantSource clock;
    private long seen = -1;

    public LessonProposals(Database database, LessonStore store, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.clock = clock;
    }

    /// Looks at the memories that came since the last round.
    ///
    /// @return true when there may be more
    public boolean runOnce() {
        if (seen < 0) {
            seen = database.inTransaction(store::newestObservation) - FIRST_ROUND_IDS;
        }
        long from = Math.max(0, seen - AGAIN_IDS);
        List<Observation> fresh =
                database.inTransaction(
                        tx ->
                                store.failuresMended(
                                        tx,
                                        ToldFailure.FACTS_LIKE,
                                        ToldFailure.NARRATIVE_LIKE,
                                        from,
                                        PAGE_ROWS));
        for (Observation memory : fresh) {
            for (ToldFailure failure : ToldFailure.in(memory)) {
                propose(memory, failure);
            }
            seen = Math.max(seen, memory.id());
        }
        boolean more = fresh.size() == PAGE_ROWS;
        if (!more) {
            seen = Math.max(seen, database.inTransaction(store::newestObservation));
        }
        return more && seen - AGAIN_IDS > from;
    }

    private void propose(Observation memory, ToldFailure failure) {
        String signature = failure.signature();
        boolean proposed = database.inTransaction(tx -> propose(tx, memory, failure, signature));
        if (proposed) {
            LOG.info("lesson proposed: project={}", memory.projectId());
        }
    }

    private boolean propose(Tx tx, Observation memory, ToldFailure failure, String signature) {
        if (store.addEvidence(tx, memory.projectId(), signature, memory.id())
                || store.isRejected(tx, signature)) {
            return false;
        }
        var evidence = new ArrayList<Observation>();
        var fixes = new LinkedHashSet<String>();
        for (Observation earlier :
                store.failuresMendedBefore(
                        tx,
                        ToldFailure.FACTS_LIKE,
                        ToldFailure.NARRATIVE_LIKE,
                        memory,
                        EARLIER_MAX)) {
            for (ToldFailure before : ToldFailure.in(earlier)) {
                if (before.signature().equals(signature) && isOfAnotherTurn(earlier, evidence)) {
                    evidence.add(earlier);
                    fixes.addAll(before.fixes());
                }
            }
        }
        evidence.removeIf(earlier -> !isOfAnotherTurn(earlier, List.of(memory)));
        if (evidence.isEmpty() || store.waiting(tx, memory.projectId()) >= WAITING_MAX) {
            return false;
        }
        evidence.add(memory);
        fixes.addAll(failure.fixes());
        return store.insert(
                        tx,
                        new LessonStore.NewLesson(
                                memory.projectId(),
                                text(failure, evidence.size(), List.copyOf(fixes)),
                                evidence.stream()
                                        .map(Observation::id)
                                        .sorted()
                                        .limit(LessonStore.EVIDENCE_MAX)
                                        .toList(),
                                signature,
                                ToldFailure.VERSION),
                        clock.instant())
                .isPresent();
    }

    /// A turn that is told in two memories failed once.
    private static boolean isOfAnotherTurn(Observation one, List<Observation> others) {
        return others.stream()
                .noneMatch(
                        other ->
                                other.sessionId() == one.sessionId()
                                        && Objects.equals(
                                                other.promptNumber(), one.promptNumber()));
    }

    private static LessonText text(ToldFailure failure, int times, List<String> fixes) {
        return new LessonText(
                cut(failure.what(), TITLE_CHARS_MAX),
                cut(
                        "Failed in "
                                + times
                                + " turns: "
                                + failure.what()
                                + "\nWhat mended it: "
                                + String.join("; ", fixes)
                                + ".",
                        RULE_CHARS_MAX),
                LessonSeverity.WARNING,
                failure.command() == null ? null : SHELL,
                failure.command());
    }

    private static String cut(String text, int charsMax) {
        if (text.length() <= charsMax) {
            return text;
        }
        int end = charsMax - 1;
        if (Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end) + "…";
    }
}
