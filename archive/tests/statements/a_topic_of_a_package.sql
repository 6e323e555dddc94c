-- a topic of a package


-- ==== the first page

SELECT 0, id
FROM packages
WHERE name = ANY ($1);
-- [["package2"]]

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
-- [["p", "t"], ["3", "topic1"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["p", "p", … 22 in all …, "t"], ["3", … 23 in all …, "topic1"], ["m", … 23 in all …, "m"], [2023-03-01, … 23 in all …, 2024-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM packages_messages
    WHERE package_id = wanted.name
      AND msg_timestamp >= wanted.first AND msg_timestamp < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL
UNION ALL
SELECT wanted.number, there.ids
FROM
  unnest($5, $6, $7, $8) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(id) AS ids
    FROM messages
    WHERE topic = wanted.name
      AND "timestamp" >= wanted.first AND "timestamp" < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 3, … 28 in all …, 55], [3, … 29 in all …, 3], [2023-02-11T00:00:00, … 29 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 29 in all …, 2024-02-11T00:00:00], [2, … 29 in all …, 56], ["topic1", … 29 in all …, "topic1"], [2023-02-11T00:00:00, … 29 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 29 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM
    packages_messages d
    CROSS JOIN LATERAL (
      SELECT *
      FROM messages
      WHERE
        id = d.msg_id
        AND "timestamp" = d.msg_timestamp
        AND "timestamp" >= part.first
        AND "timestamp" < part.past OFFSET 0
    ) m
  WHERE
    true
    AND d.package_id = $3
    AND d.msg_timestamp >= part.first
    AND d.msg_timestamp < part.past
    AND m.topic = $4
) AS counted;
-- [[2024-02-11T00:00:00], [2024-02-11T07:30:00.000001], 3, "topic1"]

COMMIT;


-- ==== page 400

SELECT 0, id
FROM packages
WHERE name = ANY ($1);
-- [["package2"]]

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
-- [["p", "t"], ["3", "topic1"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["p", "p", … 22 in all …, "t"], ["3", … 23 in all …, "topic1"], ["m", … 23 in all …, "m"], [2023-03-01, … 23 in all …, 2024-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM packages_messages
    WHERE package_id = wanted.name
      AND msg_timestamp >= wanted.first AND msg_timestamp < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL
UNION ALL
SELECT wanted.number, there.ids
FROM
  unnest($5, $6, $7, $8) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(id) AS ids
    FROM messages
    WHERE topic = wanted.name
      AND "timestamp" >= wanted.first AND "timestamp" < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 3, … 28 in all …, 55], [3, … 29 in all …, 3], [2023-02-11T00:00:00, … 29 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 29 in all …, 2024-02-11T00:00:00], [2, … 29 in all …, 56], ["topic1", … 29 in all …, "topic1"], [2023-02-11T00:00:00, … 29 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 29 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM
    packages_messages d
    CROSS JOIN LATERAL (
      SELECT *
      FROM messages
      WHERE
        id = d.msg_id
        AND "timestamp" = d.msg_timestamp
        AND "timestamp" >= part.first
        AND "timestamp" < part.past OFFSET 0
    ) m
  WHERE
    true
    AND d.package_id = $3
    AND d.msg_timestamp >= part.first
    AND d.msg_timestamp < part.past
    AND m.topic = $4
) AS counted;
-- [[2024-02-11T00:00:00], [2024-02-11T07:30:00.000001], 3, "topic1"]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM packages
WHERE name = ANY ($1);
-- [["package2"]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM
    packages_messages d
    CROSS JOIN LATERAL (
      SELECT *
      FROM messages
      WHERE id = d.msg_id
        AND "timestamp" = d.msg_timestamp AND "timestamp" >= $1 AND "timestamp" < $2 OFFSET 0
    ) m
  WHERE
    true
    AND d.package_id = $3
    AND d.msg_timestamp >= $4
    AND d.msg_timestamp < $5
    AND (d.msg_timestamp, d.msg_id) < ($6, $7)
    AND m.topic = $8
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
    WHEN m.id = ANY ($9) THEN NULL
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
WHERE true AND m."timestamp" >= $10 AND m."timestamp" < $11;
-- [2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, … 9 in all …, [], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

SELECT 0, id
FROM packages
WHERE name = ANY ($1);
-- [["package2"]]

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
-- [["p", "t"], ["3", "topic1"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["p", "p", … 22 in all …, "t"], ["3", … 23 in all …, "topic1"], ["m", … 23 in all …, "m"], [2023-03-01, … 23 in all …, 2024-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM packages_messages
    WHERE package_id = wanted.name
      AND msg_timestamp >= wanted.first AND msg_timestamp < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL
UNION ALL
SELECT wanted.number, there.ids
FROM
  unnest($5, $6, $7, $8) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(id) AS ids
    FROM messages
    WHERE topic = wanted.name
      AND "timestamp" >= wanted.first AND "timestamp" < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 3, … 28 in all …, 55], [3, … 29 in all …, 3], [2023-02-11T00:00:00, … 29 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 29 in all …, 2024-02-11T00:00:00], [2, … 29 in all …, 56], ["topic1", … 29 in all …, "topic1"], [2023-02-11T00:00:00, … 29 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 29 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM
    packages_messages d
    CROSS JOIN LATERAL (
      SELECT *
      FROM messages
      WHERE
        id = d.msg_id
        AND "timestamp" = d.msg_timestamp
        AND "timestamp" >= part.first
        AND "timestamp" < part.past OFFSET 0
    ) m
  WHERE
    true
    AND d.package_id = $3
    AND d.msg_timestamp >= part.first
    AND d.msg_timestamp < part.past
    AND m.topic = $4
) AS counted;
-- [[2024-02-11T00:00:00], [2024-02-11T07:30:00.000001], 3, "topic1"]

COMMIT;


-- ==== a histogram of three bars

SELECT 0, id
FROM packages
WHERE name = ANY ($1);
-- [["package2"]]

SELECT width_bucket(d.msg_timestamp, $1) AS bucket, count(*) AS count
FROM
  packages_messages d
  CROSS JOIN LATERAL (
    SELECT *
    FROM messages
    WHERE id = d.msg_id
      AND "timestamp" = d.msg_timestamp AND "timestamp" >= $2 AND "timestamp" < $3 OFFSET 0
  ) m
WHERE true AND d.package_id = $4 AND d.msg_timestamp >= $5 AND d.msg_timestamp < $6 AND m.topic = $7
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], 2022-02-11T07:30:00, 2022-12-08T07:30:00, 3, 2022-02-11T07:30:00, 2022-12-08T07:30:00, "topic1"]
