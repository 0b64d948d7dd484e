package dev.mneme.ingest;

import dev.mneme.store.StoreException;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// Commits together what arrives at the same time: whoever comes while [#LEADERS_MAX] transactions
/// are under way joins the next one, so that many share its statements and one wait for the disk.
///
/// Nobody waits for company: a lone member is committed at once and alone. Each caller returns
/// after the commit of the transaction that holds its member, or with the failure of its own: where
/// a transaction of several fails, each of them is tried alone, in order of arrival, and one that
/// the database refuses takes no other with it.
///
/// One of the callers leads: it commits for all that wait, and hands over to the first who came
/// meanwhile. Safe for several threads.
///
/// @param <M> what a caller brings
/// @param <R> what becomes of it
final class CommitGroup<M, R> {

    /// As many as one transaction holds.
    static final int MEMBERS_MAX = 64;

    /// Transactions at the same time: while one waits for the disk, the other talks to the server.
    static final int LEADERS_MAX = 2;

    /// Beyond every bound of what is waited for: the pool's, the statement's, the retries'.
    private static final Duration WAIT_MAX = Duration.ofMinutes(5);

    private final Function<List<M>, List<R>> commit;
    private final Deque<Member<M, R>> waiting = new ArrayDeque<>();
    private int leaders;

    /// @param commit one transaction for all: returns after its commit, with a result for each in
    ///     the same order
    CommitGroup(Function<List<M>, List<R>> commit) {
        this.commit = commit;
    }

    /// What a caller brought, and what it is told: to lead, or that its work is done.
    private static final class Member<M, R> {

        private final M brought;
        private final CompletableFuture<Boolean> mayLead = new CompletableFuture<>();
        private final CompletableFuture<R> result = new CompletableFuture<>();

        Member(M brought) {
            this.brought = brought;
        }

        void done(R value) {
            result.complete(value);
            mayLead.complete(false);
        }

        void failed(Throwable failure) {
            result.completeExceptionally(failure);
            mayLead.complete(false);
        }
    }

    /// Commits `brought`, alone or with others.
    R run(M brought) {
        var own = new Member<M, R>(brought);
        synchronized (this) {
            if (leaders < LEADERS_MAX) {
                leaders++;
                own.mayLead.complete(true);
            } else {
                waiting.add(own);
            }
        }
        if (answer(own.mayLead)) {
            lead(own);
        }
        return answer(own.result);
    }

    private void lead(Member<M, R> own) {
        var members = new ArrayList<Member<M, R>>();
        members.add(own);
        try {
            synchronized (this) {
                while (members.size() < MEMBERS_MAX && !waiting.isEmpty()) {
                    members.add(waiting.remove());
                }
            }
            commit(members);
        } catch (Throwable failure) {
            members.forEach(member -> member.failed(failure));
            throw failure;
        } finally {
            handOver();
        }
    }

    private void handOver() {
        @Nullable Member<M, R> next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                leaders--;
            }
        }
        if (next != null) {
            next.mayLead.complete(true);
        }
    }

    private void commit(List<Member<M, R>> members) {
        List<R> results;
        try {
            results = commit.apply(members.stream().map(member -> member.brought).toList());
        } catch (StoreException together) {
            if (together.unreachable() || members.size() == 1) {
                members.forEach(member -> member.failed(together));
            } else {
                members.forEach(this::commitAlone);
            }
            return;
        }
        for (int i = 0; i < members.size(); i++) {
            members.get(i).done(results.get(i));
        }
    }

    private void commitAlone(Member<M, R> member) {
        try {
            member.done(commit.apply(List.of(member.brought)).getFirst());
        } catch (RuntimeException failure) {
            member.failed(failure);
        }
    }

    /// An interruption does not take back what others are committing: the wait goes on, and the
    /// thread learns of it afterwards.
    private static <V> V answer(CompletableFuture<V> future) {
        boolean interrupted = false;
        long deadlineNanos = System.nanoTime() + WAIT_MAX.toNanos();
        try {
            while (true) {
                try {
                    return future.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (TimeoutException stuck) {
            throw new IllegalStateException("a transaction did not end", stuck);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
