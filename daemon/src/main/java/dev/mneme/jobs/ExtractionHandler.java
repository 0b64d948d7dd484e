package dev.mneme.jobs;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.extract.Extractor;
import dev.mneme.queue.HandlerResult;
import dev.mneme.queue.JobHandler;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.SessionStore;

import java.util.List;

/// Turns a captured event into observations, each with its provenance.
public final class ExtractionHandler implements JobHandler {

    private final Extractor extractor;
    private final SessionStore sessions;
    private final ObservationStore observations;

    public ExtractionHandler(
            Extractor extractor, SessionStore sessions, ObservationStore observations) {
        this.extractor = extractor;
        this.sessions = sessions;
        this.observations = observations;
    }

    @Override
    public HandlerResult handle(ClaimedJob job) {
        return switch (extractor.extract(job.event())) {
            case Extraction.Skipped(var reason) -> new HandlerResult.Skip(reason);
            case Extraction.Remembered(var drafts) ->
                    new HandlerResult.Done(
                            tx -> {
                                sessions.share(tx, job.sessionId());
                                for (ObservationDraft draft : drafts) {
                                    observations.insert(
                                            tx,
                                            job.sessionId(),
                                            job.projectId(),
                                            observation(job, draft));
                                }
                            });
        };
    }

    private NewObservation observation(ClaimedJob job, ObservationDraft draft) {
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
                extractor.name(),
                extractor.version(),
                List.of(job.event().id()));
    }
}
