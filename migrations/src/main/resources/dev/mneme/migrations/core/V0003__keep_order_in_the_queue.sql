-- Order within a session, at a price that does not grow: a job knows its session, and each state
-- that the claim looks at has an index of its own, in the order of arrival. A claim walks each of
-- them from the lowest job that may still be unfinished, so that entries of finished jobs, which
-- stay in an index for as long as some transaction holds an old snapshot, are passed once and not
-- at every claim.

-- Copied from the event, whose own key keeps it true and removes both.
ALTER TABLE mem_jobs ADD COLUMN session_id bigint;

UPDATE mem_jobs AS jobs
SET session_id = events.session_id
FROM mem_events AS events
WHERE events.id = jobs.event_id;

ALTER TABLE mem_jobs ALTER COLUMN session_id SET NOT NULL;

DROP INDEX mem_jobs_due_idx;
DROP INDEX mem_jobs_lease_until_idx;
DROP INDEX mem_jobs_unfinished_idx;

CREATE INDEX mem_jobs_available_idx ON mem_jobs (id) INCLUDE (session_id)
    WHERE state = 'available';

-- Without the lease: a heartbeat must not write an index entry.
CREATE INDEX mem_jobs_running_idx ON mem_jobs (id) INCLUDE (session_id)
    WHERE state = 'running';

-- Jobs on a second or later try may lie anywhere, far below the lowest fresh one.
CREATE INDEX mem_jobs_retried_idx ON mem_jobs (id) INCLUDE (session_id)
    WHERE state = 'running' AND attempt > 1;

CREATE INDEX mem_jobs_waiting_idx ON mem_jobs (id) INCLUDE (session_id)
    WHERE state IN ('scheduled', 'retryable');

CREATE INDEX mem_jobs_discarded_idx ON mem_jobs (id)
    WHERE state = 'discarded';

-- What retention looks for.
CREATE INDEX mem_jobs_finalized_at_idx ON mem_jobs (finalized_at)
    WHERE state IN ('completed', 'cancelled', 'discarded');

CREATE INDEX mem_events_stored_payload_idx ON mem_events (received_at)
    WHERE payload IS NOT NULL;

-- A sequence hands out numbers in order only without a cache; the claim relies on it.
ALTER TABLE mem_jobs ALTER COLUMN id SET CACHE 1;
