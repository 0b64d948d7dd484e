package dev.mneme.ingest;

import dev.mneme.store.StoreException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
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
/// meanwhile. A caller that does not wait for its result, but is told of it, has a thread of the
/// group lead in its place, which goes on with whoever came meanwhile. Safe for several threads.
///
/// @param <M> what a caller brings
/// @param <R> what becomes of it
final class CommitGroup<M, R> {

    private static final Logger LOG = LoggerFactory.getLogger(CommitGroup.class);

    /// As many as one transaction holds.
    static final int MEMBERS_MAX = 64;

    /// Transactions at the same time: while one waits for the disk, the other talks to the server.
    static final int LEADERS_MAX = 2;

    /// Beyond every bound of what is waited for: the pool's, the statement's, the retries'.
    private static final Duration WAIT_MAX = Duration.ofMinutes(5);

    /// For how long a thread of the group waits for more.
    private static final Duration IDLE_MAX = Duration.ofSeconds(30);

    private final Function<List<M>, List<R>> commit;
    private final Deque<Member<M, R>> waiting = new ArrayDeque<>();
    private final ThreadPoolExecutor threads;
    private int leaders;

    /// @param commit one transaction for all: returns after its commit, with a result for each in
    ///     the same order
    CommitGroup(Function<List<M>, List<R>> commit) {
        this.commit = commit;
        this.threads =
                new ThreadPoolExecutor(
                        LEADERS_MAX,
                        LEADERS_MAX,
                        IDLE_MAX.toSeconds(),
                        TimeUnit.SECONDS,
                        // Each leader asks for one thread at most.
                        new ArrayBlockingQueue<>(2 * LEADERS_MAX),
                        Thread.ofPlatform().daemon(true).name("mneme-ingest-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /// Who brought something, and what it is told.
    private abstract static sealed class Member<M, R> permits Caller, Listener {

        private final M brought;

        Member(M brought) {
            this.brought = brought;
        }

        abstract void done(R value);

        abstract void failed(Throwable failure);
    }

    /// Waits for its result, and may be told to lead meanwhile.
    private static final class Caller<M, R> extends Member<M, R> {

        private final CompletableFuture<Boolean> mayLead = new CompletableFuture<>();
        private final CompletableFuture<R> result = new CompletableFuture<>();

        Caller(M brought) {
            super(brought);
        }

        @Override
        void done(R value) {
            result.complete(value);
            mayLead.complete(false);
        }

        @Override
        void failed(Throwable failure) {
            result.completeExceptionally(failure);
            mayLead.complete(false);
        }
    }

    /// Does not wait; is told on the thread that committed.
    private static final class Listener<M, R> extends Member<M, R> {

        private final BiConsumer<@Nullable R, @Nullable Throwable> told;

        Listener(M brought, BiConsumer<@Nullable R, @Nullable Throwable> told) {
            super(brought);
            this.told = told;
        }

        @Override
        void done(R value) {
            tell(value, null);
        }

        @Override
        void failed(Throwable failure) {
            tell(null, failure);
        }

        /// Whatever it does with what it is told, those after it are told as well.
        private void tell(@Nullable R value, @Nullable Throwable failure) {
            try {
                told.accept(value, failure);
            } catch (Throwable bug) {
                LOG.error("nobody was told of an event: error={}", bug.getClass().getName());
            }
        }
    }

    /// Commits `brought`, alone or with others.
    R run(M brought) {
        var own = new Caller<M, R>(brought);
        if (leadsOrWaits(own)) {
            own.mayLead.complete(true);
        }
        if (answer(own.mayLead)) {
            lead(own);
        }
        return answer(own.result);
    }

    /// The same for a caller that does not wait.
    ///
    /// @param told the result or the failure, soon and without waiting: others are told after it
    void submit(M brought, BiConsumer<@Nullable R, @Nullable Throwable> told) {
        var own = new Listener<M, R>(brought, told);
        if (leadsOrWaits(own)) {
            leadElsewhere(own);
        }
    }

    /// Has a thread of the group lead. Where the system gives none, the member fails and nobody
    /// else: the next one may have more luck.
    private void leadElsewhere(Listener<M, R> first) {
        @Nullable Member<M, R> own = first;
        while (own instanceof Listener<M, R> listener) {
            try {
                threads.execute(() -> leadOn(listener));
                return;
            } catch (Throwable noThread) {
                listener.failed(noThread);
                own = next();
            }
        }
        handOver(own);
    }

    /// Whether a transaction begins with this member; otherwise it joins the next one.
    private synchronized boolean leadsOrWaits(Member<M, R> own) {
        if (leaders < LEADERS_MAX) {
            leaders++;
            return true;
        }
        waiting.add(own);
        return false;
    }

    /// Leads for one that does not, and for those that came meanwhile.
    private void leadOn(Member<M, R> first) {
        @Nullable Member<M, R> own = first;
        boolean failed = true;
        try {
            while (own instanceof Listener) {
                commitWith(own);
                own = next();
            }
            failed = false;
        } finally {
            handOver(failed ? next() : own);
        }
    }

    private void lead(Caller<M, R> own) {
        try {
            commitWith(own);
        } finally {
            handOver(next());
        }
    }

    private void handOver(@Nullable Member<M, R> next) {
        switch (next) {
            case null -> {}
            case Caller<M, R> caller -> caller.mayLead.complete(true);
            case Listener<M, R> listener -> leadElsewhere(listener);
        }
    }

    /// Who leads next; nobody where nobody waits.
    private synchronized @Nullable Member<M, R> next() {
        Member<M, R> next = waiting.poll();
        if (next == null) {
            leaders--;
        }
        return next;
    }

    /// Commits for a leader and all that wait. What fails is told to them and nobody else.
    private void commitWith(Member<M, R> own) {
        var members = new ArrayList<Member<M, R>>();
        members.add(own);
        synchronized (this) {
            while (members.size() < MEMBERS_MAX && !waiting.isEmpty()) {
                members.add(waiting.remove());
            }
        }
        commit(members);
    }

    private void commit(List<Member<M, R>> members) {
        List<R> results;
        try {
            results = commit.apply(members.stream().map(member -> member.brought).toList());
            if (results.size() != members.size()) {
                throw new IllegalStateException("a transaction has no result for each member");
            }
        } catch (StoreException together) {
            if (together.unreachable() || members.size() == 1) {
                members.forEach(member -> member.failed(together));
            } else {
                members.forEach(this::commitAlone);
            }
            return;
        } catch (Throwable failure) {
            members.forEach(member -> member.failed(failure));
            return;
        }
        for (int i = 0; i < members.size(); i++) {
            members.get(i).done(results.get(i));
        }
    }

    private void commitAlone(Member<M, R> member) {
        try {
            member.done(commit.apply(List.of(member.brought)).getFirst());
        } catch (Throwable failure) {
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
