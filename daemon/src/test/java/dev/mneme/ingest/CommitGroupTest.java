package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

@Timeout(60)
final class CommitGroupTest {

    private static final int SECONDS_MAX = 30;

    private static final String BROKEN = "broken";

    /// More often than there are leaders: one that was lost would be missed.
    private static final int TIMES = 3 * CommitGroup.LEADERS_MAX;

    /// A transaction that runs out of memory or stack fails those in it; those after it find the
    /// group as it was.
    @Test
    void anErrorInATransactionLosesNobodyAndNoLeader() throws Exception {
        var group = new CommitGroup<String, String>(CommitGroupTest::commit);

        for (int i = 0; i < TIMES; i++) {
            assertThat(outcome(group, BROKEN)).isCompletedExceptionally();
            assertThatThrownBy(() -> group.run(BROKEN)).hasCauseInstanceOf(BrokenError.class);
        }

        assertThat(outcome(group, "whole")).isCompletedWithValue("whole");
        assertThat(group.run("whole")).isEqualTo("whole");
    }

    /// Many at once, some of them broken, in their transaction or when they are told: each is told,
    /// with its own result or with what broke what it shared.
    @Test
    void eachOfManyIsToldAlsoWhereOneOfThemBreaksWhatTheyShare() throws Exception {
        var group = new CommitGroup<String, String>(CommitGroupTest::commit);
        var told = new ArrayList<CompletableFuture<String>>();

        for (int i = 0; i < 200; i++) {
            String member = i % 7 == 0 ? BROKEN : "member-" + i;
            var one = new CompletableFuture<String>();
            told.add(one);
            group.submit(
                    member,
                    (result, failure) -> {
                        one.complete(result == null ? failure.getClass().getSimpleName() : result);
                        throw new BrokenError();
                    });
        }

        for (int i = 0; i < told.size(); i++) {
            assertThat(told.get(i).get(SECONDS_MAX, TimeUnit.SECONDS))
                    .isIn("member-" + i, BrokenError.class.getSimpleName());
        }
        assertThat(group.run("whole")).isEqualTo("whole");
    }

    private static List<String> commit(List<String> members) {
        if (members.contains(BROKEN)) {
            throw new BrokenError();
        }
        return members;
    }

    private static CompletableFuture<String> outcome(
            CommitGroup<String, String> group, String member) throws Exception {
        var outcome = new CompletableFuture<String>();
        group.submit(
                member,
                (result, failure) -> {
                    if (result == null) {
                        outcome.completeExceptionally(failure);
                    } else {
                        outcome.complete(result);
                    }
                });
        outcome.handle((result, failure) -> 0).get(SECONDS_MAX, TimeUnit.SECONDS);
        return outcome;
    }

    private static final class BrokenError extends Error {

        private static final long serialVersionUID = 1;
    }
}
