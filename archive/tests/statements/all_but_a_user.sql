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
SELECT kind, name, '', at::date, change, NULL, false
FROM wanted JOIN counter_changes USING (kind, name)
WHERE true;
-- [["m", "u"], ["", "2"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start)
WHERE counters.ids IS NOT NULL;
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
  CASE WHEN m.id = ANY ($1) THEN NULL ELSE ARRAY[m.msg, m.headers::text] END,
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
SELECT kind, name, '', at::date, change, NULL, false
FROM wanted JOIN counter_changes USING (kind, name)
WHERE true;
-- [["m", "u"], ["", "2"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start)
WHERE counters.ids IS NOT NULL;
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
SELECT kind, name, '', at::date, change, NULL, false
FROM wanted JOIN counter_changes USING (kind, name)
WHERE true AND at >= $5 AND at < $6;
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
  CASE WHEN m.id = ANY ($5) THEN NULL ELSE ARRAY[m.msg, m.headers::text] END,
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
SELECT kind, name, '', at::date, change, NULL, false
FROM wanted JOIN counter_changes USING (kind, name)
WHERE true;
-- [["m", "u"], ["", "2"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start)
WHERE counters.ids IS NOT NULL;
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
