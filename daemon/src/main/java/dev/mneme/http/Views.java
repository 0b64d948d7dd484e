package dev.mneme.http;

import dev.mneme.domain.Freshness;
import dev.mneme.domain.JobRecord;
import dev.mneme.domain.Lesson;
import dev.mneme.domain.LessonState;
import dev.mneme.domain.LessonText;
import dev.mneme.domain.ModelCost;
import dev.mneme.domain.Observation;
import dev.mneme.domain.Origin;
import dev.mneme.domain.Project;
import dev.mneme.domain.ProjectSummary;
import dev.mneme.domain.Session;
import dev.mneme.domain.SessionHistory;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.extract.model.Backend;
import dev.mneme.extract.model.ModelExtractor;
import dev.mneme.health.Progress;
import dev.mneme.protocol.Wire;
import dev.mneme.recall.SummaryHit;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Domain values as they go over the wire.
final class Views {

    private static final double MILLISECONDS = 1_000;

    private Views() {}

    static Wire.CostFigures of(ModelCost.Figures figures) {
        return new Wire.CostFigures(
                figures.calls(),
                figures.promptTokens(),
                figures.answerTokens(),
                (double) figures.timeMs() / MILLISECONDS,
                (double) figures.cpuMs() / MILLISECONDS,
                figures.dollars());
    }

