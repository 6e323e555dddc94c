-- a user over a year


-- ==== the first page

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM users_messages d
  WHERE true AND d.user_id = $1 AND d.msg_timestamp >= $2 AND d.msg_timestamp < $3
  ORDER BY d.msg_timestamp DESC, d.msg_id DESC
  LIMIT 25
)
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
    WHEN m.id = ANY ($4) THEN NULL
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
        unnest($5, $6, $7, $8) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT start, count
          FROM counters
          WHERE
            span = part.span
            AND start >= coalesce(part.first, '-infinity')
            AND start < coalesce(part.past, 'infinity')
            AND kind = 'u'
            AND name = ANY ($9) OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT $10, at, change
      FROM counter_notes
      WHERE true
        AND at >= $11 AND at < $12 AND kind = 'u' AND name = ANY ($13)
      UNION ALL
      SELECT 0, NULL, - count
      FROM (
        SELECT count(*) AS count
        FROM users_messages d
        WHERE true
          AND d.user_id = $14 AND d.msg_timestamp >= $15 AND d.msg_timestamp < $16
      ) AS remainder
      UNION ALL
      SELECT 0, NULL, count
      FROM (
        SELECT count(*) AS count
        FROM users_messages d
        WHERE true
          AND d.user_id = $17 AND d.msg_timestamp >= $18 AND d.msg_timestamp < $19
      ) AS remainder
    ) AS parts (number, start, count)
  )
FROM page JOIN messages m ON m.id = page.id AND m."timestamp" = page."timestamp"
WHERE true AND m."timestamp" >= $20 AND m."timestamp" < $21;
-- [2, 2023-02-11T07:30:00, 2024-02-11T07:30:00.000001, [], [0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["2"], 0, 2023-02-11T00:00:00, 2024-02-11T00:00:00, ["2"], 2, … 9 in all …, 2024-02-11T07:30:00.000001]


-- ==== page 400

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
      AND kind = 'u'
      AND name = ANY ($5) OFFSET 0
  ) AS bucket
UNION ALL
SELECT $6, at, change, '+' || xact
FROM counter_notes
WHERE true AND at >= $7 AND at < $8 AND kind = 'u' AND name = ANY ($9);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["2"], 0, 2023-02-11T00:00:00, 2024-02-11T00:00:00, ["2"]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM users_messages d
  WHERE true AND d.user_id = $3 AND d.msg_timestamp >= part.first AND d.msg_timestamp < part.past
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], 2]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM users_messages d
  WHERE
    true
    AND d.user_id = $1
    AND d.msg_timestamp >= $2
    AND d.msg_timestamp < $3
    AND (d.msg_timestamp, d.msg_id) < ($4, $5)
  ORDER BY d.msg_timestamp ASC, d.msg_id ASC
  LIMIT 1
)
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
    WHEN m.id = ANY ($6) THEN NULL
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
FROM page JOIN messages m ON m.id = page.id AND m."timestamp" = page."timestamp"
WHERE true AND m."timestamp" >= $7 AND m."timestamp" < $8;
-- [2, 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, [], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
        AND kind = 'u'
        AND name = ANY ($5) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT $6, at, change
  FROM counter_notes
  WHERE true
    AND at >= $7 AND at < $8 AND kind = 'u' AND name = ANY ($9)
  UNION ALL
  SELECT 0, NULL, - count
  FROM (
    SELECT count(*) AS count
    FROM users_messages d
    WHERE true
      AND d.user_id = $10 AND d.msg_timestamp >= $11 AND d.msg_timestamp < $12
  ) AS remainder
  UNION ALL
  SELECT 0, NULL, count
  FROM (
    SELECT count(*) AS count
    FROM users_messages d
    WHERE true
      AND d.user_id = $13 AND d.msg_timestamp >= $14 AND d.msg_timestamp < $15
  ) AS remainder
) AS parts (number, start, count);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["2"], 0, 2023-02-11T00:00:00, 2024-02-11T00:00:00, ["2"], 2, 2023-02-11T00:00:00, 2023-02-11T07:30:00, 2, 2024-02-11T00:00:00, 2024-02-11T07:30:00.000001]


-- ==== a histogram of three bars

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
        AND kind = 'u'
        AND name = ANY ($5) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, at, change
  FROM counter_notes
    CROSS JOIN unnest($6, $7, $8, $9) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 'u'
    AND name = ANY ($10)
) AS parts (number, start, count)
GROUP BY 1
UNION ALL
SELECT number + $11, count
FROM (
  SELECT part.number, counted.count
  FROM unnest($12, $13)
  WITH
  ORDINALITY AS part (first, past, number)
  CROSS JOIN LATERAL (
    SELECT count(*) AS count
    FROM users_messages d
    WHERE true
      AND d.user_id = $14 AND d.msg_timestamp >= part.first AND d.msg_timestamp < part.past
  ) AS counted
) AS remainder;
-- [[0, 1, 2, 3, 4, 5, 6], ["m", "m", "m", "d", "d", "d", "d"], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], ["2"], [0, 1, 2, 3, 4, 5, 6], ["", "", "", "", "", "", ""], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], ["2"], 6, [2022-02-11T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-08T00:00:00], [2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], 2]
