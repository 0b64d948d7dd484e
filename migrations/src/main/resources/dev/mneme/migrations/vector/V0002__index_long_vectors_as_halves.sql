-- From 384 dimensions on, a model's index holds 16-bit floats: half the memory and half the disk for
-- the same neighbours (docs/PERFORMANCE.md has the figures). The vectors themselves stay as they are.
-- Whoever searches must cast as the index does: mem_vector_type says to what.

CREATE FUNCTION mem_vector_type(dimensions integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN dimensions >= 384 THEN 'halfvec' ELSE 'vector' END
$$;

CREATE OR REPLACE FUNCTION mem_ensure_vector_index(wanted_model_id smallint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    wanted_dimensions smallint;
    wanted_type       text;
BEGIN
    SELECT dimensions, mem_vector_type(dimensions) INTO STRICT wanted_dimensions, wanted_type
    FROM mem_embedding_models
    WHERE id = wanted_model_id;
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %I ON mem_embeddings'
        ' USING hnsw ((embedding::%s(%s)) %s_cosine_ops)'
        ' WITH (m = 16, ef_construction = 64) WHERE model_id = %s',
        'mem_embeddings_model_' || wanted_model_id || '_hnsw_idx',
        wanted_type,
        wanted_dimensions,
        wanted_type,
        wanted_model_id);
END
$$;

-- The index of a model that is not used any more; its vectors are deleted before.
CREATE FUNCTION mem_drop_vector_index(unwanted_model_id smallint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'DROP INDEX IF EXISTS %I', 'mem_embeddings_model_' || unwanted_model_id || '_hnsw_idx');
END
$$;
