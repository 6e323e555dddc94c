-- a topic, for whom something is hidden


-- ==== the first page

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT $1, start::timestamp, count, counters.xmin::text AS version
FROM counters
WHERE span = 'y' AND kind = 't' AND name = ANY ($2) AND category <> ALL ($3)
UNION ALL
SELECT $4, at, change, '+' || xact
FROM counter_notes
WHERE true AND kind = 't' AND name = ANY ($5) AND category <> ALL ($6);
-- [0, ["topic1"], ["category2"], 0, ["topic1"], ["category2"]]

SELECT
  m.id,
  m.msg_id,
  m.i,
  m.topic,
  m."timestamp",
  m.certificate,
  m.signature,
  m.category,
  m.agent_name,
  m.crypto,
  m.source_name,
  m.source_version,
  m.xmin::text,
  CASE
    WHEN m.id = ANY ($1) THEN NULL
    WHEN octet_length(m.msg) > 65536
    OR (pg_column_size(m.headers) > 1000 AND octet_length(m.headers::text) > 65536) THEN ARRAY[NULL, (octet_length(m.msg) + coalesce(octet_length(m.headers::text), 0))::text]
    ELSE ARRAY[m.msg, m.headers::text]
  END,
  ARRAY(
    SELECT u.name
    FROM users_messages a
      JOIN users u ON u.id = a.user_id
    WHERE a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp" AND u.name IS NOT NULL
  ),
  ARRAY(
    SELECT p.name
    FROM packages_messages a
      JOIN packages p ON p.id = a.package_id
    WHERE a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp" AND p.name IS NOT NULL
  )
FROM messages m
WHERE true AND m."timestamp" >= $2 AND m."timestamp" < $3 AND m.topic = $4 AND (m.category <> ALL ($5))
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 25;
-- [[], 2024-01-01T00:00:00, 2025-01-01T00:00:00, "topic1", ["category2"]]

COMMIT;


-- ==== the count

SELECT coalesce(sum(count), 0)::bigint
FROM (
  SELECT $1, start::timestamp, count
  FROM counters
  WHERE span = 'y'
    AND kind = 't' AND name = ANY ($2) AND category <> ALL ($3)
  UNION ALL
  SELECT $4, at, change
  FROM counter_notes
  WHERE true
    AND kind = 't' AND name = ANY ($5) AND category <> ALL ($6)
) AS parts (number, start, count);
-- [0, ["topic1"], ["category2"], 0, ["topic1"], ["category2"]]


-- ==== a histogram of four bars

SELECT number, sum(count)::bigint
FROM (
  SELECT part.number, bucket.start::timestamp, bucket.count
  FROM
    unnest($1, $2, $3, $4) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, count
      FROM counters
      WHERE
        span = part.span
        AND start >= coalesce(part.first, '-infinity')
        AND start < coalesce(part.past, 'infinity')
        AND kind = 't'
        AND name = ANY ($5)
        AND category <> ALL ($6) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, at, change
  FROM counter_notes
    CROSS JOIN unnest($7, $8, $9, $10) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 't'
    AND name = ANY ($11)
    AND category <> ALL ($12)
) AS parts (number, start, count)
GROUP BY 1
UNION ALL
SELECT number + $13, count
FROM (
  SELECT part.number, counted.count
  FROM unnest($14, $15)
  WITH
  ORDINALITY AS part (first, past, number)
  CROSS JOIN LATERAL (
    SELECT count(*) AS count
    FROM messages m
    WHERE
      true
      AND m."timestamp" >= part.first
      AND m."timestamp" < part.past
      AND m.topic = $16
      AND (m.category <> ALL ($17))
  ) AS counted
) AS remainder;
-- [[0, 1, … 9 in all …, 8], ["m", … 10 in all …, "d"], [2022-02-01T00:00:00, … 10 in all …, 2023-03-18T00:00:00], [2022-06-01T00:00:00, … 10 in all …, 2023-04-01T00:00:00], ["topic1"], ["category2"], [0, … 10 in all …, 8], ["", … 10 in all …, ""], [2022-02-01T00:00:00, … 10 in all …, 2023-03-18T00:00:00], [2022-06-01T00:00:00, … 10 in all …, 2023-04-01T00:00:00], ["topic1"], ["category2"], 8, [2022-02-11T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-08T00:00:00, 2023-03-18T00:00:00], [2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00, 2023-03-18T07:30:00], "topic1", ["category2"]]
