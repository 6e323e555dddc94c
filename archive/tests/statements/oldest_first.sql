-- oldest first


-- ==== the first page

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT $1, start::timestamp, count, counters.xmin::text AS version
FROM counters
WHERE span = 'y' AND kind = 'm' AND name = ANY ($2)
UNION ALL
SELECT $3, at, change, '+' || xact
FROM counter_notes
WHERE true AND kind = 'm' AND name = ANY ($4);
-- [0, [""], 0, [""]]

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
WHERE true AND m."timestamp" >= $2 AND m."timestamp" < $3
ORDER BY m."timestamp" ASC, m.id ASC
LIMIT 25;
-- [[], 2022-01-01T00:00:00, 2023-01-01T00:00:00]

COMMIT;


-- ==== page 400

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT $1, start::timestamp, count, counters.xmin::text AS version
FROM counters
WHERE span = 'y' AND kind = 'm' AND name = ANY ($2)
UNION ALL
SELECT $3, at, change, '+' || xact
FROM counter_notes
WHERE true AND kind = 'm' AND name = ANY ($4);
-- [0, [""], 0, [""]]

SELECT $1, start::timestamp, count, counters.xmin::text AS version
FROM counters
WHERE span = 'm' AND start >= $2 AND start < $3 AND kind = 'm' AND name = ANY ($4)
UNION ALL
SELECT $5, at, change, '+' || xact
FROM counter_notes
WHERE true AND at >= $6 AND at < $7 AND kind = 'm' AND name = ANY ($8);
-- [0, 2022-01-01T00:00:00, 2023-01-01T00:00:00, [""], 0, 2022-01-01T00:00:00, 2023-01-01T00:00:00, [""]]

SELECT $1, start::timestamp, count, counters.xmin::text AS version
FROM counters
WHERE span = 'd' AND start >= $2 AND start < $3 AND kind = 'm' AND name = ANY ($4)
UNION ALL
SELECT $5, at, change, '+' || xact
FROM counter_notes
WHERE true AND at >= $6 AND at < $7 AND kind = 'm' AND name = ANY ($8);
-- [0, 2022-06-01T00:00:00, 2022-07-01T00:00:00, [""], 0, 2022-06-01T00:00:00, 2022-07-01T00:00:00, [""]]

WITH
page AS MATERIALIZED (
  SELECT m.id AS id, m."timestamp" AS "timestamp"
  FROM messages m
  WHERE true AND m."timestamp" >= $1 AND m."timestamp" < $2
  ORDER BY m."timestamp" ASC, m.id ASC
  LIMIT 25 OFFSET $3
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
-- [2022-06-23T00:00:00, 2022-06-24T00:00:00, 11, [], 2022-06-23T00:00:00, 2022-06-24T00:00:00]

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
WHERE true AND m."timestamp" >= $2 AND (m."timestamp", m.id) > ($3, $4)
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 1;
-- [[], 2023-02-11T07:30:00, 2023-02-11T07:30:00, 23000]

SELECT count(*) AS count
FROM messages m
WHERE true AND m."timestamp" >= $1 AND m."timestamp" < $2 AND (m."timestamp", m.id) > ($3, $4);
-- [2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000]

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
      AND kind = 'm'
      AND name = ANY ($5) OFFSET 0
  ) AS bucket
UNION ALL
SELECT part.number, hour.start, hour.count, NULL
FROM
  unnest($6, $7, $8, $9) AS part (number, span, first, past)
  CROSS JOIN LATERAL (
    SELECT start, hours
    FROM counters
    WHERE
      span = 'd'
      AND start >= part.first::date
      AND start < part.past
      AND kind = 'm'
      AND name = ANY ($10) OFFSET 0
  ) AS day
  CROSS JOIN LATERAL (
    SELECT day.start + (number - 1) * interval '1 hour', count
    FROM unnest(day.hours)
    WITH ORDINALITY AS hours (count, number)
  ) AS hour (start, count)
WHERE hour.start >= part.first AND hour.start < part.past
UNION ALL
SELECT $11, at, change, '+' || xact
FROM counter_notes
WHERE true AND at >= $12 AND kind = 'm' AND name = ANY ($13);
-- [[0, 0, 0], ["d", "m", "y"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-01-01T00:00:00], [2023-03-01T00:00:00, 2024-01-01T00:00:00, None], [""], [0], ["h"], [2023-02-11T08:00:00], [2023-02-12T00:00:00], [""], 0, 2023-02-11T08:00:00, [""]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past
) AS counted;
-- [[2023-02-11T07:30:00.000001], [2023-02-11T08:00:00]]

COMMIT;

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
  AND (m."timestamp", m.id) > ($4, $5)
  AND (m."timestamp", m.id) <= ($6, $7)
ORDER BY m."timestamp" ASC, m.id ASC
LIMIT 25;
-- [[], 2023-02-11T07:30:00, 2024-11-07T16:00:00.000001, 2023-02-11T07:30:00, 23000, 2024-11-07T16:00:00, 60000]

COMMIT;


-- ==== the count

SELECT coalesce(sum(count), 0)::bigint
FROM (
  SELECT $1, start::timestamp, count
  FROM counters
  WHERE span = 'y'
    AND kind = 'm' AND name = ANY ($2)
  UNION ALL
  SELECT $3, at, change
  FROM counter_notes
  WHERE true
    AND kind = 'm' AND name = ANY ($4)
) AS parts (number, start, count);
-- [0, [""], 0, [""]]


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
        AND kind = 'm'
        AND name = ANY ($5) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, hour.start, hour.count
  FROM
    unnest($6, $7, $8, $9) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, hours
      FROM counters
      WHERE
        span = 'd'
        AND start >= part.first::date
        AND start < part.past
        AND kind = 'm'
        AND name = ANY ($10) OFFSET 0
    ) AS day
    CROSS JOIN LATERAL (
      SELECT day.start + (number - 1) * interval '1 hour', count
      FROM unnest(day.hours)
      WITH ORDINALITY AS hours (count, number)
    ) AS hour (start, count)
  WHERE hour.start >= part.first
    AND hour.start < part.past
  UNION ALL
  SELECT part.number, at, change
  FROM counter_notes
    CROSS JOIN unnest($11, $12, $13, $14) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 'm'
    AND name = ANY ($15)
) AS parts (number, start, count)
GROUP BY 1
UNION ALL
SELECT number + $16, count
FROM (
  SELECT part.number, counted.count
  FROM unnest($17, $18)
  WITH
  ORDINALITY AS part (first, past, number)
  CROSS JOIN LATERAL (
    SELECT count(*) AS count
    FROM messages m
    WHERE true
      AND m."timestamp" >= part.first AND m."timestamp" < part.past
  ) AS counted
) AS remainder;
-- [[0, 1, 2, 3, 4, 5, 6], ["m", "m", "m", "d", "d", "d", "d"], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-23T00:00:00, 2022-08-31T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], [""], [3, 4, 5, 6], ["h", "h", "h", "h"], [2022-02-11T00:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-08T00:00:00], [2022-02-11T08:00:00, 2022-05-23T00:00:00, 2022-08-31T00:00:00, 2022-12-08T08:00:00], [""], [0, 1, 2, 3, 4, 5, 6], ["", "", "", "", "", "", ""], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T08:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T08:00:00], [""], 6, [2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], [2022-02-11T08:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-08T08:00:00]]
