-- Finds observations by words and by meaning in one statement and fuses both lists by rank:
-- score = sum over the lists of 1 / (60 + rank). Ranks need no common scale, which distances and
-- text ranks do not have.
--
-- <model> and <dimensions> are numbers from mem_embedding_models, <type> is vector or halfvec by the
-- rule of mem_vector_type, all put in as text: the partial HNSW index is found only when the predicate
-- and the cast name them literally.
<by words>), by_meaning AS (
    SELECT
        nearest.id,
        row_number() OVER (ORDER BY nearest.distance, nearest.id) AS rank
    FROM (
        SELECT
            embeddings.observation_id AS id,
            CAST(embeddings.embedding AS <type>(<dimensions>))
                <=> CAST(:vector AS <type>(<dimensions>)) AS distance
        FROM mem_embeddings AS embeddings
        JOIN mem_observations AS observations ON observations.id = embeddings.observation_id
        WHERE embeddings.model_id = <model>
            AND observations.closed_at IS NULL
            AND (CAST(:project AS bigint) IS NULL OR observations.project_id = :project)
            AND (CAST(:types AS text[]) IS NULL OR observations.type = ANY(:types))
        ORDER BY distance
        LIMIT :candidates
    ) AS nearest
), fused AS (
    SELECT
        coalesce(by_words.id, by_meaning.id) AS id,
        coalesce(1.0 / (60 + by_words.rank) * :wordsWeight, 0)
            + coalesce(1.0 / (60 + by_meaning.rank) * :meaningWeight, 0) AS score
    FROM by_words
    FULL JOIN by_meaning ON by_meaning.id = by_words.id
)
SELECT
<columns>,
    CAST(fused.score AS double precision) AS score
FROM fused
JOIN mem_observations AS observations ON observations.id = fused.id
JOIN mem_projects AS projects ON projects.id = observations.project_id
WHERE fused.score > 0
ORDER BY fused.score DESC, observations.created_at DESC, observations.id DESC
LIMIT :limit
