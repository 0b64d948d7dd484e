-- The summaries that fit a query best by both arms together, in one way to the server and back. What is
-- put in as `words` and `meaning` are the statements of the arms, or one that finds nothing.
--
-- A summary that nobody asked for (:beside) has to stand out by one of the arms, and only the best of
-- each session is given. Of equals the newer one comes first, which is further down in the order of ids.
WITH words AS (
    <words>
), meaning AS (
    <meaning>
), fitting AS (
    SELECT
        id,
        coalesce(words.score, 0) + :trust * coalesce(meaning.score, 0) AS score
    FROM words
    FULL JOIN meaning USING (id)
    WHERE NOT :beside
        OR words.score >= :wordsMin
        OR meaning.score >= :cosineMin
), placed AS (
    SELECT
        fitting.id,
        fitting.score,
        row_number() OVER (
            PARTITION BY summaries.session_id
            ORDER BY fitting.score DESC, fitting.id DESC
        ) AS place
    FROM fitting
    JOIN mem_session_summaries AS summaries ON summaries.id = fitting.id
)
SELECT
    <columns>,
    placed.score
<tables>
JOIN placed ON placed.id = summaries.id
WHERE NOT :beside OR placed.place = 1
ORDER BY placed.score DESC, summaries.id DESC
LIMIT :limit
