-- The nearest by meaning among the newest :vectorsLooked summaries that pass the filter, by looking at each
-- of their vectors. A vector of words that have changed since does not count.
WITH considered AS MATERIALIZED (
    SELECT summaries.id, summaries.revision
    FROM mem_session_summaries AS summaries
    JOIN mem_sessions AS sessions ON sessions.id = summaries.session_id
    WHERE <filter>
    ORDER BY summaries.created_at DESC, summaries.id DESC
    LIMIT :vectorsLooked
)
SELECT
    considered.id,
    1 - (embeddings.embedding <=> CAST(:vector AS vector)) AS score
FROM considered
JOIN mem_summary_embeddings AS embeddings
    ON embeddings.summary_id = considered.id
        AND embeddings.model_id = :model
        AND embeddings.revision = considered.revision
ORDER BY score DESC, considered.id DESC
LIMIT :candidates
