package dev.mneme.daemon;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.config.Settings;
import dev.mneme.embed.onnx.Embedders;
import dev.mneme.embed.onnx.InstalledReranker;
import dev.mneme.forget.Forgetter;
import dev.mneme.forget.StoredSecrets;
import dev.mneme.health.HealthCheck;
import dev.mneme.health.StorageWatch;
import dev.mneme.http.HttpApi;
import dev.mneme.http.Routes;
import dev.mneme.ingest.Arrivals;
import dev.mneme.ingest.CapturePauses;
import dev.mneme.ingest.CapturePolicy;
import dev.mneme.ingest.Ingest;
import dev.mneme.ingest.NameList;
import dev.mneme.ingest.ObservationWriter;
import dev.mneme.ingest.PlannedCalls;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.ingest.SpoolDrain;
import dev.mneme.ingest.SpoolSweep;
import dev.mneme.jobs.CountedTurns;
import dev.mneme.jobs.ExtractionHandler;
import dev.mneme.jobs.LessonProposals;
import dev.mneme.jobs.ModelSwitch;
import dev.mneme.jobs.Retention;
import dev.mneme.jobs.SessionCloser;
import dev.mneme.jobs.StoredLedger;
import dev.mneme.lessons.ActiveLessons;
import dev.mneme.lessons.LessonDelivery;
import dev.mneme.lessons.LessonDesk;
import dev.mneme.meter.Meters;
import dev.mneme.models.ModelWork;
import dev.mneme.moving.MoveIn;
import dev.mneme.moving.MoveOut;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.queue.Announcer;
import dev.mneme.queue.Courtesy;
import dev.mneme.queue.JobRescuer;
import dev.mneme.queue.Leases;
import dev.mneme.queue.Listener;
import dev.mneme.queue.Loop;
import dev.mneme.queue.QueueDesk;
import dev.mneme.queue.RetrySchedule;
import dev.mneme.queue.TurnCloser;
import dev.mneme.queue.Wakeup;
import dev.mneme.queue.Worker;
import dev.mneme.recall.LessonLines;
import dev.mneme.recall.PromptBriefing;
import dev.mneme.recall.Recall;
import dev.mneme.recall.Search;
import dev.mneme.recall.SessionBriefing;
import dev.mneme.recall.SummaryRecall;
import dev.mneme.recall.WordIndexes;
import dev.mneme.redaction.RedactionKey;
import dev.mneme.redaction.Redactor;
import dev.mneme.redaction.ignore.IgnoreRules;
import dev.mneme.store.BriefingStore;
import dev.mneme.store.CostStore;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.EventStore;
import dev.mneme.store.ExportStore;
import dev.mneme.store.ForgetSelection;
import dev.mneme.store.IdempotencyStore;
import dev.mneme.store.ImportStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.LessonStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.QuarantineStore;
import dev.mneme.store.QueueSignals;
import dev.mneme.store.QueueStore;
import dev.mneme.store.RedactionStore;
import dev.mneme.store.RetentionStore;
import dev.mneme.store.SearchStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.StorageStore;
import dev.mneme.store.SummarySearchStore;
import dev.mneme.store.SummaryStore;
import dev.mneme.store.TurnStore;
import dev.mneme.store.VectorSupport;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// Builds the daemon's objects, top to bottom, once. The only place that knows them all.
final class Wiring {

    /// Connections: requests are short, and two cores serve no more of them at once.
    private static final int POOL_CONNECTIONS_MAX = 10;

    private static final int FINGERPRINT_BYTES = 6;
    /// A request's statements take milliseconds; a server that says nothing for so long is gone.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    private static final Duration POOL_WAIT = Duration.ofSeconds(5);
    private static final Duration DATABASE_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SPOOL_INTERVAL = Duration.ofSeconds(1);
    private static final Duration RETENTION_INTERVAL = Duration.ofMinutes(10);
    private static final Duration STORAGE_INTERVAL = Duration.ofMinutes(1);

