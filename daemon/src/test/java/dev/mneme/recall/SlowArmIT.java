package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Project;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.Session;
import dev.mneme.embed.Embedder;
import dev.mneme.embed.Reranker;
import dev.mneme.embed.Rerankers;
import dev.mneme.embed.ServingModel;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.SearchStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.SummarySearchStore;
import dev.mneme.store.SummaryStore;
import dev.mneme.store.TestPool;
import dev.mneme.store.VectorSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// A model that does not answer in time is left out of a search and named.
final class SlowArmIT {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    /// Answers when it is interrupted, and never before.
    private static final class Stuck implements Embedder, Reranker {

        private final CountDownLatch never = new CountDownLatch(1);

        @Override
        public Model model() {
            return new Model("stuck", 3, "test");
        }

        @Override
        public String name() {
            return "stuck";
        }

        @Override
        public float[] scores(String query, List<String> texts) {
            embedQuery(query);
            return new float[texts.size()];
        }

        @Override
        public List<float[]> embedDocuments(List<String> texts) {
            return texts.stream().map(this::embedQuery).toList();
        }

        @Override
        public float[] embedQuery(String text) {
            try {
                never.await();
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            }
            return new float[3];
        }
    }

    @Test
    @Timeout(30)
    void whoDoesNotAnswerInTimeIsLeftOutAndNamed() throws SQLException {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase)) {
            var database = new Database(pool);
            var observations = new ObservationStore("english");
            var embeddings = new EmbeddingStore();
            var search = new SearchStore("english");
            var stuck = new Stuck();
            long projectId =
                    database.inTransaction(
                            tx -> {
                                Project project = new ProjectStore().ensureNamed(tx, "shop");
                                Session session =
                                        new SessionStore().ensure(tx, "s", project, "test", NOW);
                                observations.insert(tx, session.id(), project.id(), memory());
                                return project.id();
                            });
            var serving =
                    new ServingModel.Serving(
                            stuck,
                            database.inTransaction(
                                    tx -> embeddings.ensureModel(tx, "stuck", 3, "test")));
            var recall =
                    new Recall(
                            database,
                            observations,
                            search,
                            new SummaryStore("english"),
                            embeddings,
                            new ServingModel(serving),
                            new VectorSupport.Available("any"),
                            new WordIndexes(database, search, InstantSource.fixed(NOW)),
                            () -> new Rerankers.State.Ready(stuck),
                            InstantSource.fixed(NOW));

            Recall.Found found =
                    recall.search(
                            "retry backoff",
                            SearchMode.HYBRID,
                            new SearchFilter(projectId, List.of(), 10));

            var asked =
                    new Search(
                            recall,
                            new SummaryRecall(
                                    database,
                                    new SummaryStore("english"),
                                    new SummarySearchStore("english")),
                            new ServingModel(serving),
                            new VectorSupport.Available("any"));
            Search.Answer alone = asked.answer(question(projectId, false, Search.Summaries.ASKED));
            assertThat(alone.dropped())
                    .as("summaries are asked by words")
                    .containsExactly("meaning");

            try (Connection other = pool.getConnection();
                    Statement lock = other.createStatement()) {
                other.setAutoCommit(false);
                lock.execute("LOCK TABLE mem_session_summaries IN ACCESS EXCLUSIVE MODE");
                Search.Answer beside =
                        asked.answer(question(projectId, true, Search.Summaries.BESIDE));
                assertThat(beside.dropped()).containsExactly("meaning", "reranker", "summaries");
                assertThat(beside.found().observations()).hasSize(1);
            }

            assertThat(found.dropped()).containsExactly("meaning", "reranker");
            assertThat(found.observations())
                    .singleElement()
                    .satisfies(hit -> assertThat(hit.title()).isEqualTo("Cap the retry backoff"));
        }
    }

    private static Search.Question question(
            long projectId, boolean memories, Search.Summaries summaries) {
        return new Search.Question(
                "retry backoff",
                SearchMode.HYBRID,
                new SearchFilter(projectId, List.of(), 10),
                memories,
                summaries,
                null);
    }

    private static NewObservation memory() {
        return new NewObservation(
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
                List.of());
    }

    private static HikariDataSource pool(TestDatabase database) {
        return TestPool.of(database, 6);
    }
}
