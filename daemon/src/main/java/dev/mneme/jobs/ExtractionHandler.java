package dev.mneme.jobs;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.domain.Concept;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.domain.SummaryOfTurns;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.domain.TurnWork;
import dev.mneme.extract.TurnExtractor;
import dev.mneme.queue.TurnChanged;
import dev.mneme.queue.TurnHandler;
import dev.mneme.queue.TurnResult;
import dev.mneme.store.Database;
import dev.mneme.store.JobStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.SummaryStore;
import dev.mneme.store.SupersessionStore;
import dev.mneme.store.TurnStore;
import dev.mneme.store.Tx;
import dev.mneme.tree.BlobHash;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Turns what happened in a turn into observations, each with the events it was made from.
///
/// A turn that is worked on again gives what it gives now, and nothing twice: what is said again
/// stays under its id, what is not said any more goes, unless somebody closed it.
public final class ExtractionHandler implements TurnHandler {

    private final Database database;
    private final TurnExtractor extractor;
    private final TurnStore turns;
    private final SessionStore sessions;
    private final ObservationStore observations;
    private final SummaryStore summaries;
    private final JobStore jobs;
    private final SupersessionStore superseded = new SupersessionStore();

    public ExtractionHandler(
            Database database,
            TurnExtractor extractor,
            TurnStore turns,
            SessionStore sessions,
            ObservationStore observations,
            SummaryStore summaries,
            JobStore jobs) {
        this.database = database;
        this.extractor = extractor;
        this.turns = turns;
        this.sessions = sessions;
        this.observations = observations;
        this.summaries = summaries;
        this.jobs = jobs;
    }

    @Override
    public TurnResult handle(ClaimedTurn claimed) throws InterruptedException {
        TurnWork work = database.inTransaction(tx -> turns.read(tx, claimed));
        TurnExtraction said =
                isLastTry(claimed)
                        ? extractor.extractAtLast(work.turn())
                        : extractor.extract(work.turn());
        TurnExtraction extraction = said.checkedAgainst(work.turn());
        var remembered = new ArrayList<ClaimedJob>();
        var skipped = new ArrayList<JobStore.SkippedJob>();
        for (ClaimedJob job : work.jobs()) {
            String reason = extraction.skipped().get(job.eventId());
            if (reason == null) {
                remembered.add(job);
            } else {
                skipped.add(new JobStore.SkippedJob(job, reason));
            }
        }
        // The files are read before the transaction, and are what they are after the turn.
        List<NewObservation> made =
                extraction.remembered().stream()
                        .map(one -> observation(work, extraction.maker(), one))
                        .map(one -> one.withFileHashes(hashes(work, one)))
                        .toList();
        return new TurnResult(remembered, skipped, tx -> store(tx, work, extraction, made));
    }

    private static boolean isLastTry(ClaimedTurn claimed) {
        return claimed.jobs().stream().anyMatch(job -> job.attempt() >= job.maxAttempts());
    }

    /// What the files of an observation hold; they are named from the folder its turn began in.
    private static List<String> hashes(TurnWork work, NewObservation observation) {
        String folder = work.turn().events().getFirst().cwd();
        try {
            return folder == null || !Path.of(folder).isAbsolute()
                    ? List.of()
                    : BlobHash.ofAll(Path.of(folder), observation.aboutFiles());
        } catch (InvalidPathException unusable) {
            return List.of();
        }
    }

    private void store(
            Tx tx, TurnWork work, TurnExtraction extraction, List<NewObservation> observed) {
        sessions.share(tx, work.sessionId());
        if (!turns.hold(tx, work.eventIds())) {
            throw new TurnChanged();
        }
        List<TurnStore.Made> before = new ArrayList<>(turns.madeFrom(tx, work.eventIds()));
        for (NewObservation observation : observed) {
            TurnStore.Made same =
                    before.stream().filter(made -> made.says(observation)).findFirst().orElse(null);
            if (same == null) {
                long id = observations.insert(tx, work.sessionId(), work.projectId(), observation);
                superseded.closeOlder(
                        tx, work.projectId(), id, observation, observation.createdAt());
            } else {
                before.remove(same);
                turns.addOrigins(tx, same.observationId(), observation.eventIds());
            }
        }
        turns.remove(
                tx,
                before.stream()
                        .filter(made -> !made.kept())
                        .map(TurnStore.Made::observationId)
                        .toList());
        if (!work.again().isEmpty()) {
            jobs.reconsider(tx, work.again(), extraction.skipped());
        }
        summarise(tx, work, extraction);
    }

    /// What the turn came to, and with it the session, which is said anew whenever it goes on. A
    /// part of a turn adds to what its other parts said.
    private void summarise(Tx tx, TurnWork work, TurnExtraction extraction) {
        SummaryDraft said = extraction.summary();
        if (said == null || said.isEmpty()) {
            return;
        }
        long session = work.sessionId();
        SummaryDraft turn = said;
        if (work.turn().isContinuation()) {
            turn =
                    summaries.ofTurns(tx, session).stream()
                            .filter(one -> Objects.equals(one.turnId(), work.turnId()))
                            .findFirst()
                            .map(before -> SummaryOfTurns.of(List.of(before.says(), said)))
                            .orElse(said);
        }
        Instant at = work.turn().events().getLast().occurredAt();
        int number = work.turn().promptNumber();
        summaries.put(
                tx,
                session,
                work.turnId(),
                number == 0 ? null : number,
                turn,
                extraction.maker(),
                at);
        List<SessionSummary> turns = summaries.ofTurns(tx, session);
        summaries.put(
                tx,
                session,
                null,
                null,
                SummaryOfTurns.of(turns.stream().map(SessionSummary::says).toList()),
                extraction.maker(),
                turns.getLast().createdAt());
    }

    private static NewObservation observation(
            TurnWork work, TurnExtraction.Maker maker, TurnExtraction.Remembered remembered) {
        ObservationDraft draft = remembered.draft();
        return new NewObservation(
                draft.title(),
                draft.subtitle(),
                draft.type(),
                draft.narrative(),
                draft.facts(),
                draft.concepts().stream().map(Concept::wireName).toList(),
                draft.filesRead(),
                draft.filesModified(),
                work.commonTool(remembered.eventIds()),
                work.turn().promptNumber() == 0 ? null : work.turn().promptNumber(),
                lastOf(work, remembered.eventIds()),
                maker.name(),
                maker.version(),
                remembered.eventIds());
    }

    /// When it was known: at the last of the events it was made from.
    private static Instant lastOf(TurnWork work, List<Long> eventIds) {
        return work.turn().events().stream()
                .filter(event -> eventIds.contains(event.id()))
                .map(CapturedEvent::occurredAt)
                .reduce((_, later) -> later)
                .orElseThrow();
    }
}
