-- The nearest by meaning, by looking at every vector that the filter leaves: complete, and quick
-- while these are few. Materialized, so that the order cannot be answered by the index of all.
WITH considered AS MATERIALIZED (
    SELECT observations.id
    FROM mem_observations AS observations
    WHERE <filter>
), measured AS MATERIALIZED (
    SELECT
        embeddings.observation_id AS id,
        embeddings.embedding <=> CAST(:vector AS vector) AS distance,
        embeddings.embedding <=> CAST(:whole AS vector) AS whole_distance
    FROM considered
    JOIN mem_embeddings AS embeddings
        ON embeddings.observation_id = considered.id AND embeddings.model_id = <model>
)
SELECT id, distance, whole_distance
FROM measured
ORDER BY distance, id
LIMIT :limit
