-- The words half of hybrid_search.sql alone: for mode `fts`, and where pgvector is missing.
WITH wanted AS (
    SELECT
        websearch_to_tsquery(CAST(:language AS regconfig), :query)
            || websearch_to_tsquery('simple', :query) AS every_word,
        websearch_to_tsquery(CAST(:language AS regconfig), :anyWord)
            || websearch_to_tsquery('simple', :anyWord) AS any_word
), by_words AS (
    SELECT
        matches.id,
        row_number() OVER (
            ORDER BY
                matches.has_every_word DESC,
                matches.text_rank DESC,
                matches.created_at DESC,
                matches.id DESC
        ) AS rank
    FROM (
        SELECT
            observations.id,
            observations.created_at,
            observations.tsv @@ wanted.every_word AS has_every_word,
            ts_rank_cd(observations.tsv, wanted.any_word, 1) AS text_rank
        FROM mem_observations AS observations
        CROSS JOIN wanted
        WHERE observations.tsv @@ wanted.any_word
            AND (CAST(:project AS bigint) IS NULL OR observations.project_id = :project)
            AND (CAST(:types AS text[]) IS NULL OR observations.type = ANY(:types))
    ) AS matches
    ORDER BY rank
    LIMIT :candidates
)
SELECT
<columns>,
    CAST(1.0 / (60 + by_words.rank) AS double precision) AS score
FROM by_words
JOIN mem_observations AS observations ON observations.id = by_words.id
JOIN mem_projects AS projects ON projects.id = observations.project_id
ORDER BY by_words.rank
LIMIT :limit