    /// How late a lesson is told that another daemon on the same database was given.
    private static final Duration LESSONS_INTERVAL = Duration.ofSeconds(5);

    private static final Duration MODEL_INTERVAL = Duration.ofSeconds(5);
    private static final Duration MAINTENANCE_INTERVAL = Duration.ofSeconds(30);

    private final HikariDataSource pool;
    private final HttpApi api;
    private final TurnModels turnModels;
    private final ModelWork modelWork;
    private final InstalledReranker rerankers;
    private final ActiveLessons lessons;
    private final Listener listener;
    private final List<Loop> loops;

    Wiring(
            MnemeHome home,
            Settings settings,
            DatabaseServer server,
            String token,
            String version,
            InstantSource clock) {
        pool = pool(server::connection, SILENCE_MAX);
        var database = new Database(pool);
        var meters = new Meters();
        var jobs = new JobStore();
        var sessions = new SessionStore();
        var observations = new ObservationStore(settings.language());
        var summaries = new SummaryStore(settings.language());
        var embeddings = new EmbeddingStore();
        var projectStore = new ProjectStore();
        var projects = new ProjectResolver(database, projectStore);
        VectorSupport vectors = vectors(server.migrated().pgvector());

        var workers = new Wakeup();
        var embedding = new Wakeup();
        var proposing = new Wakeup();
        var models =
                new ModelSwitch(
                        database,
                        new Database(ServerConnections.patient(server::connection, "mneme-build")),
                        embeddings,
                        new Embedders(home),
                        vectors instanceof VectorSupport.Available,
                        embedding::wake);
        modelWork = new ModelWork(home, System.getenv());
        var redactor = new Redactor(RedactionKey.ofHomeOrNull(home.root()));
        var announcing = new Wakeup();
        String name = ProcessHandle.current().pid() + "-" + UUID.randomUUID();
        String workersOfHome = "worker-" + fingerprint(token) + "-";
        var signals =
                new QueueSignals(
                        ServerConnections.patient(server::connection, "mneme-listen"), name);
        var announcer = new Announcer(database, signals, announcing);
        listener = new Listener(signals, workers);
        var courtesy = new Courtesy();
        Runnable dueWork =
                () -> {
                    workers.wake();
                    announcer.newWork();
                };
        var arrivals =
                new Arrivals() {
                    @Override
                    public void stored() {
                        courtesy.arrived();
                    }

                    @Override
                    public void due() {
                        courtesy.arrived();
                        dueWork.run();
                    }
                };
        var pauses = new CapturePauses(home, database, sessions, projects, clock);
        var ignored =
                new IgnoreRules(
                        home.root().toFile(), MnemeHome.userHome(System.getenv()).toString());
        var ingest =
                new Ingest(
                        pauses,
                        ignored,
                        new CapturePolicy(
                                NameList.skippedTools(settings.skippedTools()),
                                NameList.readOnlyAgents(settings.readOnlyAgents())),
                        redactor,
                        database,
                        projects,
                        sessions,
                        new EventStore(settings.turnIdleMax()),
                        jobs,
                        arrivals,
                        clock,
                        settings.attemptsMax(),
                        meters);
        var drain = new SpoolDrain(home, ingest);
        Runnable restored =
                () -> {
                    arrivals.due();
                    embedding.wake();
                };
        var forgetter =
                new Forgetter(
                        home,
                        database,
                        new ForgetSelection(settings.language()),
                        new QuarantineStore(),
                        drain,
                        restored,
                        clock,
                        settings.forgottenKept());
        var searches = new SearchStore(settings.language());
        var wordIndexes = new WordIndexes(database, searches, clock);
        rerankers = new InstalledReranker(home, clock);
        var recall =
                new Recall(
                        database,
                        observations,
                        searches,
                        summaries,
                        embeddings,
                        models.serving(),
                        vectors,
                        wordIndexes,
                        rerankers,
                        clock);
        var summaryRecall =
                new SummaryRecall(database, summaries, new SummarySearchStore(settings.language()));
        var health =
                new HealthCheck(
                        database,
                        jobs,
                        observations,
                        embeddings,
                        new CostStore(),
                        clock,
                        models.serving(),
                        () -> change(models.progress()),
                        vectors,
                        server.provider(),
                        server.migrated().serverVersion());
        StoredLedger ledger = TurnModels.ledger(settings.extraction(), database, clock);
        turnModels =
                new TurnModels(
                        home, settings.extraction(), home.run().resolve("model"), ledger, clock);
        var lessonStore = new LessonStore(settings.language());
        lessons = new ActiveLessons(database, lessonStore, home.lessonsMarker());
        var storage =
                new StorageWatch(
                        database, new StorageStore(), clock, StorageWatch.below(home.root()));
        var briefings = new BriefingStore();
        api =
                new Routes(
                                home,
                                version,
                                clock,
                                redactor,
                                database,
                                projectStore,
                                projects,
                                sessions,
                                ingest,
                                new ObservationWriter(
                                        database,
                                        projects,
                                        sessions,
                                        observations,
                                        new IdempotencyStore(),
                                        embedding,
                                        clock),
                                recall,
                                summaryRecall,
                                new Search(recall, summaryRecall, models.serving(), vectors),
                                summaries,
                                briefings,
                                new SessionBriefing(
                                        database,
                                        observations,
                                        summaries,
                                        briefings,
                                        new LessonLines(lessonStore),
                                        clock,
                                        settings.sessionTokensMax()),
                                new PromptBriefing(
                                        recall,
                                        database,
                                        briefings,
                                        clock,
                                        settings.promptHitsMax()),
                                health,
                                storage,
                                new QueueDesk(
                                        database,
                                        new QueueStore(),
                                        dueWork,
                                        clock,
                                        settings.attemptsMax()),
                                forgetter,
                                new StoredSecrets(
                                        home,
                                        redactor,
                                        database,
                                        new RedactionStore(),
                                        embedding::wake),
                                models,
                                modelWork,
                                turnModels.extractor(),
                                ledger,
                                new Routes.Lessons(
                                        new LessonDesk(
                                                database, lessonStore, projects, lessons, clock),
                                        new LessonDelivery(
                                                lessons, database, lessonStore, sessions, clock),
                                        lessons,
                                        new PlannedCalls(pauses, ignored, redactor, clock)),
                                new Routes.Moves(
                                        new MoveOut(database, new ExportStore()),
                                        new MoveIn(
                                                database,
                                                projects,
                                                sessions,
                                                observations,
                                                summaries,
                                                new ImportStore(settings.language()),
                                                ingest,
                                                restored,
                                                clock)),
                                meters)
                        .api(token);

        var leases = new Leases(database, jobs, clock, workersOfHome + name);
        var worker =
                new Worker(
                        database,
                        jobs,
                        new CountedTurns(
                                new ExtractionHandler(
                                        database,
                                        turnModels.extractor(),
                                        new TurnStore(),
                                        sessions,
                                        observations,
                                        summaries,
                                        jobs),
                                meters),
                        new RetrySchedule(RandomGenerator.getDefault()),
                        clock,
                        leases,
                        () -> {
                            embedding.wake();
                            proposing.wake();
                        });
        var proposals = new LessonProposals(database, lessonStore, clock);
        var rescuer = new JobRescuer(database, jobs, clock, workers);
        rescuer.rescueFrom(workersOfHome);
        var turnCloser = new TurnCloser(database, jobs, clock, settings.turnIdleMax(), dueWork);
        var closer = new SessionCloser(database, sessions, clock);
        loops = new ArrayList<>();
        loops.add(new Loop("database", DATABASE_INTERVAL, new Wakeup(), server::revive));
        loops.add(new Loop("spool", SPOOL_INTERVAL, new Wakeup(), drain::runOnce));
        loops.add(
                new Loop(
                        "worker",
                        settings.queuePollInterval(),
                        workers,
                        () -> {
                            courtesy.standBack();
                            return worker.runOnce();
                        }));
        loops.add(new Loop("turns", turnCloser.interval(), new Wakeup(), turnCloser::runOnce));
        loops.add(new Loop("heartbeat", Leases.HEARTBEAT_INTERVAL, new Wakeup(), leases::runOnce));
        loops.add(
                new Loop(
                        "announcer", settings.queuePollInterval(), announcing, announcer::runOnce));
        loops.add(
                new Loop(
                        "listener", settings.queuePollInterval(), new Wakeup(), listener::runOnce));
        var retention =
                new Retention(
                        database,
                        new RetentionStore(),
                        new QueueStore(),
                        clock,
                        new Retention.Kept(
                                settings.payloadsKept(),
                                settings.jobsKept(),
                                settings.eventsKept(),
                                settings.closedObservationsKept()));
        loops.add(new Loop("retention", RETENTION_INTERVAL, new Wakeup(), retention::runOnce));
        loops.add(new Loop("eraser", RETENTION_INTERVAL, new Wakeup(), forgetter::eraseExpired));
        var sweep = new SpoolSweep(home, clock);
        loops.add(new Loop("sweep", RETENTION_INTERVAL, new Wakeup(), sweep::runOnce));
        loops.add(new Loop("storage", STORAGE_INTERVAL, new Wakeup(), storage::runOnce));
        loops.add(new Loop("pauses", MAINTENANCE_INTERVAL, new Wakeup(), pauses::runOnce));
        loops.add(
                new Loop(
                        "rescuer",
                        MAINTENANCE_INTERVAL,
                        new Wakeup(),
                        () -> {
                            // A clock that jumps ahead makes our own leases look run out.
                            leases.runOnce();
                            return rescuer.runOnce();
                        }));
        loops.add(new Loop("lessons", LESSONS_INTERVAL, new Wakeup(), lessons::refresh));
        loops.add(new Loop("proposals", MAINTENANCE_INTERVAL, proposing, proposals::runOnce));
        loops.add(new Loop("model", MODEL_INTERVAL, new Wakeup(), turnModels::unloadIdle));
        loops.add(new Loop("words", MAINTENANCE_INTERVAL, new Wakeup(), wordIndexes::dropIdle));
        loops.add(new Loop("closer", MAINTENANCE_INTERVAL, new Wakeup(), closer::runOnce));
        loops.add(
                new Loop(
                        "embedding",
                        settings.queuePollInterval(),
                        embedding,
                        () -> {
                            courtesy.standBack();
                            return models.runOnce();
                        }));
    }

