package dev.mneme.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.QueueSignals;
import dev.mneme.store.StoreException;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

import java.time.Duration;

/// New work wakes the worker of another daemon, and a broken connection is made again.
@Timeout(60)
final class SignalsIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final Wakeup workers = new Wakeup();
    private final Wakeup announcing = new Wakeup();
    private TestDatabase testDatabase;
    private HikariDataSource pool;
    private Database database;
    private Listener listener;

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 2);
        database = new Database(pool);
        listener = new Listener(signals("one"), workers);
    }

    @AfterEach
    void close() {
        listener.close();
        pool.close();
        testDatabase.close();
    }

    @Test
    void newWorkOfAnotherDaemonWakesThisOnesWorkerAtOnce() throws Exception {
        try (var loop = new Loop("listener", SOON, new Wakeup(), listener::runOnce)) {
            loop.start();
            assertThat(workers.await(SOON)).as("once it listens").isTrue();
            var announcer = new Announcer(database, signals("two"), announcing);

            announcer.newWork();
            announcer.newWork();
            assertThat(announcing.await(SOON)).as("its loop is woken").isTrue();
            announcer.runOnce();

            assertThat(workers.await(SOON)).isTrue();
            announcer.runOnce();
            assertThat(workers.await(Duration.ofMillis(300))).as("one signal for both").isFalse();
            listener.close();
        }
    }

    @Test
    void aDaemonDoesNotHearItself() throws Exception {
        try (QueueSignals.Listening listening = signals("one").listen()) {
            database.useTransaction(signals("one")::announce);
            assertThat(listening.heard(Duration.ofMillis(300))).isFalse();

            database.useTransaction(signals("two")::announce);
            assertThat(listening.heard(SOON)).isTrue();
        }
    }

    @Test
    void aBrokenConnectionIsMadeAgainAndTheWorkerLooks() throws Exception {
        try (QueueSignals.Listening listening = signals("one").listen();
                var connection = testDatabase.connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            + " WHERE application_name = 'mneme-listen' AND datname ="
                            + " current_database()");
            assertThatThrownBy(() -> listening.heard(SOON)).isInstanceOf(StoreException.class);
        }
        try (var loop = new Loop("listener", SOON, new Wakeup(), listener::runOnce)) {
            loop.start();
            assertThat(workers.await(SOON)).isTrue();
            try (var connection = testDatabase.connect();
                    var statement = connection.createStatement()) {
                statement.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                + " WHERE application_name = 'mneme-listen' AND datname ="
                                + " current_database()");
            }
            assertThat(workers.await(SOON)).as("it listens again, and looks").isTrue();
            listener.close();
        }
    }

    private QueueSignals signals(String sender) {
        var connections = new PGSimpleDataSource();
        connections.setUrl(testDatabase.jdbcUrl());
        connections.setUser(testDatabase.user());
        connections.setPassword(testDatabase.password());
        connections.setApplicationName("mneme-listen");
        return new QueueSignals(connections, sender);
    }
}
