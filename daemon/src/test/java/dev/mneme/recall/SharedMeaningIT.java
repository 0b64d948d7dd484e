package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Project;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.Session;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.SearchStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.TestPool;
import dev.mneme.store.Tx;
import dev.mneme.store.VectorTable;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// What nearly all memories of a project speak of brings none of them to the front.
final class SharedMeaningIT {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final float[] COMMON = {1, 0, 0};
    private static final float[] OWN = {0.8f, 0.6f, 0};

    /// Nearer to what they all speak of than to the one that speaks of something else as well.
    private static final float[] QUERY = {0.96f, 0.28f, 0};

    private final EmbeddingStore embeddings = new EmbeddingStore();
    private final SearchStore search = new SearchStore("english");
    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private final SharedMeaning shared = new SharedMeaning(search, now::get);

    @Test
    void whatAllShareIsTakenOutOfTheQueryOnceThereAreEnough() {
        try (var testDatabase = TestDatabase.create();
                var pool = TestPool.of(testDatabase, 3)) {
            var database = new Database(pool);
            EmbeddingModel model =
                    database.inTransaction(tx -> embeddings.ensureModel(tx, "plane", 3, "test"));
            long project =
                    database.inTransaction(tx -> new ProjectStore().ensureNamed(tx, "shop").id());
            long own = store(database, model, "shop", OWN, 1).getFirst();
            store(database, model, "shop", COMMON, 20);

            SharedMeaning.Aimed few =
                    database.inTransaction(tx -> shared.without(tx, QUERY, model, project));
            assertThat(few.vector()).isEqualTo(QUERY);
            assertThat(nearest(database, model, few.vector(), project)).isNotEqualTo(own);

            store(database, model, "shop", COMMON, 40);
            now.set(NOW.plusSeconds(6));

            SharedMeaning.Aimed enough =
                    database.inTransaction(tx -> shared.without(tx, QUERY, model, project));
            assertThat(enough.whole()).isEqualTo(QUERY);
            assertThat((double) enough.vector()[0]).isCloseTo(0.96 - 0.5, within(0.01));
            assertThat(nearest(database, model, enough.vector(), project)).isEqualTo(own);
        }
    }

    private long nearest(Database database, EmbeddingModel model, float[] vector, long project) {
        return database.inTransaction(
                tx ->
                        search.byMeaning(
                                        tx,
                                        SearchStore.Aim.at(vector),
                                        model,
                                        new SearchFilter(project, List.of(), 1),
                                        1)
                                .getFirst()
                                .id());
    }

    private List<Long> store(
            Database database, EmbeddingModel model, String name, float[] vector, int count) {
        return database.inTransaction(
                tx -> {
                    Project project = new ProjectStore().ensureNamed(tx, name);
                    Session session = new SessionStore().ensure(tx, "s", project, "test", NOW);
                    var ids = new ArrayList<Long>();
                    for (int i = 0; i < count; i++) {
                        ids.add(insert(tx, session, project));
                    }
                    VectorTable.ofObservations()
                            .store(
                                    tx,
                                    model,
                                    ids.stream()
                                            .map(id -> new VectorTable.Vector(id, 0, vector))
                                            .toList());
                    return ids;
                });
    }

    private static long insert(Tx tx, Session session, Project project) {
        return new ObservationStore("english")
                .insert(
                        tx,
                        session.id(),
                        project.id(),
                        new NewObservation(
                                "Cap the retry backoff",
                                null,
                                ObservationType.DECISION,
                                null,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                null,
                                null,
                                NOW,
                                "test",
                                1,
                                List.of()));
    }
}
