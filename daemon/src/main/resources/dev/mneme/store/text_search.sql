-- Finds observations by words alone: for mode `fts`, and where pgvector is missing.
<by words>)
SELECT
<columns>,
    CAST(1.0 / (60 + by_words.rank) AS double precision) AS score
FROM by_words
JOIN mem_observations AS observations ON observations.id = by_words.id
JOIN mem_projects AS projects ON projects.id = observations.project_id
ORDER BY by_words.rank
LIMIT :limit
