package dev.mneme.store;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.Forgetting;
import dev.mneme.domain.Project;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// The frame of one act of forgetting: who waits for it, under which number it can be restored, and
/// how much it was.
///
/// Everything between `begin` and `finish` happens in one transaction: rows are chosen into
/// temporary tables (`ForgetSelection`), marked against coming back (`TombstoneStore`) and moved
/// into the quarantine, or deleted where nothing is to be kept (`ForgetRemoval`). A preview runs
/// the same choice and ends before anything is moved.
public final class ForgetStore {

    private static final String LOCK_TIMEOUT = "30s";
    private static final String STATEMENT_TIMEOUT = "50s";

    /// What a spool file held, to be put back there.
    public record SpoolFile(String folder, String name, String base64) {}

    /// Keeps everybody out who could bring in what is being forgotten, until the transaction ends:
    /// captured events wait at the table, written observations at the lock. The lock comes first,
    /// so that nobody waits for it who holds anything of the tables.
    public void begin(Tx tx) {
        setTimeouts(tx);
        tx.handle()
                .createQuery("SELECT pg_advisory_xact_lock(hashtext('mneme.forget'), 0)")
                .mapToMap()
                .list();
        tx.handle().execute("LOCK TABLE mem_events IN SHARE ROW EXCLUSIVE MODE");
    }

    public void setTimeouts(Tx tx) {
        tx.handle().execute("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT + "'");
        tx.handle().execute("SET LOCAL statement_timeout = '" + STATEMENT_TIMEOUT + "'");
    }

    /// The newest event and observation there are.
    public ForgetChoice.UpTo newest(Tx tx, Instant now) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            (SELECT coalesce(max(id), 0) FROM mem_events) AS event_id,
                            (SELECT coalesce(max(id), 0) FROM mem_observations) AS observation_id
                        """)
                .map(
                        (row, context) ->
                                new ForgetChoice.UpTo(
                                        row.getLong("event_id"),
                                        row.getLong("observation_id"),
                                        now))
                .one();
    }

    /// Whether an agent's session of that id is known.
    public boolean knowsSession(Tx tx, String session) {
        return tx.handle()
                .createQuery("SELECT 1 FROM mem_sessions WHERE session_id = :session")
                .bind("session", session)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    public long insertBatch(
            Tx tx, ForgetChoice choice, boolean keep, Instant now, Instant restorableUntil) {
        return tx.handle()
                .createQuery(
                        """
                        INSERT INTO mem_forgotten
                            (chosen_by, state, forgotten_at, restorable_until, finalized_at)
                        VALUES (
                            :chosenBy,
                            CASE WHEN :keep THEN 'restorable' ELSE 'erased' END,
                            :now,
                            :until,
                            CASE WHEN :keep THEN NULL ELSE CAST(:now AS timestamptz) END)
                        RETURNING id
                        """)
                .bind("chosenBy", choice.chosenBy())
                .bind("keep", keep)
                .bind("now", Columns.utc(now))
                .bind("until", Columns.utc(restorableUntil))
                .mapTo(Long.class)
                .one();
    }

    /// Takes back a batch in which nothing was found.
    public void dropBatch(Tx tx, long batch) {
        tx.handle()
                .createUpdate("DELETE FROM mem_forgotten WHERE id = :batch")
                .bind("batch", batch)
                .execute();
    }

    /// Waits until nobody stores anything under what goes, and lets nobody begin.
    public void lockOwners(Tx tx, @Nullable Project project) {
        tx.handle()
                .createQuery("SELECT id FROM mem_projects WHERE id = :id FOR UPDATE")
                .bind("id", project == null ? null : project.id())
                .mapTo(Long.class)
                .list();
        tx.handle()
                .createQuery(
                        """
                        SELECT sessions.id
                        FROM mem_sessions AS sessions
                        WHERE sessions.id IN (SELECT id FROM forget_sessions)
                        ORDER BY sessions.id
                        FOR UPDATE
                        """)
                .mapTo(Long.class)
                .list();
    }

    /// Writes down how much it was.
    public void finish(Tx tx, long batch, Forgetting.Counts counts) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_forgotten
                        SET observations = :observations,
                            events = :events,
                            jobs = :jobs,
                            prompts = :prompts,
                            summaries = :summaries,
                            sessions = :sessions,
                            projects = :projects,
                            spooled = :spooled,
                            lessons = :lessons
                        WHERE id = :batch
                        """)
                .bind("batch", batch)
                .bind("observations", counts.observations())
                .bind("events", counts.events())
                .bind("jobs", counts.jobs())
                .bind("prompts", counts.prompts())
                .bind("summaries", counts.summaries())
                .bind("sessions", counts.sessions())
                .bind("projects", counts.projects())
                .bind("spooled", counts.spooled())
                .bind("lessons", counts.lessons())
                .execute();
    }

    public void keepSpoolFile(Tx tx, long batch, SpoolFile file) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                        VALUES (
                            :batch,
                            'spool',
                            jsonb_build_object(
                                'folder', CAST(:folder AS text),
                                'name', CAST(:name AS text),
                                'base64', CAST(:base64 AS text)))
                        """)
                .bind("batch", batch)
                .bind("folder", file.folder())
                .bind("name", file.name())
                .bind("base64", file.base64())
                .execute();
    }

    /// The places, names and sessions that files of the spool may show to be of a project.
    public List<String> traces(Tx tx, long projectId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT value
                        FROM mem_project_keys
                        WHERE project_id = :project
                            AND kind IN ('path', 'former-path', 'git-common-dir')
                        UNION
                        SELECT session_id
                        FROM mem_sessions
                        WHERE project_id = :project
                        """)
                .bind("project", projectId)
                .mapTo(String.class)
                .list();
    }
}
