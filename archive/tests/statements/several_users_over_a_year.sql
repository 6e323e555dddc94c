-- several users over a year


-- ==== the first page

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2", "user3"]]

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
  WHERE span = 'd' AND start >= $3 AND start < $4
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
  WHERE span = 'm' AND start >= $5 AND start < $6
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
  WHERE span = 'd' AND start >= $7 AND start < $8
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
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted)) AND at >= $9 AND at < $10;
-- [["u", "u", "u"], ["2", "3", "4"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 33 in all …, "u"], ["2", … 34 in all …, "4"], ["m", … 34 in all …, "m"], [2023-03-01, … 34 in all …, 2024-01-01]]

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
-- [[1, 2, … 84 in all …, 84], [2, … 85 in all …, 4], [2023-02-11T00:00:00, … 85 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 85 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(DISTINCT msg_id + 0) AS count
  FROM users_messages
  WHERE user_id = ANY ($3) AND msg_timestamp >= part.first AND msg_timestamp < part.past
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], [2, 3, 4]]

WITH
page AS MATERIALIZED (
  SELECT DISTINCT newest.id, newest."timestamp"
  FROM
    unnest($1) AS driving (value)
    CROSS JOIN LATERAL (
      SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
      FROM users_messages d
      WHERE true
        AND d.user_id = driving.value AND d.msg_timestamp >= $2 AND d.msg_timestamp < $3
      ORDER BY d.msg_timestamp DESC, d.msg_id DESC
      LIMIT $4
    ) AS newest
  ORDER BY 2 DESC, 1 DESC
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
-- [[2, 3, 4], 2024-02-10T00:00:00, 2024-02-11T07:30:00.000001, 25, [], 2024-02-10T00:00:00, 2024-02-11T07:30:00.000001]

COMMIT;


-- ==== page 400

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2", "user3"]]

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
  WHERE span = 'd' AND start >= $3 AND start < $4
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
  WHERE span = 'm' AND start >= $5 AND start < $6
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
  WHERE span = 'd' AND start >= $7 AND start < $8
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
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted)) AND at >= $9 AND at < $10;
-- [["u", "u", "u"], ["2", "3", "4"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 33 in all …, "u"], ["2", … 34 in all …, "4"], ["m", … 34 in all …, "m"], [2023-03-01, … 34 in all …, 2024-01-01]]

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
-- [[1, 2, … 84 in all …, 84], [2, … 85 in all …, 4], [2023-02-11T00:00:00, … 85 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 85 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(DISTINCT msg_id + 0) AS count
  FROM users_messages
  WHERE user_id = ANY ($3) AND msg_timestamp >= part.first AND msg_timestamp < part.past
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], [2, 3, 4]]

WITH
page AS MATERIALIZED (
  SELECT DISTINCT newest.id, newest."timestamp"
  FROM
    unnest($1) AS driving (value)
    CROSS JOIN LATERAL (
      SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
      FROM users_messages d
      WHERE true
        AND d.user_id = driving.value AND d.msg_timestamp >= $2 AND d.msg_timestamp < $3
      ORDER BY d.msg_timestamp DESC, d.msg_id DESC
      LIMIT $4
    ) AS newest
  ORDER BY 2 DESC, 1 DESC
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
-- [[2, 3, 4], 2023-04-01T00:00:00, 2023-05-01T00:00:00, 104, 79, [], 2023-04-01T00:00:00, 2023-05-01T00:00:00]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2", "user3"]]

WITH
page AS MATERIALIZED (
  SELECT DISTINCT newest.id, newest."timestamp"
  FROM
    unnest($1) AS driving (value)
    CROSS JOIN LATERAL (
      SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
      FROM users_messages d
      WHERE
        true
        AND d.user_id = driving.value
        AND d.msg_timestamp >= $2
        AND d.msg_timestamp < $3
        AND (d.msg_timestamp, d.msg_id) < ($4, $5)
      ORDER BY d.msg_timestamp ASC, d.msg_id ASC
      LIMIT $6
    ) AS newest
  ORDER BY 2 ASC, 1 ASC
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
    WHEN m.id = ANY ($7) THEN NULL
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
WHERE true AND m."timestamp" >= $8 AND m."timestamp" < $9;
-- [[2, 3, 4], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, 1, [], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2", "user3"]]

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
  WHERE span = 'd' AND start >= $3 AND start < $4
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
  WHERE span = 'm' AND start >= $5 AND start < $6
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
  WHERE span = 'd' AND start >= $7 AND start < $8
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
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted)) AND at >= $9 AND at < $10;
-- [["u", "u", "u"], ["2", "3", "4"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 33 in all …, "u"], ["2", … 34 in all …, "4"], ["m", … 34 in all …, "m"], [2023-03-01, … 34 in all …, 2024-01-01]]

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
-- [[1, 2, … 84 in all …, 84], [2, … 85 in all …, 4], [2023-02-11T00:00:00, … 85 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 85 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(DISTINCT msg_id + 0) AS count
  FROM users_messages
  WHERE user_id = ANY ($3) AND msg_timestamp >= part.first AND msg_timestamp < part.past
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], [2, 3, 4]]

COMMIT;


-- ==== a histogram of three bars

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2", "user3"]]

SELECT width_bucket(d.msg_timestamp, $1) AS bucket, count(*) AS count
FROM (
  SELECT DISTINCT msg_id, msg_timestamp
  FROM users_messages
  WHERE user_id = ANY ($2)
    AND msg_timestamp >= $3 AND msg_timestamp < $4
) d
WHERE true AND d.msg_timestamp >= $5 AND d.msg_timestamp < $6
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], [2, 3, 4], 2022-02-11T07:30:00, 2022-12-08T07:30:00, 2022-02-11T07:30:00, 2022-12-08T07:30:00]
