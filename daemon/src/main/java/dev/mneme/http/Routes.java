package dev.mneme.http;

import dev.mneme.console.ConsoleKeys;
import dev.mneme.extract.model.ModelExtractor;
import dev.mneme.forget.Forgetter;
import dev.mneme.forget.StoredSecrets;
import dev.mneme.health.HealthCheck;
import dev.mneme.health.StorageWatch;
import dev.mneme.ingest.Ingest;
import dev.mneme.ingest.ObservationWriter;
import dev.mneme.ingest.PlannedCalls;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.jobs.ModelSwitch;
import dev.mneme.jobs.StoredLedger;
import dev.mneme.lessons.ActiveLessons;
import dev.mneme.lessons.LessonDelivery;
import dev.mneme.lessons.LessonDesk;
import dev.mneme.meter.Meters;
import dev.mneme.models.ModelWork;
import dev.mneme.moving.MoveIn;
import dev.mneme.moving.MoveOut;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.queue.QueueDesk;
import dev.mneme.recall.PromptBriefing;
import dev.mneme.recall.Recall;
import dev.mneme.recall.Search;
import dev.mneme.recall.SessionBriefing;
import dev.mneme.recall.SummaryRecall;
import dev.mneme.redaction.Redactor;
import dev.mneme.redaction.pause.PauseFile;
import dev.mneme.store.BriefingStore;
import dev.mneme.store.Database;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.SummaryStore;

import java.time.InstantSource;

/// What the REST surface needs of the rest of the daemon.
public record Routes(
        MnemeHome home,
        String version,
        InstantSource clock,
        Redactor redactor,
        Database database,
        ProjectStore projectStore,
        ProjectResolver projectResolver,
        SessionStore sessions,
        Ingest ingest,
        ObservationWriter writer,
        Recall recall,
        SummaryRecall summaryRecall,
        Search search,
        SummaryStore summaries,
        BriefingStore briefings,
        SessionBriefing briefing,
        PromptBriefing prompts,
        HealthCheck health,
        StorageWatch storage,
        QueueDesk queue,
        Forgetter forgetter,
        StoredSecrets storedSecrets,
        ModelSwitch models,
        ModelWork modelWork,
        ModelExtractor extractor,
        StoredLedger ledger,
        Lessons lessons,
        Moves moves,
        Meters meters) {

    /// What lessons need.
    public record Lessons(
            LessonDesk desk,
            LessonDelivery delivery,
            ActiveLessons active,
            PlannedCalls plannedCalls) {}

    /// What moving out and in needs.
    public record Moves(MoveOut out, MoveIn in) {}

    /// The API, not yet listening.
    public HttpApi api(String token) {
        var bodies = new Bodies(redactor);
        var projects = new Projects(database, projectStore, projectResolver, bodies);
        var keys = new ConsoleKeys(clock);
        var events =
                new EventRoutes(
                        ingest,
                        briefing,
                        prompts,
                        lessons.delivery(),
                        storage,
                        bodies,
                        clock,
                        meters);
        return new HttpApi(
                token,
                version,
                keys,
                Endpoints.of(
                        events,
                        new SessionRoutes(
                                database,
                                sessions,
                                summaries,
                                recall,
                                summaryRecall,
                                projectResolver,
                                bodies,
                                clock),
                        new ObservationRoutes(
                                recall, summaryRecall, writer, projects, bodies, clock),
                        new CorrectionRoutes(recall, writer, bodies),
                        new ReceiptRoutes(database, briefings, recall),
                        new SearchRoutes(recall, search, projects, bodies, clock, meters),
                        projects,
                        new HealthRoute(health, storage, extractor, home, version),
                        new MetricsRoute(meters, health, storage, home, version),
                        new QueueRoutes(queue),
                        new PauseRoutes(
                                new PauseFile(home.root().toFile()),
                                database,
                                projectStore,
                                projectResolver,
                                bodies,
                                clock),
                        new ForgetRoutes(forgetter, projects, bodies, clock),
                        new RedactRoutes(storedSecrets, bodies),
                        new ModelRoutes(models, modelWork, home, bodies),
                        new CostRoutes(ledger, extractor),
                        new ConsoleRoutes(keys),
                        new LessonRoutes(lessons.desk(), lessons.delivery(), projects, bodies),
                        new PlannedCallRoute(
                                lessons.plannedCalls(),
                                lessons.active(),
                                lessons.delivery(),
                                bodies),
                        new MoveRoutes(moves.out(), moves.in(), projects, bodies, clock)),
                events.shortWays());
    }
}
