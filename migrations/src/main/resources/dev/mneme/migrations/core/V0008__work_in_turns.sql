-- The unit of work is the turn: what happened between a prompt and its final answer. The jobs of a
-- turn that is still open are `scheduled`; they become available together, and are claimed, leased
-- and completed together. A turn is no row of its own: it is what lies between two landmarks of its
-- session (a prompt begins one, an answer ends one), so that an event that arrives late belongs to
-- its turn without anything to mend.

-- Fresh jobs, open or due. One index in the order of arrival, and one by session: who takes a session
-- takes all that is due of it, and who closes a turn closes it as a whole.
DROP INDEX mem_jobs_available_idx;
DROP INDEX mem_jobs_waiting_idx;

CREATE INDEX mem_jobs_fresh_idx ON mem_jobs (id) INCLUDE (session_id, state, scheduled_at)
    WHERE state IN ('available', 'scheduled');

CREATE INDEX mem_jobs_session_fresh_idx ON mem_jobs (session_id, id) INCLUDE (state)
    WHERE state IN ('available', 'scheduled');

CREATE INDEX mem_jobs_retryable_idx ON mem_jobs (id) INCLUDE (session_id)
    WHERE state = 'retryable';

-- The landmarks between which a turn lies: looked for once for each job that is claimed.
CREATE INDEX mem_events_turns_idx ON mem_events (session_id, occurred_at, id)
    WHERE kind IN ('user-prompt-submit', 'stop');
