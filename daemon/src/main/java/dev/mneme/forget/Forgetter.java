package dev.mneme.forget;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.Forgetting;
import dev.mneme.domain.Project;
import dev.mneme.ingest.SpoolDrain;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.store.Database;
import dev.mneme.store.ForgetRemoval;
import dev.mneme.store.ForgetSelection;
import dev.mneme.store.ForgetStore;
import dev.mneme.store.QuarantineStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.TombstoneStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

/// Forgets what a person chooses, brings it back while that is possible, and erases it when not.
///
/// One act is one transaction: either all of it is gone, or nothing. What waits in the spool is
/// taken in first, so that it can be found; what comes later is kept out by tombstones.
public final class Forgetter {

    private static final Logger LOG = LoggerFactory.getLogger(Forgetter.class);

    /// How long the spool may take to be drained first.
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

    /// Payloads read at once in the search for a path.
    private static final int PAGE_ROWS = 200;

    /// Quarantined rows removed in one transaction.
    static final int ERASE_ROWS_MAX = 500;

    /// Batches whose time is over, looked at in one round.
    private static final int EXPIRED_MAX = 100;

    /// Where the content of the forgotten may have left bytes. The server's statistics hold samples
    /// of every column.
    private static final List<String> REWRITTEN =
            List.of(
                    "mem_events",
                    "mem_user_prompts",
                    "mem_jobs",
                    "mem_observations",
                    "mem_observation_events",
                    "mem_session_summaries",
                    "mem_lessons",
                    "mem_sessions",
                    "mem_project_keys",
                    "mem_projects",
                    "mem_idempotency_keys",
                    "mem_forgotten_rows",
                    "pg_catalog.pg_statistic");

    private final MnemeHome home;
    private final Database database;
    private final ForgetSelection selection;
    private final ForgetRemoval removal = new ForgetRemoval();
    private final TombstoneStore tombstones = new TombstoneStore();
    private final ForgetStore store = new ForgetStore();
    private final QuarantineStore quarantine;
    private final SpoolDrain drain;
    private final SpoolSearch spool;
    private final Runnable newWork;
    private final InstantSource clock;
    private final Duration kept;

    /// @param newWork called after jobs became due again and observations came back
    /// @param kept how long what was forgotten can be restored
    public Forgetter(
            MnemeHome home,
            Database database,
            ForgetSelection selection,
            QuarantineStore quarantine,
            SpoolDrain drain,
            Runnable newWork,
            InstantSource clock,
            Duration kept) {
        this.home = home;
        this.database = database;
        this.selection = selection;
        this.quarantine = quarantine;
        this.drain = drain;
        this.spool = new SpoolSearch(home);
        this.newWork = newWork;
        this.clock = clock;
        this.kept = kept;
    }

    /// What would go: how much, and the newest titles of it.
    ///
    /// @param related observations that stay although an event they were made from goes
    public record Preview(Forgetting.Counts counts, List<String> titles, int related) {}

    /// What went.
    ///
    /// @param batch under which it can be restored; 0 where nothing was found
    /// @param restorableUntil null where it was erased at once
    /// @param unwritten tables that could not be written anew, after an erasure
    public record Forgotten(
            long batch,
            Forgetting.Counts counts,
            @Nullable Instant restorableUntil,
            List<String> unwritten) {}

    /// The newest there is now; a preview and what follows it speak of the same.
    public ForgetChoice.UpTo newest() {
        drainSpool();
        return database.inTransaction(tx -> store.newest(tx, clock.instant()));
    }

    public Preview preview(ForgetChoice choice) {
        List<Path> files = spool.matching(choice, traces(choice.project()));
        return database.inTransaction(
                tx -> {
                    store.setTimeouts(tx);
                    choose(tx, choice);
                    selection.chooseDerived(tx, choice);
                    return new Preview(
                            spooled(selection.count(tx, choice), files.size()),
                            selection.titles(tx),
                            selection.countRelated(tx));
                });
    }

    /// Forgets what was chosen, all of it or nothing.
    ///
    /// @param now true to erase at once, with no way back
    public Forgotten forget(ForgetChoice choice, boolean now) {
        expectKnown(choice);
        List<Path> files = spool.matching(choice, traces(choice.project()));
        Forgotten done;
        try {
            done = database.inTransaction(tx -> forget(tx, choice, now, files));
        } catch (StoreException failed) {
            throw explained(failed);
        }
        spool.remove(files);
        newWork.run();
        if (done.batch() > 0) {
            LOG.info(
                    "forgot: batch={} chosen_by=\"{}\" observations={} events={} erased={}",
                    done.batch(),
                    choice.chosenBy(),
                    done.counts().observations(),
                    done.counts().events(),
                    now);
        }
        return now && done.batch() > 0
                ? new Forgotten(done.batch(), done.counts(), null, rewrite())
                : done;
    }