    static Wire.ExtractionHealth of(ModelExtractor extractor, ModelCost.@Nullable Figures today) {
        var backends = extractor.chain().stream().map(Views::of).toList();
        return new Wire.ExtractionHealth(
                extractor.inUse(),
                backends,
                extractor.paused().orElse(null),
                extractor.chain().stream()
                        .map(backend -> backend.state().cure())
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null),
                today == null ? null : of(today));
    }

    static Wire.ProgressHealth of(Progress progress) {
        Duration oldest = progress.oldestJob();
        return new Wire.ProgressHealth(
                progress.state().name().toLowerCase(Locale.ROOT),
                oldest == null ? null : oldest.toSeconds(),
                text(progress.lastSuccessAt()));
    }

    private static Wire.BackendHealth of(Backend backend) {
        Backend.State state = backend.state();
        return new Wire.BackendHealth(
                backend.name(), backend.model(), state.word(), state.problem());
    }

    static Wire.ObservationView of(Observation observation) {
        return of(observation, null);
    }

    /// @param labels by the ids of those that have one
    static List<Wire.ObservationView> of(
            List<Observation> observations, Map<Long, Freshness> labels) {
        return observations.stream()
                .map(observation -> of(observation, labels.get(observation.id())))
                .toList();
    }

    private static Wire.ObservationView of(Observation observation, @Nullable Freshness label) {
        return new Wire.ObservationView(
                observation.id(),
                observation.sessionId(),
                observation.projectId(),
                observation.projectName(),
                observation.title(),
                observation.subtitle(),
                observation.type().wireName(),
                observation.narrative(),
                observation.facts(),
                observation.concepts(),
                observation.filesRead(),
                observation.filesModified(),
                observation.toolName(),
                observation.promptNumber(),
                observation.eventIds(),
                observation.position().branch(),
                observation.position().commit(),
                observation.hasEmbedding(),
                observation.createdAt().toString(),
                text(observation.closedAt()),
                observation.supersededBy(),
                observation.supersededBecause(),
                observation.supersededScore(),
                text(observation.pinnedAt()),
                text(observation.editedAt()),
                label == null
                        ? null
                        : new Wire.Freshness(
                                label.state().wireName(), label.commits(), label.files()),
                observation.score());
    }

    static List<Wire.ObservationView> of(List<Observation> observations) {
        return observations.stream().map(Views::of).toList();
    }

    static Wire.LessonView of(Lesson lesson) {
        LessonText says = lesson.says();
        return new Wire.LessonView(
                lesson.id(),
                lesson.projectId(),
                lesson.projectName(),
                says.title(),
                says.rule(),
                says.severity().wireName(),
                says.triggerTool(),
                says.triggerPattern(),
                lesson.state().wireName(),
                lesson.state() == LessonState.ACTIVE,
                lesson.isProposal() ? "proposed" : "manual",
                lesson.observationIds(),
                lesson.toldCount(),
                text(lesson.lastToldAt()),
                lesson.createdAt().toString(),
                lesson.score());
    }

    static List<Wire.LessonView> ofLessons(List<Lesson> lessons) {
        return lessons.stream().map(Views::of).toList();
    }

    static Wire.SessionView of(Session session) {
        return new Wire.SessionView(
                session.id(),
                session.externalId(),
                session.project().id(),
                session.project().name(),
                session.agentType(),
                session.status().wireName(),
                session.startedAt().toString(),
                text(session.completedAt()),
                session.summary(),
                session.promptCount(),
                session.startSource(),
                session.endReason());
    }

    static Wire.SummaryView of(SessionSummary summary) {
        return of(summary, null);
    }

    static List<Wire.SummaryView> ofSummaries(List<SummaryHit> hits) {
        return hits.stream().map(hit -> of(hit.summary(), hit.score())).toList();
    }

    private static Wire.SummaryView of(SessionSummary summary, @Nullable Double score) {
        SummaryDraft says = summary.says();
        return new Wire.SummaryView(
                summary.id(),
                Wire.SummaryView.TYPE,
                summary.sessionId(),
                summary.projectName(),
                summary.turnId() == null ? "session" : "turn",
                summary.promptNumber(),
                says.request(),
                says.investigated(),
                says.learned(),
                says.completed(),
                says.nextSteps(),
                summary.createdAt().toString(),
                score);
    }

    static Wire.SessionDetail of(
            Session session,
            SessionHistory history,
            Optional<SessionSummary> summary,
            List<SessionSummary> turns) {
        return new Wire.SessionDetail(
                of(session),
                history.position().branch(),
                history.position().commit(),
                history.runs().stream()
                        .map(
                                run ->
                                        new Wire.SessionRun(
                                                run.startedAt().toString(),
                                                run.source(),
                                                text(run.endedAt()),
                                                run.endReason()))
                        .toList(),
                history.turns().stream()
                        .map(
                                turn ->
                                        new Wire.SessionTurn(
                                                turn.promptNumber(),
                                                turn.prompt(),
                                                turn.startedAt().toString(),
                                                text(turn.endedAt()),
                                                turn.answer()))
                        .toList(),
                history.reports().stream()
                        .map(
                                report ->
                                        new Wire.AgentReport(
                                                report.agentId(),
                                                report.agentType(),
                                                report.promptNumber(),
                                                report.endedAt().toString(),
                                                report.result()))
                        .toList(),
                history.compactions().stream()
                        .map(
                                compaction ->
                                        new Wire.Compaction(
                                                compaction.at().toString(),
                                                compaction.trigger(),
                                                compaction.summary()))
                        .toList(),
                summary.map(Views::of).orElse(null),
                turns.stream().map(Views::of).toList());
    }

    static Wire.ProjectView of(ProjectSummary summary) {
        return new Wire.ProjectView(
                summary.project().id(),
                summary.project().name(),
                summary.aliases(),
                summary.paths(),
                summary.remotes(),
                summary.sessions(),
                summary.observations(),
                text(summary.lastEventAt()));
    }

    static List<Wire.ProjectCandidate> candidates(List<Project> projects) {
        return projects.stream()
                .map(
                        project ->
                                new Wire.ProjectCandidate(
                                        project.id(),
                                        project.name(),
                                        project.root() == null ? null : project.root().toString()))
                .toList();
    }

    static Wire.OriginView of(long observationId, Origin origin) {
        return new Wire.OriginView(
                observationId,
                origin.sessionId(),
                origin.madeBy(),
                origin.madeByVersion(),
                origin.storedAt().toString(),
                origin.events().stream()
                        .map(
                                event ->
                                        new Wire.OriginEvent(
                                                event.id(),
                                                event.jobId(),
                                                event.sessionId(),
                                                event.kind().path(),
                                                event.toolName(),
                                                event.agentType(),
                                                event.branch(),
                                                event.occurredAt().toString(),
                                                event.payloadKept()))
                        .toList());
    }

    static Wire.QueueJob of(JobRecord job, @Nullable String payload) {
        return new Wire.QueueJob(
                job.id(),
                job.toolUseId(),
                job.event().path(),
                job.state().wireName(),
                job.outcome(),
                job.skipReason(),
                job.attempt(),
                job.maxAttempts(),
                job.lastError(),
                job.eventId(),
                job.sessionId(),
                job.projectName(),
                job.toolName(),
                job.occurredAt().toString(),
                job.createdAt().toString(),
                job.scheduledAt().toString(),
                text(job.attemptedAt()),
                text(job.finalizedAt()),
                job.payloadKept(),
                payload);
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
