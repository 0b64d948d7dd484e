-- What language models took, day by day: so that nobody finds out from a bill or a hot laptop.

CREATE TABLE mem_model_costs (
    day              date   NOT NULL,
    -- Not a reference: figures stay when a project is forgotten or merged, and name nobody then.
    project_id       bigint NOT NULL,
    backend          text   NOT NULL,
    model            text   NOT NULL,
    calls            bigint NOT NULL DEFAULT 0,
    prompt_tokens    bigint NOT NULL DEFAULT 0,
    answer_tokens    bigint NOT NULL DEFAULT 0,
    time_ms          bigint NOT NULL DEFAULT 0,
    cpu_ms           bigint NOT NULL DEFAULT 0,
    cost_nanodollars bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, project_id, backend, model),
    CONSTRAINT backend_bounded CHECK (length(backend) BETWEEN 1 AND 40),
    CONSTRAINT model_bounded CHECK (length(model) BETWEEN 1 AND 200),
    CONSTRAINT figures_not_negative CHECK (
        calls >= 0 AND prompt_tokens >= 0 AND answer_tokens >= 0
        AND time_ms >= 0 AND cpu_ms >= 0 AND cost_nanodollars >= 0)
);

COMMENT ON COLUMN mem_model_costs.project_id IS '0 where the project was not known';
COMMENT ON COLUMN mem_model_costs.cost_nanodollars IS
    'What the call cost by the prices of that day''s settings; 0 for a model on this machine';
