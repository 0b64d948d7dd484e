-- How much of a query's words a summary holds, each weighed by how rare it is among the summaries
-- that pass the filter: 1 where it holds all of them. A word that no summary holds weighs most, so
-- nobody has much of a query whose subject was never spoken of.
--
-- Looked at are the newest :wordsLooked that hold any of the words.
WITH wanted AS (
    SELECT
        terms.position,
        websearch_to_tsquery(CAST(:language AS regconfig), terms.term)
            || websearch_to_tsquery('simple', terms.term) AS query
    FROM unnest(CAST(:terms AS text[])) WITH ORDINALITY AS terms (term, position)
), known AS MATERIALIZED (
    SELECT count(*) AS summaries
    FROM mem_session_summaries AS summaries
    JOIN mem_sessions AS sessions ON sessions.id = summaries.session_id
    WHERE <filter>
), considered AS MATERIALIZED (
    SELECT summaries.id, summaries.tsv, summaries.created_at
    FROM mem_session_summaries AS summaries
    JOIN mem_sessions AS sessions ON sessions.id = summaries.session_id
    WHERE summaries.tsv @@ (
            websearch_to_tsquery(CAST(:language AS regconfig), :anyWord)
            || websearch_to_tsquery('simple', :anyWord))
        AND <filter>
    ORDER BY summaries.created_at DESC, summaries.id DESC
    LIMIT :wordsLooked
), met AS MATERIALIZED (
    SELECT considered.id, wanted.position
    FROM considered
    JOIN wanted ON considered.tsv @@ wanted.query
), rarity AS (
    SELECT
        wanted.position,
        ln(1 + (known.summaries + 1) / (1.0 + count(met.id))) AS weight
    FROM wanted
    CROSS JOIN known
    LEFT JOIN met ON met.position = wanted.position
    GROUP BY wanted.position, known.summaries
)
SELECT
    met.id,
    CAST(sum(rarity.weight) / (SELECT sum(weight) FROM rarity) AS double precision) AS score
FROM met
JOIN rarity ON rarity.position = met.position
JOIN considered ON considered.id = met.id
GROUP BY met.id, considered.created_at
ORDER BY score DESC, considered.created_at DESC, met.id DESC
LIMIT :candidates
