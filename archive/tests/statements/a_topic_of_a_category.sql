-- a topic of a category


-- ==== the first page

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
  ),
  (
    SELECT coalesce(sum(count), 0)::bigint
    FROM (
      SELECT part.number, bucket.start::timestamp, bucket.count
      FROM
        unnest($2, $3, $4, $5) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT start, count
          FROM counters
          WHERE
            span = part.span
            AND start >= coalesce(part.first, '-infinity')
            AND start < coalesce(part.past, 'infinity')
            AND kind = 't'
            AND name = ANY ($6)
            AND category = ANY ($7) OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT $8, at, change
      FROM counter_notes
      WHERE true
        AND at >= $9 AND at < $10 AND kind = 't' AND name = ANY ($11) AND category = ANY ($12)
      UNION ALL
      SELECT 0, NULL, - count
      FROM (
        SELECT count(*) AS count
        FROM messages m
        WHERE true
          AND m."timestamp" >= $13 AND m."timestamp" < $14 AND m.topic = $15 AND m.category = $16
      ) AS remainder
      UNION ALL
      SELECT 0, NULL, count
      FROM (
        SELECT count(*) AS count
        FROM messages m
        WHERE true
          AND m."timestamp" >= $17 AND m."timestamp" < $18 AND m.topic = $19 AND m.category = $20
      ) AS remainder
    ) AS parts (number, start, count)
  )
FROM messages m
WHERE true AND m."timestamp" >= $21 AND m."timestamp" < $22 AND m.topic = $23 AND m.category = $24
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 25;
-- [[], [0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["topic1"], ["category1"], 0, 2023-02-11T00:00:00, 2024-02-11T00:00:00, ["topic1"], ["category1"], 2023-02-11T00:00:00, … 13 in all …, "category1"]


-- ==== page 400

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT part.number, bucket.start::timestamp, bucket.count, bucket.version
FROM
  unnest($1, $2, $3, $4) AS part (number, span, first, past)
  CROSS JOIN LATERAL (
    SELECT start, count, counters.xmin::text AS version
    FROM counters
    WHERE
      span = part.span
      AND start >= coalesce(part.first, '-infinity')
      AND start < coalesce(part.past, 'infinity')
      AND kind = 't'
      AND name = ANY ($5)
      AND category = ANY ($6) OFFSET 0
  ) AS bucket
UNION ALL
SELECT $7, at, change, '+' || xact
FROM counter_notes
WHERE true AND at >= $8 AND at < $9 AND kind = 't' AND name = ANY ($10) AND category = ANY ($11);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["topic1"], ["category1"], 0, 2023-02-11T00:00:00, 2024-02-11T00:00:00, ["topic1"], ["category1"]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE
    true
    AND m."timestamp" >= part.first
    AND m."timestamp" < part.past
    AND m.topic = $3
    AND m.category = $4
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], "topic1", "category1"]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

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
WHERE
  true
  AND m."timestamp" >= $2
  AND m."timestamp" < $3
  AND (m."timestamp", m.id) < ($4, $5)
  AND m.topic = $6
  AND m.category = $7
ORDER BY m."timestamp" ASC, m.id ASC
LIMIT 1;
-- [[], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, "topic1", "category1"]

COMMIT;


-- ==== the count

SELECT coalesce(sum(count), 0)::bigint
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
        AND category = ANY ($6) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT $7, at, change
  FROM counter_notes
  WHERE true
    AND at >= $8 AND at < $9 AND kind = 't' AND name = ANY ($10) AND category = ANY ($11)
  UNION ALL
  SELECT 0, NULL, - count
  FROM (
    SELECT count(*) AS count
    FROM messages m
    WHERE true
      AND m."timestamp" >= $12 AND m."timestamp" < $13 AND m.topic = $14 AND m.category = $15
  ) AS remainder
  UNION ALL
  SELECT 0, NULL, count
  FROM (
    SELECT count(*) AS count
    FROM messages m
    WHERE true
      AND m."timestamp" >= $16 AND m."timestamp" < $17 AND m.topic = $18 AND m.category = $19
  ) AS remainder
) AS parts (number, start, count);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["topic1"], ["category1"], 0, 2023-02-11T00:00:00, 2024-02-11T00:00:00, ["topic1"], ["category1"], 2023-02-11T00:00:00, … 9 in all …, "category1"]


-- ==== a histogram of three bars

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
        AND category = ANY ($6) OFFSET 0
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
    AND category = ANY ($12)
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
      AND m.category = $17
  ) AS counted
) AS remainder;
-- [[0, 1, 2, 3, 4, 5, 6], ["m", "m", "m", "d", "d", "d", "d"], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], ["topic1"], ["category1"], [0, 1, 2, 3, 4, 5, 6], ["", "", "", "", "", "", ""], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], ["topic1"], ["category1"], 6, [2022-02-11T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-08T00:00:00], [2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], "topic1", "category1"]
