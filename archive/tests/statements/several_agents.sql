-- several agents


-- ==== the first page

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
-- [["a", "a"], ["user1", "user2"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["a", "a", … 22 in all …, "a"], ["user1", … 23 in all …, "user2"], ["m", … 23 in all …, "m"], [2023-03-01, … 23 in all …, 2024-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(id) AS ids
    FROM messages
    WHERE agent_name = wanted.name
      AND "timestamp" >= wanted.first AND "timestamp" < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 2, … 56 in all …, 56], ["user1", … 57 in all …, "user2"], [2023-02-11T00:00:00, … 57 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 57 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.agent_name = ANY ($3)
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], ["user1", "user2"]]

WITH
page AS MATERIALIZED (
  SELECT DISTINCT newest.id, newest."timestamp"
  FROM
    unnest($1) AS driving (value)
    CROSS JOIN LATERAL (
      SELECT m.id AS id, m."timestamp" AS "timestamp"
      FROM messages m
      WHERE true
        AND m."timestamp" >= $2 AND m."timestamp" < $3 AND m.agent_name = driving.value
      ORDER BY m."timestamp" DESC, m.id DESC
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
-- [["user1", "user2"], 2024-02-09T00:00:00, 2024-02-11T07:30:00.000001, 25, [], 2024-02-09T00:00:00, 2024-02-11T07:30:00.000001]

COMMIT;


-- ==== page 400

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
-- [["a", "a"], ["user1", "user2"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["a", "a", … 22 in all …, "a"], ["user1", … 23 in all …, "user2"], ["m", … 23 in all …, "m"], [2023-03-01, … 23 in all …, 2024-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(id) AS ids
    FROM messages
    WHERE agent_name = wanted.name
      AND "timestamp" >= wanted.first AND "timestamp" < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 2, … 56 in all …, 56], ["user1", … 57 in all …, "user2"], [2023-02-11T00:00:00, … 57 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 57 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.agent_name = ANY ($3)
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], ["user1", "user2"]]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

WITH
page AS MATERIALIZED (
  SELECT DISTINCT newest.id, newest."timestamp"
  FROM
    unnest($1) AS driving (value)
    CROSS JOIN LATERAL (
      SELECT m.id AS id, m."timestamp" AS "timestamp"
      FROM messages m
      WHERE
        true
        AND m."timestamp" >= $2
        AND m."timestamp" < $3
        AND (m."timestamp", m.id) < ($4, $5)
        AND m.agent_name = driving.value
      ORDER BY m."timestamp" ASC, m.id ASC
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
-- [["user1", "user2"], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, 1, [], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

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
-- [["a", "a"], ["user1", "user2"], 2023-02-11, … 9 in all …, 2024-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["a", "a", … 22 in all …, "a"], ["user1", … 23 in all …, "user2"], ["m", … 23 in all …, "m"], [2023-03-01, … 23 in all …, 2024-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(id) AS ids
    FROM messages
    WHERE agent_name = wanted.name
      AND "timestamp" >= wanted.first AND "timestamp" < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[1, 2, … 56 in all …, 56], ["user1", … 57 in all …, "user2"], [2023-02-11T00:00:00, … 57 in all …, 2024-02-10T00:00:00], [2023-02-12T00:00:00, … 57 in all …, 2024-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.agent_name = ANY ($3)
) AS counted;
-- [[2023-02-11T00:00:00, 2024-02-11T00:00:00], [2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], ["user1", "user2"]]

COMMIT;


-- ==== a histogram of three bars

SELECT width_bucket(m."timestamp", $1) AS bucket, count(*) AS count
FROM messages m
WHERE true AND m."timestamp" >= $2 AND m."timestamp" < $3 AND m.agent_name = ANY ($4)
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], 2022-02-11T07:30:00, 2022-12-08T07:30:00, ["user1", "user2"]]
