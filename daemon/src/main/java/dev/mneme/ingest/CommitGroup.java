package dev.mneme.ingest;

import dev.mneme.store.Database;
import dev.mneme.store.StoreException;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// Commits together what arrives at the same time: whoever comes while [#LEADERS_MAX] transactions
/// are under way joins the next one, so that many events share one wait for the disk.
///
/// Nobody waits for company: a lone event is committed at once and alone. Each caller returns after
/// the commit of the transaction that holds its work, or with the failure of its own work: where a
/// transaction of several fails, each of them is tried alone, and one that the database refuses
/// takes no other with it. Within a transaction the work is done in the order of `order`, so that
/// two transactions never wait for each other in a circle, and in order of arrival for equal ones.
///
/// One of the callers leads: it does the work of all that wait, and hands over to the first who
/// came meanwhile. Safe for several threads.
final class CommitGroup<T> {

    /// As many as one transaction holds.
    static final int MEMBERS_MAX = 32;

    /// Transactions at the same time: while one waits for the disk, the other talks to the server.
    static final int LEADERS_MAX = 2;

    /// Beyond every bound of what is waited for: the pool's, the statement's, the retries'.
    private static final Duration WAIT_MAX = Duration.ofMinutes(5);

    private final Database database;
    private final Deque<Member<T>> waiting = new ArrayDeque<>();
    private int leaders;

    CommitGroup(Database database) {
        this.database = database;
    }

    /// What a caller brought, and what it is told: to lead, or that its work is done.
    private static final class Member<T> {

        private final String order;
        private final Function<Tx, T> work;
        private final CompletableFuture<Boolean> mayLead = new CompletableFuture<>();
        private final CompletableFuture<T> result = new CompletableFuture<>();

        Member(String order, Function<Tx, T> work) {
            this.order = order;
            this.work = work;
        }

        void done(T value) {
            result.complete(value);
            mayLead.complete(false);
        }

        void failed(Throwable failure) {
            result.completeExceptionally(failure);
            mayLead.complete(false);
        }
    }

    /// Runs `work` in a transaction, alone or with others. Like every transaction it may run more
    /// than once, and must do nothing but talk to the database.
    T run(String order, Function<Tx, T> work) {
        var own = new Member<T>(order, work);
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

    private void lead(Member<T> own) {
        var members = new ArrayList<Member<T>>();
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
        @Nullable Member<T> next;
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

    private void commit(List<Member<T>> members) {
        List<Member<T>> ordered =
                members.stream()
                        .sorted(Comparator.comparing((Member<T> member) -> member.order))
                        .toList();
        List<T> results;
        try {
            results =
                    database.inTransaction(
                            tx -> ordered.stream().map(member -> member.work.apply(tx)).toList());
        } catch (StoreException together) {
            if (together.unreachable() || ordered.size() == 1) {
                ordered.forEach(member -> member.failed(together));
            } else {
                ordered.forEach(this::commitAlone);
            }
            return;
        }
        for (int i = 0; i < results.size(); i++) {
            ordered.get(i).done(results.get(i));
        }
    }

    private void commitAlone(Member<T> member) {
        try {
            member.done(database.inTransaction(member.work));
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
