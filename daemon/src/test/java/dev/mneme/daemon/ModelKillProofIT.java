package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.embed.onnx.RandomBert;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Wire;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.Predicate;

/// A daemon that is killed while it makes the vectors of another model: the next one goes on where
/// it stopped, again and again, and search never misses a vector.
@Tag("proof")
final class ModelKillProofIT {

    private static final int OBSERVATIONS = 600;
    private static final int KILLS = 3;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @TempDir private Path folder;

    @Test
    void aKilledDaemonsSuccessorMakesOnlyWhatIsMissing() throws Exception {
        var home = new MnemeHome(folder);
        PrivateHome.prepare(home);
        new RandomBert(3, 256, false).putOnShelf(home, "slow");
        try (var database = TestDatabase.create()) {
            DaemonProcess daemon = DaemonProcess.start(folder, database);
            try {
                fill(daemon);
                await(daemon, health -> health.embeddings().pending() == 0);
                assertThat(
                                daemon.client()
                                        .post("/api/models/use", Map.of("name", "slow"), TIMEOUT)
                                        .status())
                        .isEqualTo(200);
                long before = 0;
                for (int kill = 0; kill < KILLS; kill++) {
                    long more = before;
                    await(daemon, health -> vectors(database) > more);
                    daemon.kill();
                    before = vectors(database);
                    assertThat(before).as("killed half-way").isLessThan(OBSERVATIONS);
                    String made = fingerprint(database);
                    daemon = DaemonProcess.start(folder, database);
                    assertThat(searched(daemon)).isEqualTo(20);
                    assertThat(fingerprint(database)).as("what was made stays").startsWith(made);
                }
                await(daemon, health -> health.embeddings().model().equals("slow"));
                assertThat(vectors(database)).isEqualTo(OBSERVATIONS);
                assertThat(searched(daemon)).isEqualTo(20);
            } finally {
                daemon.close();
            }
        }
    }

    private static void fill(DaemonProcess daemon) throws Exception {
        var batch = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < OBSERVATIONS; i++) {
            batch.add(
                    Map.of(
                            "session_id",
                            "s",
                            "project",
                            "shop",
                            "title",
                            "Cap retry " + i,
                            "narrative",
                            "The server drops connections. ".repeat(1 + i % 12)));
        }
        assertThat(
                        daemon.client()
                                .post(
                                        "/api/observations/batch",
                                        Map.of("observations", batch),
                                        TIMEOUT)
                                .status())
                .isEqualTo(200);
    }

    private static int searched(DaemonProcess daemon) throws Exception {
        var answer =
                daemon.client()
                        .post(
                                "/api/observations/search",
                                Map.of("query", "server", "mode", "vector", "limit", 20),
                                TIMEOUT);
        assertThat(answer.body()).contains("\"mode\":\"vector\"");
        return Json.tree(answer.body()).at("/observations").size();
    }

    /// When each vector of the new model was made, in the order of the observations.
    private static String fingerprint(TestDatabase database) throws SQLException {
        return value(
                database,
                "SELECT coalesce(string_agg(observation_id || '@' || created_at, ' '"
                        + " ORDER BY observation_id), '') FROM ("
                        + "SELECT e.* FROM mem_embeddings AS e JOIN mem_embedding_models AS m"
                        + " ON m.id = e.model_id WHERE m.name = 'slow') AS made");
    }

    private static long vectors(TestDatabase database) {
        try {
            return Long.parseLong(
                    value(
                            database,
                            "SELECT count(*) FROM mem_embeddings AS e"
                                    + " JOIN mem_embedding_models AS m ON m.id = e.model_id"
                                    + " WHERE m.name = 'slow'"));
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static String value(TestDatabase database, String query) throws SQLException {
        try (Connection connection = database.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void await(DaemonProcess daemon, Predicate<Wire.Health> reached) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (daemon.client().health(TIMEOUT).filter(reached).isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain: " + daemon.client().health(TIMEOUT));
            }
            Looks.pause();
        }
    }
}
