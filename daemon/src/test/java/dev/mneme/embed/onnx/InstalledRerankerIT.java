package dev.mneme.embed.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.Looks;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Rerankers.State;
import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// A reranker that cannot be loaded is tried again, and nobody waits for one that loads.
@Timeout(60)
final class InstalledRerankerIT {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @TempDir Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private final AtomicInteger tries = new AtomicInteger();

    @Test
    void aLoadThatFailsIsTriedAgainEverMoreSeldomUntilItSucceeds() throws Exception {
        var home = new MnemeHome(folder);
        TinyCrossEncoder.putOnShelf(home, "tiny");
        try (var rerankers =
                new InstalledReranker(
                        home,
                        now::get,
                        (row, files, natives) -> {
                            if (tries.incrementAndGet() < 3) {
                                throw new BrokenModel(row.name(), "there is no memory left");
                            }
                            return OnnxReranker.open(row, files, TestNatives.FOLDER);
                        })) {
            await("the first try", () -> asked(rerankers) && rerankers.retryAt() != null);
            assertThat(tries).hasValue(1);
            assertThat(rerankers.now()).isInstanceOf(State.NotYet.class);

            now.set(NOW.plusSeconds(59));
            lookAgain(rerankers);
            assertThat(tries).hasValue(1);

            now.set(NOW.plusSeconds(61));
            await("the second try", () -> asked(rerankers) && tries.get() == 2);
            await("its failure to be noted", () -> rerankers.retryAt() != null);
            now.set(NOW.plusSeconds(61 + 61));
            lookAgain(rerankers);
            assertThat(tries).as("the second wait is twice as long").hasValue(2);

            now.set(NOW.plusSeconds(61 + 121));
            await("the third", () -> asked(rerankers) && rerankers.now() instanceof State.Ready);
            assertThat(tries).hasValue(3);
        }
    }

    @Test
    void whoAsksWaitsNeitherForALoadNorForAModelThatIsPutAwayWhileItIsAtAQuery() throws Exception {
        var home = new MnemeHome(folder);
        TinyCrossEncoder.putOnShelf(home, "tiny");
        var mayLoad = new CountDownLatch(1);
        var opened = new AtomicReference<OnnxReranker>();
        var rerankers =
                new InstalledReranker(
                        home,
                        now::get,
                        (row, files, natives) -> {
                            try {
                                if (!mayLoad.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                                    throw new BrokenModel(row.name(), "nobody let it load");
                                }
                            } catch (InterruptedException stop) {
                                throw new BrokenModel(row.name(), "interrupted", stop);
                            }
                            opened.set(OnnxReranker.open(row, files, TestNatives.FOLDER));
                            return opened.get();
                        });
        assertThat(rerankers.now()).as("it loads").isInstanceOf(State.NotYet.class);
        mayLoad.countDown();
        await("the model", () -> rerankers.now() instanceof State.Ready);

        OnnxReranker model = opened.get();
        var holding = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        Thread query =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    // What a query holds while the model reads.
                                    synchronized (model) {
                                        holding.countDown();
                                        awaitQuietly(release);
                                    }
                                });
        assertThat(holding.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        Files.delete(home.models().resolve("own.json"));
        await(
                "the model to be gone although a query still holds it",
                () -> asked(rerankers) && rerankers.now() instanceof State.Absent);
        assertThat(query.isAlive()).isTrue();
        release.countDown();
        query.join(DEADLINE);
        rerankers.close();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    /// The shelf is looked at again at once, not every few seconds.
    private static boolean asked(InstalledReranker rerankers) {
        rerankers.lookNow();
        return true;
    }

    private static void lookAgain(InstalledReranker rerankers) {
        for (int times = 0; times < 5; times++) {
            rerankers.lookNow();
        }
    }

    private static void await(String what, BooleanSupplier reached) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for " + what);
            }
            Looks.pause();
        }
    }
}
