package dev.mneme.jobs;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.Concept;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.extract.TurnExtractor;
import dev.mneme.queue.HandlerResult;
import dev.mneme.queue.JobHandler;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.SessionStore;

import java.util.List;

/// Turns a captured event into observations, each with its provenance.
public final class ExtractionHandler implements JobHandler {

    private final TurnExtractor extractor;
    private final SessionStore sessions;
    private final ObservationStore observations;

    public ExtractionHandler(
            TurnExtractor extractor, SessionStore sessions, ObservationStore observations) {
        this.extractor = extractor;
        this.sessions = sessions;
        this.observations = observations;
    }

    @Override
    public HandlerResult handle(ClaimedJob job) throws InterruptedException {
        CapturedEvent event = job.event();
        var turn =
                new Turn(
                        event.sessionId(),
                        job.promptNumber(),
                        event.promptText(),
                        event.cwd(),
                        null,
                        List.of(event),
                        null,
                        event.kind() == HookEvent.STOP ? Turn.End.ANSWER : Turn.End.SILENCE,
                        false);
        TurnExtraction extraction = extractor.extract(turn).checkedAgainst(turn);
        String reason = extraction.skipped().get(event.id());
        return reason != null
                ? new HandlerResult.Skip(reason)
                : new HandlerResult.Done(
                        tx -> {
                            sessions.share(tx, job.sessionId());
                            for (TurnExtraction.Remembered one : extraction.remembered()) {
                                observations.insert(
                                        tx,
                                        job.sessionId(),
                                        job.projectId(),
                                        observation(job, extraction.maker(), one));
                            }
                        });
    }

    private static NewObservation observation(
            ClaimedJob job, TurnExtraction.Maker maker, TurnExtraction.Remembered remembered) {
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
                job.event().toolName(),
                job.promptNumberOrNull(),
                job.event().occurredAt(),
                maker.name(),
                maker.version(),
                remembered.eventIds());
    }
}
