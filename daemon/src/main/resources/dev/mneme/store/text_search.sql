-- Ranks observations by their words with what PostgreSQL has for it, which knows nothing of how rare
-- a word is: for the moments in which the index of words is not there.
WITH wanted AS (
    SELECT
        websearch_to_tsquery(CAST(:language AS regconfig), :query)
            || websearch_to_tsquery('simple', :query) AS every_word,
        websearch_to_tsquery(CAST(:language AS regconfig), :anyWord)
            || websearch_to_tsquery('simple', :anyWord) AS any_word
), matching AS (
    -- Ranking a row reads all of its words; a common word matches half of the table. So the newest
    -- :ranked rows with every word and the newest :ranked rows with any word are ranked, no more.
    SELECT
        matches.id,
        bool_or(matches.has_every_word) AS has_every_word
    FROM (
        (
            SELECT observations.id, true AS has_every_word
            FROM mem_observations AS observations
            CROSS JOIN wanted
            WHERE observations.tsv @@ wanted.every_word
                AND <filter>
            ORDER BY observations.created_at DESC, observations.id DESC
            LIMIT :ranked
        )
        UNION ALL
        (
            SELECT observations.id, false AS has_every_word
            FROM mem_observations AS observations
            CROSS JOIN wanted
            WHERE observations.tsv @@ wanted.any_word
                AND <filter>
            ORDER BY observations.created_at DESC, observations.id DESC
            LIMIT :ranked
        )
    ) AS matches
    GROUP BY matches.id
)
SELECT
    matching.id,
    -- 1: a long text matches by chance more often; damp by the logarithm of its length.
    ts_rank_cd(observations.tsv, wanted.any_word, 1)
        + CASE WHEN matching.has_every_word THEN 1 ELSE 0 END AS score
FROM matching
CROSS JOIN wanted
JOIN mem_observations AS observations ON observations.id = matching.id
ORDER BY score DESC, observations.created_at DESC, observations.id DESC
LIMIT :limit
