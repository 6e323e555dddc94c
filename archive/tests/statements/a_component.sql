-- a component


-- ==== the first page

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT $1, start::timestamp, count, counters.xmin::text AS version
FROM counters
WHERE span = 'm' AND kind = 's' AND name = ANY ($2)
UNION ALL
SELECT $3, at, change, '+' || xact
FROM counter_notes
WHERE true AND kind = 's' AND name = ANY ($4);
-- [0, ["4670722317478719536"], 0, ["4670722317478719536"]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM message_subjects d
  WHERE true AND d.component = $1 AND d.msg_timestamp >= $2 AND d.msg_timestamp < $3
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
  )
FROM page JOIN messages m ON m.id = page.id AND m."timestamp" = page."timestamp"
WHERE true AND m."timestamp" >= $5 AND m."timestamp" < $6;
-- [4670722317478719536, 2024-11-01T00:00:00, 2024-12-01T00:00:00, [], 2024-11-01T00:00:00, 2024-12-01T00:00:00]

COMMIT;


-- ==== page 400

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT $1, start::timestamp, count, counters.xmin::text AS version
FROM counters
WHERE span = 'm' AND kind = 's' AND name = ANY ($2)
UNION ALL
SELECT $3, at, change, '+' || xact
FROM counter_notes
WHERE true AND kind = 's' AND name = ANY ($4);
-- [0, ["4670722317478719536"], 0, ["4670722317478719536"]]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM message_subjects d
  WHERE true AND d.component = $1 AND d.msg_timestamp < $2 AND (d.msg_timestamp, d.msg_id) < ($3, $4)
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
    WHEN m.id = ANY ($5) THEN NULL
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
WHERE true AND m."timestamp" < $6;
-- [4670722317478719536, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, [], 2023-02-11T07:30:00.000001]

SELECT count(*) AS count
FROM message_subjects d
WHERE
  true
  AND d.component = $1
  AND d.msg_timestamp >= $2
  AND d.msg_timestamp < $3
  AND (d.msg_timestamp, d.msg_id) < ($4, $5);
-- [4670722317478719536, 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000]

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
      AND kind = 's'
      AND name = ANY ($5) OFFSET 0
  ) AS bucket
UNION ALL
SELECT $6, at, change, '+' || xact
FROM counter_notes
WHERE true AND at < $7 AND kind = 's' AND name = ANY ($8);
-- [[0, 0], ["m", "d"], [None, 2023-02-01T00:00:00], [2023-02-01T00:00:00, 2023-02-11T00:00:00], ["4670722317478719536"], 0, 2023-02-11T00:00:00, ["4670722317478719536"]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM message_subjects d
  WHERE true AND d.component = $3 AND d.msg_timestamp >= part.first AND d.msg_timestamp < part.past
) AS counted;
-- [[2023-02-11T00:00:00], [2023-02-11T07:30:00], 4670722317478719536]

COMMIT;

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM message_subjects d
  WHERE
    true
    AND d.component = $1
    AND d.msg_timestamp >= $2
    AND d.msg_timestamp < $3
    AND (d.msg_timestamp, d.msg_id) < ($4, $5)
    AND (d.msg_timestamp, d.msg_id) >= ($6, $7)
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
    WHEN m.id = ANY ($8) THEN NULL
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
WHERE true AND m."timestamp" >= $9 AND m."timestamp" < $10;
-- [4670722317478719536, 2022-01-01T00:50:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, 2022-01-01T00:50:00, 2, [], 2022-01-01T00:50:00, 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

SELECT coalesce(sum(count), 0)::bigint
FROM (
  SELECT $1, start::timestamp, count
  FROM counters
  WHERE span = 'm'
    AND kind = 's' AND name = ANY ($2)
  UNION ALL
  SELECT $3, at, change
  FROM counter_notes
  WHERE true
    AND kind = 's' AND name = ANY ($4)
) AS parts (number, start, count);
-- [0, ["4670722317478719536"], 0, ["4670722317478719536"]]


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
        AND kind = 's'
        AND name = ANY ($5) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, at, change
  FROM counter_notes
    CROSS JOIN unnest($6, $7, $8, $9) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 's'
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
    FROM message_subjects d
    WHERE true
      AND d.component = $14 AND d.msg_timestamp >= part.first AND d.msg_timestamp < part.past
  ) AS counted
) AS remainder;
-- [[0, 1, 2, 3, 4, 5, 6], ["m", "m", "m", "d", "d", "d", "d"], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], ["4670722317478719536"], [0, 1, 2, 3, 4, 5, 6], ["", "", "", "", "", "", ""], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], ["4670722317478719536"], 6, [2022-02-11T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-08T00:00:00], [2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], 4670722317478719536]
