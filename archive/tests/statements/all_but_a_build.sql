-- all but a build


-- ==== the first page

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

WITH
wanted AS (SELECT * FROM unnest($1, $2) AS wanted (kind, name)),
counted AS (
  SELECT
    kind,
    name,
    span,
    counters.start,
    count,
    counters.xmin::text AS version,
    ids IS NOT NULL AS has_ids
  FROM wanted JOIN counters USING (kind, name)
  WHERE span = 'm'
),
divided AS (
  SELECT DISTINCT start
  FROM counted
  WHERE span = 'm' AND kind <> 'm' AND count > 200 AND NOT has_ids
)
SELECT *
FROM counted
UNION ALL
SELECT
  kind,
  name,
  span,
  counters.start,
  count,
  counters.xmin::text AS version,
  ids IS NOT NULL AS has_ids
FROM divided CROSS JOIN wanted JOIN counters USING (kind, name)
WHERE
  span = 'd'
  AND counters.start >= divided.start
  AND counters.start < (divided.start + interval '1 month')::date
UNION ALL
SELECT kind, name, '', at::date, change, '+' || xact, false
FROM wanted JOIN counter_notes USING (kind, name)
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted));
-- [["m", "s"], ["", "none"]]

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
  AND NOT EXISTS (
    SELECT 1
    FROM message_subjects a
    WHERE
      a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp"
      AND (a.component = ANY ($4) OR a.subjects && $5) OFFSET 0
  )
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 25;
-- [[], 2024-11-01T00:00:00, 2024-12-01T00:00:00, [], [144115188075857372]]

COMMIT;


-- ==== page 400

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

WITH
wanted AS (SELECT * FROM unnest($1, $2) AS wanted (kind, name)),
counted AS (
  SELECT
    kind,
    name,
    span,
    counters.start,
    count,
    counters.xmin::text AS version,
    ids IS NOT NULL AS has_ids
  FROM wanted JOIN counters USING (kind, name)
  WHERE span = 'm'
),
divided AS (
  SELECT DISTINCT start
  FROM counted
  WHERE span = 'm' AND kind <> 'm' AND count > 200 AND NOT has_ids
)
SELECT *
FROM counted
UNION ALL
SELECT
  kind,
  name,
  span,
  counters.start,
  count,
  counters.xmin::text AS version,
  ids IS NOT NULL AS has_ids
FROM divided CROSS JOIN wanted JOIN counters USING (kind, name)
WHERE
  span = 'd'
  AND counters.start >= divided.start
  AND counters.start < (divided.start + interval '1 month')::date
UNION ALL
SELECT kind, name, '', at::date, change, '+' || xact, false
FROM wanted JOIN counter_notes USING (kind, name)
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted));
-- [["m", "s"], ["", "none"]]

WITH
wanted AS (SELECT * FROM unnest($1, $2) AS wanted (kind, name)),
counted AS (
  SELECT
    kind,
    name,
    span,
    counters.start,
    count,
    counters.xmin::text AS version,
    ids IS NOT NULL AS has_ids
  FROM wanted JOIN counters USING (kind, name)
  WHERE span = 'd' AND start >= $3 AND start < $4
),
divided AS (
  SELECT DISTINCT start
  FROM counted
  WHERE span = 'm' AND kind <> 'm' AND count > 200 AND NOT has_ids
)
SELECT *
FROM counted
UNION ALL
SELECT
  kind,
  name,
  span,
  counters.start,
  count,
  counters.xmin::text AS version,
  ids IS NOT NULL AS has_ids
FROM divided CROSS JOIN wanted JOIN counters USING (kind, name)
WHERE
  span = 'd'
  AND counters.start >= divided.start
  AND counters.start < (divided.start + interval '1 month')::date
UNION ALL
SELECT kind, name, '', at::date, change, '+' || xact, false
FROM wanted JOIN counter_notes USING (kind, name)
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted)) AND at >= $5 AND at < $6;
-- [["m", "s"], ["", "none"], 2024-05-01, 2024-06-01, 2024-05-01, 2024-06-01]