    HttpApi api() {
        return api;
    }

    List<Loop> loops() {
        return List.copyOf(loops);
    }

    void stopWork() {
        // Its loop waits for the database, not for a wakeup.
        listener.close();
        // A worker that waits for an answer is told at once.
        turnModels.close();
        modelWork.close();
        loops.forEach(Loop::close);
        rerankers.close();
        lessons.close();
    }

    HikariDataSource pool() {
        return pool;
    }

    /// Tells homes apart without naming them: each has a token of its own.
    private static String fingerprint(String token) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(("mneme-worker " + token).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    private static VectorSupport vectors(Migrator.Pgvector pgvector) {
        return switch (pgvector) {
            case Migrator.Pgvector.Absent(var hint) -> new VectorSupport.Missing(hint);
            case Migrator.Pgvector.Present(var version) -> new VectorSupport.Available(version);
        };
    }

    private static HealthCheck.Change change(ModelSwitch.Progress progress) {
        return new HealthCheck.Change(
                progress.target(), progress.done(), progress.total(), progress.problem());
    }

    static HikariDataSource pool(Supplier<ConnectionInfo> target, Duration silenceMax) {
        var config = new HikariConfig();
        config.setPoolName("mneme");
        config.setDataSource(ServerConnections.impatient(target, "mneme", silenceMax));
        config.setMaximumPoolSize(POOL_CONNECTIONS_MAX);
        config.setMinimumIdle(2);
        config.setConnectionTimeout(POOL_WAIT.toMillis());
        config.setInitializationFailTimeout(POOL_WAIT.toMillis());
        return new HikariDataSource(config);
    }
}
