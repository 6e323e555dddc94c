-- a text in bodies of a category


-- ==== the first page

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT start, counters.xmin::text
FROM counters
WHERE kind = 'm' AND name = '' AND span = 'd' AND start >= $1 AND start < $2
UNION ALL
SELECT at::date, '+' || xact
FROM counter_notes
WHERE kind = 'm' AND at >= $3 AND at < $4;
-- [2023-02-11, 2023-03-12, 2023-02-11, 2023-03-12]

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
    AND m.category = $3
    AND (strpos(m.msg, $4) > 0)
) AS counted;
-- [[2023-02-11T08:00:00, 2023-02-11T09:00:00, … 51 in all …, 2023-03-11T07:00:00], [2023-02-11T09:00:00, … 52 in all …, 2023-03-11T08:00:00], "category1", "777"]

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
    AND m.category = $3
    AND (strpos(m.msg, $4) > 0)
) AS counted;
-- [[2023-02-11T07:30:00], [2023-02-11T08:00:00], "category1", "777"]

COMMIT;


-- ==== page 400

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT start, counters.xmin::text
FROM counters
WHERE kind = 'm' AND name = '' AND span = 'd' AND start >= $1 AND start < $2
UNION ALL
SELECT at::date, '+' || xact
FROM counter_notes
WHERE kind = 'm' AND at >= $3 AND at < $4;
-- [2023-02-11, 2023-03-12, 2023-02-11, 2023-03-12]

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
    AND m.category = $3
    AND (strpos(m.msg, $4) > 0)
) AS counted;
-- [[2023-02-11T08:00:00, 2023-02-11T09:00:00, … 51 in all …, 2023-03-11T07:00:00], [2023-02-11T09:00:00, … 52 in all …, 2023-03-11T08:00:00], "category1", "777"]

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
    AND m.category = $3
    AND (strpos(m.msg, $4) > 0)
) AS counted;
-- [[2023-02-11T07:30:00], [2023-02-11T08:00:00], "category1", "777"]

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
  AND m.category = $6
  AND (strpos(m.msg, $7) > 0)
ORDER BY m."timestamp" ASC, m.id ASC
LIMIT 1;
-- [[], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, "category1", "777"]

COMMIT;


-- ==== the count

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT start, counters.xmin::text
FROM counters
WHERE kind = 'm' AND name = '' AND span = 'd' AND start >= $1 AND start < $2
UNION ALL
SELECT at::date, '+' || xact
FROM counter_notes
WHERE kind = 'm' AND at >= $3 AND at < $4;
-- [2023-02-11, 2023-03-12, 2023-02-11, 2023-03-12]

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
    AND m.category = $3
    AND (strpos(m.msg, $4) > 0)
) AS counted;
-- [[2023-02-11T08:00:00, 2023-02-11T09:00:00, … 51 in all …, 2023-03-11T07:00:00], [2023-02-11T09:00:00, … 52 in all …, 2023-03-11T08:00:00], "category1", "777"]

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
    AND m.category = $3
    AND (strpos(m.msg, $4) > 0)
) AS counted;
-- [[2023-02-11T07:30:00], [2023-02-11T08:00:00], "category1", "777"]

COMMIT;


-- ==== a histogram of three bars

SELECT width_bucket(m."timestamp", $1) AS bucket, count(*) AS count
FROM messages m
WHERE
  true
  AND m."timestamp" >= $2
  AND m."timestamp" < $3
  AND m.category = $4
  AND (strpos(m.msg, $5) > 0)
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], 2022-02-11T07:30:00, 2022-12-08T07:30:00, "category1", "777"]
