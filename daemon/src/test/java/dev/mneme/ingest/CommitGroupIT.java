package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

@Timeout(120)
final class CommitGroupIT {

    private static final int CALLERS = 24;
    private static final int WORKS_EACH = 25;

    /// The table's constraint allows 500.
    private static final String TOO_LONG = "x".repeat(501);

    private final SessionStore sessions = new SessionStore();

    private TestDatabase testDatabase;
    private HikariDataSource pool;
    private Database database;
    private Project project;

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 4);
        database = new Database(pool);
        project = database.inTransaction(tx -> new ProjectStore().ensureNamed(tx, "group"));
    }

    @AfterEach
    void close() {
        pool.close();
        testDatabase.close();
    }

    /// Many at once: everything is committed once when its caller hears of it, each caller gets its
    /// own result, a refused work fails its own caller alone, and transactions were shared.
    @Test
    void sharesTransactionsAndKeepsEveryCallersWorkItsOwn() throws Exception {
        var group = group();
        var go = new CountDownLatch(1);
        var problems = new ConcurrentLinkedQueue<String>();
        var refused = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        long before = transactions();
        for (int caller = 0; caller < CALLERS; caller++) {
            int number = caller;
            threads.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            go.await();
                                            for (int work = 0; work < WORKS_EACH; work++) {
                                                call(group, number, work, refused, problems);
                                            }
                                        } catch (InterruptedException stopped) {
                                            problems.add("interrupted");
                                        }
                                    }));
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(problems).isEmpty();
        assertThat(refused).hasValue(CALLERS);
        assertThat(count("SELECT count(*) FROM mem_sessions"))
                .isEqualTo((long) CALLERS * (WORKS_EACH - 1));
        // Those that shared one with a refused work ran again alone.
        assertThat(transactions() - before)
                .as("transactions for %d works", CALLERS * WORKS_EACH)
                .isLessThan((long) CALLERS * WORKS_EACH * 2);
        assertThat(sharedTransactions()).as("works that shared a transaction").isPositive();
    }

    private void call(
            CommitGroup<String, Session> group,
            int caller,
            int work,
            AtomicInteger refused,
            ConcurrentLinkedQueue<String> problems) {
        boolean bad = work == caller;
        String id = bad ? TOO_LONG : "s-" + caller + "-" + work;
        try {
            Session session = group.run(id);
            if (bad) {
                problems.add("the bad work of caller " + caller + " passed");
            } else if (!session.externalId().equals(id)) {
                problems.add("caller " + caller + " was given " + session.externalId());
            } else if (database.inTransaction(tx -> sessions.byExternalId(tx, id)).isEmpty()) {
                problems.add(id + " was not committed when its caller heard of it");
            }
        } catch (StoreException failure) {
            refused.incrementAndGet();
            if (!bad) {
                problems.add(id + " failed: " + failure.getMessage());
            }
        }
    }

    /// Who is told and who waits share transactions, and whoever brought something hears of its
    /// own.
    @Test
    void callersThatWaitAndCallersThatAreToldShareTheGroup() throws Exception {
        var group = group();
        var told = new ConcurrentLinkedQueue<String>();
        var left = new CountDownLatch(CALLERS * WORKS_EACH);
        var threads = new ArrayList<Thread>();
        var refused = new AtomicInteger();
        var problems = new ConcurrentLinkedQueue<String>();
        for (int caller = 0; caller < CALLERS; caller++) {
            int number = caller;
            threads.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        for (int work = 0; work < WORKS_EACH; work++) {
                                            String id = "told-" + number + "-" + work;
                                            group.submit(
                                                    work == number ? TOO_LONG : id,
                                                    (session, failure) -> {
                                                        told.add(
                                                                session == null
                                                                        ? "refused"
                                                                        : session.externalId());
                                                        left.countDown();
                                                        if (session == null) {
                                                            throw new IllegalStateException("bug");
                                                        }
                                                    });
                                            call(group, number, work, refused, problems);
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();

        assertThat(problems).isEmpty();
        assertThat(told).hasSize(CALLERS * WORKS_EACH);
        assertThat(told.stream().filter("refused"::equals)).hasSize(CALLERS);
        assertThat(told.stream().distinct()).hasSize(CALLERS * (WORKS_EACH - 1) + 1);
        assertThat(count("SELECT count(*) FROM mem_sessions"))
                .isEqualTo(2L * CALLERS * (WORKS_EACH - 1));
        assertThat(sharedTransactions()).as("works that shared a transaction").isPositive();
    }

    @Test
    void aLoneWorkIsCommittedAlone() throws Exception {
        var group = group();
        for (int i = 0; i < 3; i++) {
            String id = "alone-" + i;
            group.run(id);
        }
        assertThat(sharedTransactions()).isZero();
        assertThat(count("SELECT count(*) FROM mem_sessions")).isEqualTo(3);
    }

    /// An error that is nobody's fault reaches all callers and leaves the group able to go on.
    @Test
    void aBugOfOneCallerDoesNotStopTheOthers() {
        var group =
                new CommitGroup<String, String>(
                        members -> {
                            if (members.contains("bug")) {
                                throw new IllegalArgumentException("a bug");
                            }
                            return members;
                        });
        for (int i = 0; i < CommitGroup.LEADERS_MAX + 1; i++) {
            try {
                group.run("bug");
                throw new AssertionError("the bug was hidden");
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessage("a bug");
            }
        }
        assertThat(group.run("fine")).isEqualTo("fine");
    }

    private CommitGroup<String, Session> group() {
        return new CommitGroup<>(
                ids ->
                        database.inTransaction(
                                tx ->
                                        ids.stream()
                                                .sorted()
                                                .map(
                                                        id ->
                                                                sessions.ensure(
                                                                        tx,
                                                                        id,
                                                                        project,
                                                                        "claude-code",
                                                                        Instant.now()))
                                                .collect(
                                                        Collectors.collectingAndThen(
                                                                Collectors.toMap(
                                                                        Session::externalId,
                                                                        session -> session),
                                                                made ->
                                                                        ids.stream()
                                                                                .map(made::get)
                                                                                .toList()))));
    }

    private long transactions() throws SQLException {
        return count("SELECT pg_current_xact_id()::text::bigint");
    }

    /// Rows that one transaction wrote beside another row.
    private long sharedTransactions() throws SQLException {
        return count("SELECT count(*) - count(DISTINCT xmin::text) FROM mem_sessions");
    }

    private long count(String sql) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
