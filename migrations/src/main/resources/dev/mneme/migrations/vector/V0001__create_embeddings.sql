-- Vectors, one for each observation and model. The column has no dimension because models differ;
-- a row proves that its own dimension is its model's, and each model gets a partial HNSW index over
-- the vectors cast to that dimension, which is how pgvector indexes such a column.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE mem_embeddings (
    observation_id bigint      NOT NULL REFERENCES mem_observations ON DELETE CASCADE,
    model_id       smallint    NOT NULL,
    dimensions     smallint    NOT NULL,
    embedding      vector      NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (observation_id, model_id),
    FOREIGN KEY (model_id, dimensions) REFERENCES mem_embedding_models (id, dimensions) ON DELETE CASCADE,
    CONSTRAINT embedding_has_model_dimension CHECK (vector_dims(embedding) = dimensions)
);

-- Builds the index of one model, once. Index and cast must name the dimension literally, which is
-- why this is dynamic; both numbers come from the models' own table.
CREATE FUNCTION mem_ensure_vector_index(wanted_model_id smallint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    wanted_dimensions smallint;
BEGIN
    SELECT dimensions INTO STRICT wanted_dimensions
    FROM mem_embedding_models
    WHERE id = wanted_model_id;
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %I ON mem_embeddings'
        ' USING hnsw ((embedding::vector(%s)) vector_cosine_ops)'
        ' WITH (m = 16, ef_construction = 64) WHERE model_id = %s',
        'mem_embeddings_model_' || wanted_model_id || '_hnsw_idx',
        wanted_dimensions,
        wanted_model_id);
END
$$;
