-- A session may be told memories with a prompt of its own, not only when it starts.
ALTER TABLE mem_told
    DROP CONSTRAINT source_known,
    ADD CONSTRAINT source_known CHECK (source IN (
        'startup', 'resume', 'clear', 'compact', 'fork', 'prompt')),
    DROP CONSTRAINT reason_known,
    ADD CONSTRAINT reason_known CHECK (reason IN (
        'pinned', 'saved', 'changed-file', 'branch', 'next-step', 'decision', 'last-session',
        'asked'));
