package dev.mneme.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.ModelCost;
import dev.mneme.extract.model.Backend;
import dev.mneme.extract.model.Ledger;
import dev.mneme.extract.model.OpenAiBackend;
import dev.mneme.extract.model.RemoteService;
import dev.mneme.jobs.StoredLedger.Caps;
import dev.mneme.jobs.StoredLedger.Price;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.CostStore;
import dev.mneme.store.Database;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

/// What models took, in a real database.
@Timeout(60)
final class StoredLedgerIT {

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-11-21T23:59:00Z"));

    private TestDatabase testDatabase;
    private HikariDataSource pool;
    private Backend backend;

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 3);
        backend =
                new OpenAiBackend(
                        new RemoteService(
                                URI.create("http://127.0.0.1:9/v1"),
                                "some-model",
                                "",
                                1_000,
                                1_000,
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1)),
                        now::get);
    }

    @AfterEach
    void close() {
        backend.close();
        pool.close();
        testDatabase.close();
    }

    private StoredLedger ledger(Caps caps, Price price) {
        return new StoredLedger(
                new Database(pool), new CostStore(), now::get, caps, Map.of("openai", price));
    }

    private Ledger.Call call(String session, long tokensMax) {
        return new Ledger.Call(session, backend, tokensMax);
    }

    private static Backend.Usage usage(int in, int out) {
        return new Backend.Usage(in, out, Duration.ofMillis(1_500), Duration.ofMillis(700));
    }

    private static Caps caps(long calls, long tokens, double dollars) {
        return new Caps(
                calls < 0 ? OptionalLong.empty() : OptionalLong.of(calls),
                tokens < 0 ? OptionalLong.empty() : OptionalLong.of(tokens),
                dollars < 0 ? OptionalDouble.empty() : OptionalDouble.of(dollars),
                OptionalLong.empty());
    }

    private static Caps none() {
        return caps(-1, -1, -1);
    }

    @Test
    void figuresAreKeptByDayAndProjectAndFollowAMerge() throws Exception {
        try (Connection connection = testDatabase.connect();
                Statement sql = connection.createStatement()) {
            sql.execute("INSERT INTO mem_projects (name) VALUES ('shop'), ('store')");
            sql.execute(
                    "INSERT INTO mem_sessions (session_id, project_id)"
                            + " SELECT 'in-' || name, id FROM mem_projects");
            StoredLedger ledger = ledger(none(), new Price(2, 8));
            for (String session : List.of("in-shop", "in-store", "in-nothing")) {
                Ledger.Call call = call(session, 100);
                assertThat(ledger.refuses(call)).isEmpty();
                ledger.took(call, usage(1_000, 100));
            }
            assertThat(ledger.last(1))
                    .extracting(row -> String.valueOf(row.project()))
                    .containsExactly("shop", "store", "null");
            ModelCost shop = ledger.last(1).getFirst();
            assertThat(shop.day()).isEqualTo(LocalDate.parse("2026-11-21"));
            // 1,000 tokens at two dollars and 100 at eight dollars a million.
            assertThat(shop.figures())
                    .isEqualTo(new ModelCost.Figures(1, 1_000, 100, 1_500, 700, 2_800_000));

            sql.execute(
                    "INSERT INTO mem_project_keys (project_id, kind, value)"
                            + " SELECT into_id.id, 'former-id', CAST(from_id.id AS text)"
                            + " FROM mem_projects into_id, mem_projects from_id"
                            + " WHERE into_id.name = 'store' AND from_id.name = 'shop'");
            sql.execute(
                    "UPDATE mem_sessions SET project_id ="
                            + " (SELECT id FROM mem_projects WHERE name = 'store')");
            sql.execute("DELETE FROM mem_projects WHERE name = 'shop'");
            assertThat(ledger.last(1))
                    .extracting(row -> row.project() + " " + row.figures().calls())
                    .containsExactly("store 2", "null 1");

            now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(2)));
            assertThat(ledger.takenToday()).isEqualTo(ModelCost.Figures.NONE);
            assertThat(ledger.last(1)).isEmpty();
            assertThat(ledger.last(2)).hasSize(2);

            now.updateAndGet(instant -> instant.plus(Duration.ofDays(StoredLedger.DAYS_KEPT + 1)));
            assertThat(ledger.refuses(call("in-store", 100))).isEmpty();
            assertThat(ledger.last(StoredLedger.DAYS_KEPT + 2)).hasSize(1);
        }
    }

    @Test
    void aCallThatCouldGoOverACapIsNotMadeUntilTheNextDay() {
        StoredLedger byTokens = ledger(caps(-1, 2_000, -1), new Price(0, 0));
        assertThat(byTokens.refuses(call("s", 2_001))).isPresent();
        Ledger.Call first = call("s", 2_000);
        assertThat(byTokens.refuses(first)).isEmpty();
        byTokens.took(first, usage(900, 200));
        assertThat(byTokens.refuses(call("s", 901))).contains("the day's tokens are used up");
        assertThat(byTokens.refuses(call("s", 900))).isEmpty();

        // Of a dollar a million, 1,100 tokens are taken: 0.0011 dollars were taken for nothing.
        StoredLedger byMoney = ledger(caps(-1, -1, 0.002), new Price(1, 1));
        assertThat(byMoney.refuses(call("s", 2_001))).contains("the day's money is used up");
        Ledger.Call paid = call("s", 2_000);
        assertThat(byMoney.refuses(paid)).isEmpty();
        byMoney.took(paid, usage(1_000, 500));
        assertThat(byMoney.refuses(call("s", 501))).isPresent();
        assertThat(byMoney.refuses(call("s", 400))).isEmpty();

        now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(2)));
        assertThat(byMoney.refuses(call("s", 2_000))).isEmpty();
    }

    @Test
    void aCallThatWasNotMadeIsNotCounted() {
        StoredLedger ledger = ledger(caps(1, -1, -1), new Price(0, 0));
        for (int turn = 0; turn < 3; turn++) {
            Ledger.Call away = call("s", 10);
            assertThat(ledger.refuses(away)).as("nothing of the cap is gone").isEmpty();
            ledger.notMade(away);
        }
        assertThat(ledger.last(1)).isEmpty();

        Ledger.Call made = call("s", 10);
        assertThat(ledger.refuses(made)).isEmpty();
        ledger.took(made, usage(5, 5));
        assertThat(ledger.refuses(call("s", 10))).isPresent();
        ledger.notMade(call("s", 10));
        assertThat(ledger.takenToday())
                .as("what it took stays")
                .isNotEqualTo(ModelCost.Figures.NONE);
        assertThat(ledger.takenToday().promptTokens()).isEqualTo(5);
    }

    @Test
    void whoAsksAtTheSameTimeGetsNoMoreThanTheCap() throws Exception {
        StoredLedger ledger = ledger(caps(5, -1, -1), new Price(0, 0));
        Callable<Boolean> asking = () -> ledger.refuses(call("s", 10)).isEmpty();
        try (var threads = Executors.newFixedThreadPool(6)) {
            int made = 0;
            for (Future<Boolean> asked : threads.invokeAll(Collections.nCopies(20, asking))) {
                made += asked.get() ? 1 : 0;
            }
            assertThat(made).isEqualTo(5);
        }
        assertThat(ledger.takenToday().calls()).isEqualTo(5);
    }
}
