-- The nearest by meaning, through the index of the model.
--
-- <model> and <dimensions> are numbers from mem_embedding_models, <type> is vector or halfvec by the
-- rule of mem_vector_type, all put in as text: the partial HNSW index is found only when the predicate
-- and the cast name them literally.
SELECT
    embeddings.observation_id AS id,
    CAST(embeddings.embedding AS <type>(<dimensions>))
        <=> CAST(:vector AS <type>(<dimensions>)) AS distance,
    embeddings.embedding <=> CAST(:whole AS vector) AS whole_distance
FROM mem_embeddings AS embeddings
JOIN mem_observations AS observations ON observations.id = embeddings.observation_id
WHERE embeddings.model_id = <model>
    AND <filter>
ORDER BY distance
LIMIT :limit
