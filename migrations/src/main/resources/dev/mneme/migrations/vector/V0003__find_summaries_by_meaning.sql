-- Vectors of summaries, in a table of their own: the ids of summaries are not those of observations.
-- A vector counts while it is of the revision that its summary has now. There is no index over them:
-- a search looks at those of the newest summaries that pass its filter, a bounded number.

CREATE TABLE mem_summary_embeddings (
    summary_id bigint   NOT NULL REFERENCES mem_session_summaries ON DELETE CASCADE,
    model_id   smallint NOT NULL,
    dimensions smallint NOT NULL,
    revision   integer  NOT NULL,
    embedding  vector   NOT NULL,
    PRIMARY KEY (summary_id, model_id),
    FOREIGN KEY (model_id, dimensions) REFERENCES mem_embedding_models (id, dimensions) ON DELETE CASCADE,
    CONSTRAINT summary_embedding_has_model_dimension CHECK (vector_dims(embedding) = dimensions)
);

CREATE INDEX mem_summary_embeddings_model_id_idx ON mem_summary_embeddings (model_id);
