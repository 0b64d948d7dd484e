package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.embed.onnx.Embedders;
import dev.mneme.jobs.ModelSwitch;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.StoreException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

/// A database of the user's own: its address is honoured to the last parameter, and what takes long
/// there is waited for.
@Timeout(120)
final class ExternalDatabaseIT {

    private static final Duration SILENCE_MAX = Duration.ofSeconds(1);

    @Test
    void theParametersOfItsAddressReachEveryConnection() throws Exception {
        try (var database = TestDatabase.create()) {
            ConnectionInfo marked =
                    target(database, Map.of("options", "-c work_mem=7MB", "sslmode", "disable"));
            DataSource patient = ServerConnections.patient(() -> marked, "test");
            assertThat(workMemory(patient)).isEqualTo("7MB");
            try (var pool = Wiring.pool(() -> marked, SILENCE_MAX)) {
                assertThat(workMemory(pool)).isEqualTo("7MB");
            }

            ConnectionInfo encrypted = target(database, Map.of("sslmode", "require"));
            try (Connection plain = database.connect();
                    var statement = plain.createStatement();
                    var row = statement.executeQuery("SHOW ssl")) {
                row.next();
                assertThat(row.getString(1)).as("this server cannot encrypt").isEqualTo("off");
            }
            assertThatThrownBy(
                            () ->
                                    Migrator.migrate(
                                            encrypted, "", Migrator.Before.NOTHING, line -> {}))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("cannot reach the database");
            assertThat(
                            Migrator.migrate(marked, "", Migrator.Before.NOTHING, line -> {})
                                    .serverVersion())
                    .isNotEmpty();
        }
    }

    /// Building the index waits behind a lock for longer than a pooled connection may be silent, as
    /// building it over many vectors takes longer.
    @Test
    void anIndexMayTakeLongerThanAPooledConnectionWaits(@TempDir Path folder) throws Exception {
        try (var database = TestDatabase.create();
                var pool = Wiring.pool(() -> target(database, Map.of()), SILENCE_MAX);
                var holder = database.connect();
                var lock = holder.createStatement();
                var threads = Executors.newSingleThreadExecutor()) {
            assertThat(database.hasVector()).as("the test server has pgvector").isTrue();
            var pooled = new Database(pool);
            var patient =
                    new Database(
                            ServerConnections.patient(() -> target(database, Map.of()), "patient"));
            var embeddings = new EmbeddingStore();
            EmbeddingModel obstacle =
                    pooled.inTransaction(tx -> embeddings.ensureModel(tx, "obstacle", 8, "test"));
            holder.setAutoCommit(false);
            lock.execute("LOCK TABLE mem_embeddings IN ACCESS EXCLUSIVE MODE");

            assertThatThrownBy(
                            () -> pooled.useTransaction(tx -> embeddings.ensureIndex(tx, obstacle)))
                    .isInstanceOfSatisfying(
                            StoreException.class, gone -> assertThat(gone.unreachable()).isTrue());
            var start =
                    threads.submit(
                            () ->
                                    new ModelSwitch(
                                            pooled,
                                            patient,
                                            embeddings,
                                            new Embedders(new MnemeHome(folder)),
                                            true,
                                            () -> {}));
            assertThatThrownBy(
                            () ->
                                    start.get(
                                            SILENCE_MAX.multipliedBy(3).toMillis(),
                                            TimeUnit.MILLISECONDS))
                    .as("it still waits")
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            holder.rollback();

            assertThat(start.get(60, TimeUnit.SECONDS).serving().now().model().name())
                    .isEqualTo("mneme-words-v1");
            try (Connection connection = database.connect();
                    var statement = connection.createStatement();
                    var row =
                            statement.executeQuery(
                                    """
                                    SELECT count(*)
                                    FROM pg_indexes
                                    JOIN mem_embedding_models AS models
                                        ON indexname = 'mem_embeddings_model_' || models.id
                                            || '_hnsw_idx'
                                    WHERE models.name = 'mneme-words-v1'
                                    """)) {
                row.next();
                assertThat(row.getInt(1)).isEqualTo(1);
            }
        }
    }

    private static ConnectionInfo target(TestDatabase database, Map<String, String> parameters) {
        URI address = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        return new ConnectionInfo(
                address.getHost(),
                address.getPort(),
                address.getPath().substring(1),
                database.user(),
                database.password(),
                parameters);
    }

    private static String workMemory(DataSource connections) throws SQLException {
        try (Connection connection = connections.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("SHOW work_mem")) {
            row.next();
            return row.getString(1);
        }
    }
}
