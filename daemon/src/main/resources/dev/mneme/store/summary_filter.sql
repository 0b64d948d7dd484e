        (CAST(:project AS bigint) IS NULL OR sessions.project_id = :project)
        AND (CAST(:session AS text) IS NULL OR sessions.session_id = :session)
        AND (CAST(:since AS timestamptz) IS NULL OR summaries.created_at >= CAST(:since AS timestamptz))
        AND (CAST(:until AS timestamptz) IS NULL OR summaries.created_at < CAST(:until AS timestamptz))
