package dev.mneme.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.daemon.Looks;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.JobState;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Project;
import dev.mneme.embed.WordsEmbedder;
import dev.mneme.ingest.ObservationWriter;
import dev.mneme.ingest.ProjectResolver;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.queue.FailingDataSource;
import dev.mneme.queue.FailingDataSource.Fault;
import dev.mneme.queue.JobRescuer;
import dev.mneme.queue.Leases;
import dev.mneme.queue.QueueDesk;
import dev.mneme.queue.ReadTurns;
import dev.mneme.queue.RetrySchedule;
import dev.mneme.queue.TurnHandler;
import dev.mneme.queue.TurnResult;
import dev.mneme.queue.Wakeup;
import dev.mneme.queue.Worker;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.IdempotencyStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.QueueStore;
import dev.mneme.store.RetentionStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.TestPool;
import dev.mneme.store.VectorTable;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Whatever writes to the database is cut off at its n-th statement, for n = 1, 2, 3 … until it
/// passes untouched: once before the server got the statement, once after it did what it said and
/// the answer was lost. After each, everything must be whole, and doing it again must complete it.
@Tag("proof")
@Timeout(300)
final class StatementFaultsIT {

    private static final int STATEMENTS_MAX = 200;

    private final JobStore jobs = new JobStore();
    private final ObservationStore observations = new ObservationStore("english");
    private final EmbeddingStore embeddings = new EmbeddingStore();
    private TestDatabase testDatabase;
    private HikariDataSource pool;
    private Database database;
    private Instant now = Instant.now();

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 3);
        database = new Database(pool);
    }

    @AfterEach
    void close() {
        pool.close();
        testDatabase.close();
    }

    /// Something that writes.
    private interface Writing {
        void on(Database database) throws InterruptedException;
    }

    private interface Check {
        void holds() throws Exception;
    }

    /// @param statementsMin so many statements at least were really made to fail
    /// @param whole what must hold after every failure
    /// @param done what must hold once the same was done again
    private void prove(int statementsMin, Check prepare, Writing writing, Check whole, Check done)
            throws Exception {
        for (Fault fault : Fault.values()) {
            boolean untouched = false;
            for (int n = 1; !untouched; n++) {
                String at = fault + " at statement " + n;
                assertThat(n).as("it ends").isLessThan(STATEMENTS_MAX);
                execute(
                        "TRUNCATE mem_projects, mem_idempotency_keys, mem_embedding_models CASCADE");
                prepare.holds();
                var failing = new FailingDataSource(pool, n, fault);
                boolean failed = false;
                try {
                    writing.on(new Database(failing));
                } catch (StoreException injected) {
                    failed = true;
                }
                try {
                    assertThat(failed).as("the failure is noticed").isEqualTo(failing.fired());
                    nothingIsHalf();
                    whole.holds();
                    writing.on(database);
                    nothingIsHalf();
                    whole.holds();
                    done.holds();
                } catch (AssertionError wrong) {
                    throw new AssertionError(at + ": " + wrong.getMessage(), wrong);
                }
                untouched = !failing.fired();
                if (untouched) {
                    assertThat(n).as("statements made to fail").isGreaterThan(statementsMin);
                }
            }
        }
    }

    /// True at every moment, whatever was cut off.
    private void nothingIsHalf() throws SQLException {
        assertThat(
                        count(
                                """
                                mem_jobs AS jobs
                                WHERE (jobs.outcome IS NOT DISTINCT FROM 'remembered')
                                    <> EXISTS (
                                        SELECT
                                        FROM mem_observation_events AS sources
                                        WHERE sources.event_id = jobs.event_id)
                                """))
                .as("jobs remembered without a result, or the other way round")
                .isZero();
        assertThat(
                        count(
                                """
                                (
                                    SELECT FROM mem_observation_events
                                    GROUP BY event_id HAVING count(*) > 1
                                ) AS twice
                                """))
                .as("results stored twice")
                .isZero();
        assertThat(
                        count(
                                """
                                mem_observations AS observations
                                WHERE NOT EXISTS (
                                        SELECT FROM mem_unembedded AS waiting
                                        WHERE waiting.observation_id = observations.id)
                                    AND NOT EXISTS (
                                        SELECT FROM mem_embeddings AS vectors
                                        WHERE vectors.observation_id = observations.id)
                                """))
                .as("observations that nobody will ever embed")
                .isZero();
    }

    /// One round of everything a worker does: it claims four jobs of two sessions, remembers one,
    /// fails one, gives one back that must wait for it, skips one; later rounds finish the rest.
    @Test
    void claimCompleteFailReleaseAndRescue() throws Exception {
        var failedOnce = new HashSet<String>();
        ReadTurns.Work work =
                (turn, read) -> {
                    String event = String.valueOf(read.turn().events().getFirst().toolUseId());
                    if (event.equals("b0")) {
                        return TurnResult.skipped(turn, "nothing in it");
                    }
                    if (event.equals("a1") && failedOnce.add(event)) {
                        throw new IllegalStateException("not now");
                    }
                    return TurnResult.remembered(
                            turn,
                            tx ->
                                    observations.insert(
                                            tx,
                                            read.sessionId(),
                                            read.projectId(),
                                            observation(event, read.eventIds())));
                };
        prove(
                12,
                () -> {
                    failedOnce.clear();
                    session("a", "active", Duration.ZERO);
                    session("b", "active", Duration.ZERO);
                    for (String event : List.of("a0", "a1", "a2", "b0")) {
                        job(event, "available", Duration.ZERO);
                    }
                },
                on -> {
                    for (int round = 0; round < 3; round++) {
                        now = now.plus(Leases.LEASE).plusSeconds(60);
                        new JobRescuer(on, jobs, () -> now, new Wakeup()).runOnce();
                        worker(on, ReadTurns.each(on, work)).runOnce();
                    }
                },
                () ->
                        assertThat(
                                        text(
                                                """
                                                SELECT coalesce(string_agg(title, ' ' ORDER BY id), '')
                                                FROM mem_observations
                                                """))
                                .as("in order")
                                .isIn("", "a0", "a0 a1", "a0 a1 a2"),
                () -> {
                    assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(4);
                    assertThat(count("mem_jobs WHERE skip_reason = 'nothing in it'")).isEqualTo(1);
                    assertThat(count("mem_observations")).isEqualTo(3);
                });
    }

    @Test
    void rescueOfAbandonedJobsAndOfImpossibleLeases() throws Exception {
        prove(
                3,
                () -> {
                    session("a", "active", Duration.ZERO);
                    for (String event : List.of("a0", "a1", "a2")) {
                        job(event, "available", Duration.ZERO);
                    }
                    claim("dead", 3);
                    execute(
                            """
                            UPDATE mem_jobs SET lease_until = lease_until - interval '2 minutes'
                            WHERE event_id IN (
                                SELECT id FROM mem_events WHERE tool_use_id IN ('a0', 'a1'));
                            UPDATE mem_jobs SET attempt = max_attempts
                            WHERE event_id IN (
                                SELECT id FROM mem_events WHERE tool_use_id = 'a1');
                            UPDATE mem_jobs SET lease_until = lease_until + interval '1 hour'
                            WHERE event_id IN (
                                SELECT id FROM mem_events WHERE tool_use_id = 'a2');
                            """);
                },
                on -> new JobRescuer(on, jobs, () -> now, new Wakeup()).runOnce(),
                () ->
                        assertThat(count("mem_jobs WHERE state = 'running' AND attempt = 0"))
                                .isZero(),
                () -> {
                    assertThat(state("a0")).isEqualTo("retryable");
                    assertThat(state("a1")).isEqualTo("discarded");
                    assertThat(state("a2")).isEqualTo("running");
                    assertThat(
                                    Instant.parse(
                                            text(
                                                    """
                                                    SELECT to_char(
                                                        max(lease_until) AT TIME ZONE 'UTC',
                                                        'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                                                    FROM mem_jobs
                                                    """)))
                            .isBefore(now.plus(Leases.LEASE).plusSeconds(1));
                });
    }

    @Test
    void retentionOfPayloadsJobsAndKeys() throws Exception {
        prove(
                6,
                () -> {
                    session("a", "active", Duration.ZERO);
                    job("a0", "completed", Duration.ofDays(50));
                    job("a1", "cancelled", Duration.ofDays(50));
                    job("a2", "discarded", Duration.ofDays(50));
                    job("a3", "completed", Duration.ofDays(1));
                    execute(
                            """
                            INSERT INTO mem_idempotency_keys (key, observation_ids, created_at)
                            VALUES ('k', '{}', now() - interval '50 days')
                            """);
                },
                on ->
                        new Retention(
                                        on,
                                        new RetentionStore(),
                                        new QueueStore(),
                                        () -> now,
                                        new Retention.Kept(
                                                Duration.ofDays(30),
                                                Duration.ofDays(40),
                                                Duration.ofDays(365),
                                                Duration.ofDays(365)))
                                .runOnce(),
                () -> {
                    assertThat(count("mem_events")).isEqualTo(4);
                    assertThat(
                                    count(
                                            """
                                            mem_events
                                            WHERE payload IS NOT NULL
                                                AND tool_use_id IN ('a2', 'a3')
                                            """))
                            .isEqualTo(2);
                    assertThat(state("a2")).isEqualTo("discarded");
                    assertThat(state("a3")).isEqualTo("completed");
                },
                () -> {
                    assertThat(count("mem_jobs")).isEqualTo(2);
                    assertThat(count("mem_events WHERE payload IS NULL")).isEqualTo(2);
                    assertThat(count("mem_idempotency_keys")).isZero();
                });
    }

    @Test
    void retryAndPurgeOfDeadJobs() throws Exception {
        Check dead =
                () -> {
                    session("a", "active", Duration.ZERO);
                    job("a0", "discarded", Duration.ofDays(1));
                    job("a1", "discarded", Duration.ofDays(1));
                };
        prove(
                1,
                dead,
                on -> desk(on).retryDiscarded(),
                () -> assertThat(count("mem_jobs WHERE state = 'discarded'")).isIn(0L, 2L),
                () -> assertThat(count("mem_jobs WHERE state = 'retryable'")).isEqualTo(2));
        prove(
                1,
                dead,
                on -> desk(on).purge(JobState.DISCARDED, Duration.ZERO),
                () -> {
                    assertThat(count("mem_jobs")).isIn(0L, 2L);
                    assertThat(count("mem_events")).isEqualTo(2);
                },
                () -> assertThat(count("mem_jobs")).isZero());
    }

    @Test
    void theEndOfIdleSessions() throws Exception {
        prove(
                1,
                () -> {
                    session("a", "active", Duration.ofHours(7));
                    session("b", "active", Duration.ofHours(8));
                    session("c", "active", Duration.ofHours(1));
                },
                on -> new SessionCloser(on, new SessionStore(), () -> now).runOnce(),
                () -> assertThat(count("mem_sessions WHERE status = 'active'")).isIn(1L, 3L),
                () ->
                        assertThat(
                                        text(
                                                "SELECT session_id FROM mem_sessions WHERE status = 'active'"))
                                .isEqualTo("c"));
    }

    @Test
    void embeddingAndAChangeOfModel() throws Exception {
        assertThat(testDatabase.hasVector()).as("the test server has pgvector").isTrue();
        var embedder = new WordsEmbedder();
        Writing change =
                on -> {
                    var wanted = embedder.model();
                    EmbeddingModel model =
                            on.inTransaction(
                                    tx ->
                                            embeddings.ensureModel(
                                                    tx,
                                                    wanted.name(),
                                                    wanted.dimensions(),
                                                    wanted.provider()));
                    on.useTransaction(tx -> embeddings.makeCurrent(tx, model));
                    on.useTransaction(tx -> embeddings.ensureIndex(tx, model));
                    on.useTransaction(tx -> VectorTable.ofObservations().listUnembedded(tx, model));
                    var round =
                            new EmbeddingRound(on, VectorTable.ofObservations(), embedder, model);
                    while (round.runOnce()) {
                        Looks.pause();
                    }
                };
        prove(
                10,
                () -> {
                    execute(
                            """
                            INSERT INTO mem_embedding_models
                                (name, dimensions, provider, is_current)
                            VALUES ('former', 3, 'test', true)
                            """);
                    session("a", "active", Duration.ZERO);
                    for (int i = 0; i < 3; i++) {
                        String title = "o" + i;
                        database.useTransaction(
                                tx ->
                                        observations.insert(
                                                tx,
                                                sessionNumber("a"),
                                                project("a").id(),
                                                observation(title, List.of())));
                    }
                },
                change,
                () ->
                        assertThat(count("mem_embedding_models WHERE is_current"))
                                .as("one model is current at every moment")
                                .isEqualTo(1),
                () -> {
                    assertThat(count("mem_embeddings")).isEqualTo(3);
                    assertThat(count("mem_unembedded")).isZero();
                    assertThat(text("SELECT name FROM mem_embedding_models WHERE is_current"))
                            .isEqualTo(embedder.model().name());
                });
    }

    @Test
    void mergeOfTwoProjects() throws Exception {
        prove(
                8,
                () -> {
                    session("a", "active", Duration.ZERO);
                    session("b", "active", Duration.ZERO);
                    execute(
                            """
                            INSERT INTO mem_project_keys (project_id, kind, value)
                            SELECT id, 'path', '/tmp/none/' || name FROM mem_projects
                            """);
                },
                on ->
                        on.useTransaction(
                                tx -> {
                                    var store = new ProjectStore();
                                    List<Project> from = store.byNameOrAlias(tx, "a");
                                    Project into = store.byNameOrAlias(tx, "b").getFirst();
                                    if (from.getFirst().id() != into.id()) {
                                        store.merge(tx, from.getFirst(), into);
                                    }
                                }),
                () -> {
                    assertThat(count("mem_sessions")).isEqualTo(2);
                    assertThat(count("mem_project_keys WHERE kind = 'path'")).isEqualTo(2);
                    assertThat(
                                    text(
                                            """
                                            SELECT count(DISTINCT project_id)
                                                = (SELECT count(*) FROM mem_projects)
                                            FROM mem_sessions
                                            """))
                            .isEqualTo("t");
                },
                () -> {
                    assertThat(count("mem_projects")).isEqualTo(1);
                    assertThat(project("a").id()).isEqualTo(project("b").id());
                });
    }

    @Test
    void aMemorySavedUnderAKey() throws Exception {
        prove(
                6,
                () -> {},
                on ->
                        new ObservationWriter(
                                        on,
                                        new ProjectResolver(on, new ProjectStore()),
                                        new SessionStore(),
                                        observations,
                                        new IdempotencyStore(),
                                        new Wakeup(),
                                        () -> now)
                                .save("shop", observation("kept", List.of()), List.of(), "key-1"),
                () ->
                        assertThat(count("mem_observations"))
                                .isEqualTo(count("mem_idempotency_keys")),
                () -> assertThat(count("mem_observations")).isEqualTo(1));
    }

    private QueueDesk desk(Database on) {
        return new QueueDesk(on, new QueueStore(), () -> {}, () -> now, 3);
    }

    private Worker worker(Database on, TurnHandler handler) {
        return new Worker(
                on,
                jobs,
                handler,
                new RetrySchedule(new Random(7)),
                () -> now,
                new Leases(on, jobs, () -> now, "worker"),
                () -> {});
    }

    private List<ClaimedTurn> claim(String worker, int count) {
        return database.inTransaction(
                tx -> {
                    jobs.beginClaim(tx, 0);
                    return jobs.claim(tx, worker, now, now.plus(Leases.LEASE), 0, count);
                });
    }

    private NewObservation observation(String title, List<Long> events) {
        return new NewObservation(
                title,
                null,
                ObservationType.CHANGE,
                "n",
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                null,
                now,
                "test",
                1,
                events);
    }

    private Project project(String name) {
        return database.inTransaction(tx -> new ProjectStore().byNameOrAlias(tx, name)).getFirst();
    }

    private long sessionNumber(String name) {
        return database.inTransaction(tx -> new SessionStore().byExternalId(tx, name))
                .orElseThrow()
                .id();
    }

    /// A session of a project of the same name, in which nothing happened for so long.
    private void session(String name, String status, Duration quiet) throws SQLException {
        execute(
                """
                WITH project AS (
                    INSERT INTO mem_projects (name) VALUES ('%1$s') RETURNING id
                )
                INSERT INTO mem_sessions (session_id, project_id, status, last_event_at)
                SELECT '%1$s', id, '%2$s', timestamptz '%3$s' FROM project
                """
                        .formatted(name, status, now.minus(quiet)));
    }

    /// A job whose event, named by session and number, came so long ago.
    private void job(String event, String state, Duration ago) throws SQLException {
        Optional<String> reason = state.equals("completed") ? Optional.of("'x'") : Optional.empty();
        execute(
                """
                WITH event AS (
                    INSERT INTO mem_events (
                        session_id, kind, dedupe_key, tool_use_id, occurred_at, received_at,
                        payload_hash, payload)
                    SELECT id, 'stop', '%1$s', '%1$s', timestamptz '%3$s',
                        timestamptz '%3$s', sha256('x'), '{}'
                    FROM mem_sessions
                    WHERE session_id = left('%1$s', 1)
                    RETURNING id, session_id
                )
                INSERT INTO mem_jobs (
                    event_id, session_id, state, outcome, skip_reason, last_error, finalized_at,
                    attempt)
                SELECT id, session_id, '%2$s', %4$s, %5$s, 'x',
                    CASE WHEN '%2$s' <> 'available' THEN timestamptz '%3$s' END,
                    CASE WHEN '%2$s' <> 'available' THEN 1 ELSE 0 END
                FROM event
                """
                        .formatted(
                                event,
                                state,
                                now.minus(ago),
                                reason.map(_ -> "'skipped'").orElse("NULL"),
                                reason.orElse("NULL")));
    }

    private String state(String event) throws SQLException {
        return text(
                """
                SELECT jobs.state
                FROM mem_jobs AS jobs
                JOIN mem_events AS events ON events.id = jobs.event_id
                WHERE events.tool_use_id = '%s'
                """
                        .formatted(event));
    }

    private void execute(String sql) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long count(String from) throws SQLException {
        return Long.parseLong(text("SELECT count(*) FROM " + from));
    }

    private String text(String sql) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }
}