WITH
page AS MATERIALIZED (
  SELECT m.id AS id, m."timestamp" AS "timestamp"
  FROM messages m
  WHERE
    true
    AND m."timestamp" >= $1
    AND m."timestamp" < $2
    AND NOT EXISTS (
      SELECT 1
      FROM message_subjects a
      WHERE
        a.msg_id = m.id
        AND a.msg_timestamp = m."timestamp"
        AND (a.component = ANY ($3) OR a.subjects && $4) OFFSET 0
    )
  ORDER BY m."timestamp" DESC, m.id DESC
  LIMIT 25 OFFSET $5
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
-- [2024-05-18T00:00:00, 2024-05-19T00:00:00, [], [144115188075857372], 29, [], 2024-05-18T00:00:00, 2024-05-19T00:00:00]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

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
  AND m."timestamp" < $2
  AND (m."timestamp", m.id) < ($3, $4)
  AND NOT EXISTS (
    SELECT 1
    FROM message_subjects a
    WHERE
      a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp"
      AND (a.component = ANY ($5) OR a.subjects && $6) OFFSET 0
  )
ORDER BY m."timestamp" ASC, m.id ASC
LIMIT 1;
-- [[], 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, [], [144115188075857372]]

SELECT (
  SELECT count(*) AS count
  FROM messages m
  WHERE true
    AND m."timestamp" >= $1 AND m."timestamp" < $2 AND (m."timestamp", m.id) < ($3, $4)
) - (
    SELECT count(*) AS count
    FROM unnest($5, $6) AS d (msg_id, msg_timestamp)
    WHERE true
      AND d.msg_timestamp >= $7 AND d.msg_timestamp < $8 AND (d.msg_timestamp, d.msg_id) < ($9, $10)
  ) AS count;
-- [2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, … 14 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000]

WITH
wanted AS (SELECT * FROM unnest($1, $2) AS wanted (kind, name)),
counted AS (
  SELECT
    kind,
    name,
    span,
    counters.start,
    count,
    counters.xmin::text AS version,
    ids IS NOT NULL AS has_ids
  FROM wanted JOIN counters USING (kind, name)
  WHERE span = 'm' AND start < $3
  UNION ALL
  SELECT
    kind,
    name,
    span,
    counters.start,
    count,
    counters.xmin::text AS version,
    ids IS NOT NULL AS has_ids
  FROM wanted JOIN counters USING (kind, name)
  WHERE span = 'd' AND start >= $4 AND start < $5
),
divided AS (
  SELECT DISTINCT start
  FROM counted
  WHERE span = 'm' AND kind <> 'm' AND count > 200 AND NOT has_ids
)
SELECT *
FROM counted
UNION ALL
SELECT
  kind,
  name,
  span,
  counters.start,
  count,
  counters.xmin::text AS version,
  ids IS NOT NULL AS has_ids
FROM divided CROSS JOIN wanted JOIN counters USING (kind, name)
WHERE
  span = 'd'
  AND counters.start >= divided.start
  AND counters.start < (divided.start + interval '1 month')::date
UNION ALL
SELECT kind, name, '', at::date, change, '+' || xact, false
FROM wanted JOIN counter_notes USING (kind, name)
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted)) AND at < $6;
-- [["m", "s"], ["", "none"], 2023-02-01, 2023-02-01, 2023-02-11, 2023-02-11]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT (
    SELECT count(*) AS count
    FROM messages m
    WHERE true
      AND m."timestamp" >= part.first AND m."timestamp" < part.past
  ) - (
      SELECT count(*) AS count
      FROM unnest($3, $4) AS d (msg_id, msg_timestamp)
      WHERE true
        AND d.msg_timestamp >= part.first AND d.msg_timestamp < part.past
    ) AS count
) AS counted;
-- [[2023-02-11T00:00:00], [2023-02-11T07:30:00], [30000, … 11 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00]]

COMMIT;

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

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
  AND (m."timestamp", m.id) >= ($6, $7)
  AND NOT EXISTS (
    SELECT 1
    FROM message_subjects a
    WHERE
      a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp"
      AND (a.component = ANY ($8) OR a.subjects && $9) OFFSET 0
  )
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 25;
-- [[], 2022-01-01T00:25:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, 2022-01-01T00:25:00, 1, [], [144115188075857372]]

COMMIT;


-- ==== the count

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

WITH
wanted AS (SELECT * FROM unnest($1, $2) AS wanted (kind, name)),
counted AS (
  SELECT
    kind,
    name,
    span,
    counters.start,
    count,
    counters.xmin::text AS version,
    ids IS NOT NULL AS has_ids
  FROM wanted JOIN counters USING (kind, name)
  WHERE span = 'm'
),
divided AS (
  SELECT DISTINCT start
  FROM counted
  WHERE span = 'm' AND kind <> 'm' AND count > 200 AND NOT has_ids
)
SELECT *
FROM counted
UNION ALL
SELECT
  kind,
  name,
  span,
  counters.start,
  count,
  counters.xmin::text AS version,
  ids IS NOT NULL AS has_ids
FROM divided CROSS JOIN wanted JOIN counters USING (kind, name)
WHERE
  span = 'd'
  AND counters.start >= divided.start
  AND counters.start < (divided.start + interval '1 month')::date
UNION ALL
SELECT kind, name, '', at::date, change, '+' || xact, false
FROM wanted JOIN counter_notes USING (kind, name)
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted));
-- [["m", "s"], ["", "none"]]

COMMIT;


-- ==== a histogram of three bars

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

SELECT width_bucket(m."timestamp", $1) AS bucket, count(*) AS count
FROM messages m
WHERE
  true
  AND m."timestamp" >= $2
  AND m."timestamp" < $3
  AND NOT EXISTS (
    SELECT 1
    FROM message_subjects a
    WHERE
      a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp"
      AND (a.component = ANY ($4) OR a.subjects && $5) OFFSET 0
  )
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], 2022-02-11T07:30:00, 2022-12-08T07:30:00, [], [144115188075857372]]
