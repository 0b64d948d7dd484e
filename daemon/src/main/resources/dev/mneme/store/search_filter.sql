        observations.closed_at IS NULL
        AND (CAST(:project AS bigint) IS NULL OR observations.project_id = :project)
        AND (CAST(:types AS text[]) IS NULL OR observations.type = ANY(:types))
        AND (CAST(:concepts AS text[]) IS NULL OR jsonb_exists_any(observations.concepts, CAST(:concepts AS text[])))
        AND (CAST(:since AS timestamptz) IS NULL OR observations.created_at >= CAST(:since AS timestamptz))
        AND (CAST(:until AS timestamptz) IS NULL OR observations.created_at < CAST(:until AS timestamptz))
        AND (
            CAST(:session AS text) IS NULL
            OR observations.session_id = (
                SELECT sessions.id FROM mem_sessions AS sessions WHERE sessions.session_id = :session
            )
        )
        AND (
            CAST(:files AS text[]) IS NULL
            OR EXISTS (
                SELECT
                FROM jsonb_array_elements_text(observations.files_modified || observations.files_read)
                    AS touched (path)
                CROSS JOIN unnest(CAST(:files AS text[])) AS wanted (path)
                WHERE touched.path = wanted.path
                    OR right(touched.path, length(wanted.path) + 1) = '/' || wanted.path
            )
        )
        AND (
            CAST(:branch AS text) IS NULL
            OR EXISTS (
                SELECT
                FROM mem_observation_events AS origins
                JOIN mem_events AS events ON events.id = origins.event_id
                WHERE origins.observation_id = observations.id AND events.branch = :branch
            )
        )
