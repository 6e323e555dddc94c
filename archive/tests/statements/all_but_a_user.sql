-- all but a user


-- ==== the first page

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
-- [["m", "u"], ["", "2"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 35 in all …, "u"], ["2", … 36 in all …, "2"], ["m", … 36 in all …, "m"], [2022-01-01, … 36 in all …, 2024-11-01]]

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
    FROM users_messages a
    WHERE a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp" AND a.user_id = ANY ($4)
  )
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 25;
-- [[], 2024-11-01T00:00:00, 2024-12-01T00:00:00, [2]]

COMMIT;


-- ==== page 400

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
-- [["m", "u"], ["", "2"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 35 in all …, "u"], ["2", … 36 in all …, "2"], ["m", … 36 in all …, "m"], [2022-01-01, … 36 in all …, 2024-11-01]]

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
-- [["m", "u"], ["", "2"], 2024-04-01, 2024-05-01, 2024-04-01, 2024-05-01]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM users_messages
    WHERE user_id = wanted.name
      AND msg_timestamp >= wanted.first AND msg_timestamp < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 2, … 30 in all …, 30], [2, … 31 in all …, 2], [2024-04-01T00:00:00, … 31 in all …, 2024-04-30T00:00:00], [2024-04-02T00:00:00, … 31 in all …, 2024-05-01T00:00:00]]

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
      FROM users_messages a
      WHERE a.msg_id = m.id
        AND a.msg_timestamp = m."timestamp" AND a.user_id = ANY ($3)
    )
  ORDER BY m."timestamp" DESC, m.id DESC
  LIMIT 25 OFFSET $4
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
WHERE true AND m."timestamp" >= $6 AND m."timestamp" < $7;
-- [2024-04-04T00:00:00, 2024-04-06T00:00:00, [2], 36, [], 2024-04-04T00:00:00, 2024-04-06T00:00:00]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
    FROM users_messages a
    WHERE a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp" AND a.user_id = ANY ($5)
  )
ORDER BY m."timestamp" ASC, m.id ASC
LIMIT 1;
-- [[], 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, [2]]

SELECT (
  SELECT count(*) AS count
  FROM messages m
  WHERE true
    AND m."timestamp" >= $1 AND m."timestamp" < $2 AND (m."timestamp", m.id) < ($3, $4)
) - (
    SELECT count(*) AS count
    FROM users_messages d
    WHERE
      true
      AND d.user_id = $5
      AND d.msg_timestamp >= $6
      AND d.msg_timestamp < $7
      AND (d.msg_timestamp, d.msg_id) < ($8, $9)
  ) AS count;
-- [2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, … 9 in all …, 23000]

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
-- [["m", "u"], ["", "2"], 2023-02-01, 2023-02-01, 2023-02-11, 2023-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 13 in all …, "u"], ["2", … 14 in all …, "2"], ["m", … 14 in all …, "m"], [2022-01-01, … 14 in all …, 2023-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM users_messages
    WHERE user_id = wanted.name
      AND msg_timestamp >= wanted.first AND msg_timestamp < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 2, … 10 in all …, 10], [2, … 11 in all …, 2], [2023-02-01T00:00:00, … 11 in all …, 2023-02-10T00:00:00], [2023-02-02T00:00:00, … 11 in all …, 2023-02-11T00:00:00]]

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
      FROM users_messages d
      WHERE true
        AND d.user_id = $3 AND d.msg_timestamp >= part.first AND d.msg_timestamp < part.past
    ) AS count
) AS counted;
-- [[2023-02-11T00:00:00], [2023-02-11T07:30:00], 2]

COMMIT;

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
    FROM users_messages a
    WHERE a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp" AND a.user_id = ANY ($8)
  )
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 25;
-- [[], 2022-01-01T00:50:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, 2022-01-01T00:50:00, 2, [2]]

COMMIT;


-- ==== the count

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
-- [["m", "u"], ["", "2"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 35 in all …, "u"], ["2", … 36 in all …, "2"], ["m", … 36 in all …, "m"], [2022-01-01, … 36 in all …, 2024-11-01]]

COMMIT;


-- ==== a histogram of three bars

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

SELECT width_bucket(m."timestamp", $1) AS bucket, count(*) AS count
FROM messages m
WHERE
  true
  AND m."timestamp" >= $2
  AND m."timestamp" < $3
  AND NOT EXISTS (
    SELECT 1
    FROM users_messages a
    WHERE a.msg_id = m.id
      AND a.msg_timestamp = m."timestamp" AND a.user_id = ANY ($4)
  )
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], 2022-02-11T07:30:00, 2022-12-08T07:30:00, [2]]