    private Forgotten forget(Tx tx, ForgetChoice choice, boolean now, List<Path> files) {
        boolean keep = !now;
        Instant forgottenAt = clock.instant();
        Instant until = keep ? forgottenAt.plus(kept) : forgottenAt;
        store.begin(tx);
        choose(tx, choice);
        long batch = store.insertBatch(tx, choice, keep, forgottenAt, until);
        int jobs = removal.moveJobs(tx, batch, keep);
        selection.chooseDerived(tx, choice);
        store.lockOwners(tx, choice.coversProject() ? choice.project() : null);
        tombstones.set(tx, batch, choice);
        removal.moveIdempotencyKeys(tx, batch, keep);
        Forgetting.Counts counts =
                spooled(removal.move(tx, batch, choice, keep, jobs), files.size());
        if (counts.isNothing()) {
            store.dropBatch(tx, batch);
            return new Forgotten(0, counts, null, List.of());
        }
        if (keep) {
            for (Path file : files) {
                keepFile(tx, batch, file);
            }
        }
        removal.workAgain(tx, forgottenAt);
        store.finish(tx, batch, counts);
        return new Forgotten(batch, counts, keep ? until : null, List.of());
    }

    private void keepFile(Tx tx, long batch, Path file) {
        try {
            store.keepSpoolFile(tx, batch, spool.read(file));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /// The newest first.
    public List<Forgetting> list(int limit) {
        return database.inTransaction(tx -> quarantine.list(tx, limit));
    }

    /// Brings a batch back, under the ids it had.
    public Forgetting restore(long batch) {
        Forgetting found = existing(batch);
        List<ForgetStore.SpoolFile> files =
                database.inTransaction(tx -> quarantine.spoolFiles(tx, batch));
        if (found.state() == Forgetting.State.RESTORABLE) {
            try {
                spool.putBack(files);
            } catch (IOException failed) {
                throw new ForgetRefused(
                        ErrorCode.DISK_FULL,
                        "cannot write to `" + home.spool() + "`",
                        "free some space there, then restore again");
            }
        }
        try {
            database.useTransaction(tx -> restore(tx, batch));
        } catch (StoreException failed) {
            throw explained(failed);
        }
        LOG.info("restored: batch={}", batch);
        newWork.run();
        return existing(batch);
    }

    private void restore(Tx tx, long batch) {
        Instant now = clock.instant();
        store.begin(tx);
        if (!quarantine.holdRestorable(tx, batch, now)) {
            throw new ForgetRefused(
                    ErrorCode.CONFLICT,
                    "batch " + batch + " cannot be restored: it was restored or erased",
                    "`mneme forget --list` shows what can be");
        }
        quarantine.fitProject(tx, batch);
        quarantine.fitSessions(tx, batch);
        OptionalLong missing = quarantine.missing(tx, batch);
        if (missing.isPresent()) {
            boolean gone = missing.getAsLong() == 0;
            throw new ForgetRefused(
                    ErrorCode.CONFLICT,
                    "batch "
                            + batch
                            + " cannot be restored: the session or project it belonged to is"
                            + (gone ? " gone" : " forgotten as well"),
                    gone
                            ? "there is nothing left to restore it into"
                            : "restore batch " + missing.getAsLong() + " first");
        }
        quarantine.restore(tx, batch, now);
    }

    /// Erases a batch that could still be restored.
    ///
    /// @return tables that could not be written anew
    public List<String> erase(long batch) {
        existing(batch);
        boolean given = database.inTransaction(tx -> quarantine.giveUp(tx, batch, clock.instant()));
        if (!given) {
            throw new ForgetRefused(
                    ErrorCode.CONFLICT,
                    "batch " + batch + " is not restorable any more",
                    "`mneme forget --list` shows what is");
        }
        eraseGivenUp();
        LOG.info("erased: batch={}", batch);
        return rewrite();
    }

    /// Erases for good what can no longer be restored.
    ///
    /// @return true when there may be more
    public boolean eraseExpired() {
        Instant now = clock.instant();
        List<Long> expired = database.inTransaction(tx -> quarantine.expired(tx, now, EXPIRED_MAX));
        for (long batch : expired) {
            database.useTransaction(tx -> quarantine.giveUp(tx, batch, now));
        }
        long rows = eraseGivenUp();
        if (rows > 0) {
            LOG.info("erased what was forgotten: batches={} rows={}", expired.size(), rows);
            rewrite();
        }
        return expired.size() == EXPIRED_MAX;
    }

    /// In bounded steps; whatever ends it in between, the next run goes on.
    private long eraseGivenUp() {
        long rows = 0;
        while (true) {
            int step = database.inTransaction(tx -> quarantine.eraseRows(tx, ERASE_ROWS_MAX));
            rows += step;
            if (step < ERASE_ROWS_MAX) {
                return rows;
            }
        }
    }

    /// What was erased is erased, whatever happens now; that its bytes are still in some file is
    /// something to be told.
    private List<String> rewrite() {
        try {
            return database.rewrite(REWRITTEN);
        } catch (StoreException failed) {
            LOG.warn("erased, but not written anew: error={}", failed.getMessage());
            return REWRITTEN;
        }
    }

    private void choose(Tx tx, ForgetChoice choice) {
        selection.choose(tx, choice);
        String path = choice.path();
        if (path != null) {
            chooseByPath(tx, choice, path);
        }
        if (choice.takesSources()) {
            selection.chooseSources(tx);
        }
    }

    private void chooseByPath(Tx tx, ForgetChoice choice, String path) {
        var match = new PathMatch(path);
        Path name = Path.of(path).getFileName();
        String lastPart = name == null ? "/" : name.toString();
        long after = 0;
        while (true) {
            List<ForgetSelection.NamedPath> page =
                    selection.eventsNaming(tx, choice, lastPart, after, PAGE_ROWS);
            var about = new ArrayList<Long>();
            for (ForgetSelection.NamedPath event : page) {
                if (match.isAbout(event.payload(), event.cwd())) {
                    about.add(event.eventId());
                }
                after = event.eventId();
            }
            selection.addEvents(tx, about);
            if (page.size() < PAGE_ROWS) {
                return;
            }
        }
    }

    private void expectKnown(ForgetChoice choice) {
        String session = choice.session();
        if (session != null
                && !database.<Boolean>inTransaction(tx -> store.knowsSession(tx, session))
                && spool.matching(choice, List.of()).isEmpty()) {
            throw new ForgetRefused(
                    ErrorCode.NOT_FOUND,
                    "there is no such session",
                    "`mneme queue list --all` names sessions");
        }
    }

    private List<String> traces(@Nullable Project project) {
        return project == null
                ? List.of()
                : database.inTransaction(tx -> store.traces(tx, project.id()));
    }

    private static Forgetting.Counts spooled(Forgetting.Counts counts, int files) {
        return new Forgetting.Counts(
                counts.observations(),
                counts.events(),
                counts.jobs(),
                counts.prompts(),
                counts.summaries(),
                counts.sessions(),
                counts.projects(),
                files,
                counts.lessons());
    }

    private Forgetting existing(long batch) {
        Function<Tx, Forgetting> find =
                tx ->
                        quarantine
                                .byId(tx, batch)
                                .orElseThrow(
                                        () ->
                                                new ForgetRefused(
                                                        ErrorCode.NOT_FOUND,
                                                        "nothing was forgotten under the number "
                                                                + batch,
                                                        "`mneme forget --list` shows what was"));
        return database.inTransaction(find);
    }

    private void drainSpool() {
        long deadline = System.nanoTime() + DRAIN_TIMEOUT.toNanos();
        try {
            while (drain.runOnce()) {
                if (System.nanoTime() > deadline) {
                    throw new ForgetRefused(
                            ErrorCode.CONFLICT,
                            "events still wait in the spool",
                            "`mneme status` counts them; try again when there are none");
                }
            }
        } catch (IOException unreadable) {
            throw new ForgetRefused(
                    ErrorCode.CONFLICT,
                    "cannot read `" + home.spool() + "`",
                    "check that you own it");
        }
    }

    private static RuntimeException explained(StoreException failed) {
        return failed.transientFailure() && !failed.unreachable() && !failed.diskFull()
                ? new ForgetRefused(
                        ErrorCode.CONFLICT,
                        "the database was too busy; nothing was changed",
                        "try again")
                : failed;
    }
}
