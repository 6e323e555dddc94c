-- a component or a build and a user


-- ==== the first page

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
-- [["u", "s", "s"], ["2", "4670722317478719536", "any"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 70 in all …, "s"], ["2", … 71 in all …, "4670722317478719536"], ["m", … 71 in all …, "m"], [2022-01-01, … 71 in all …, 2024-11-01]]

SELECT m.id, m."timestamp"
FROM
  unnest($1, $2, $3) AS wanted (id, first, past)
  CROSS JOIN LATERAL (
    SELECT id, "timestamp"
    FROM messages
    WHERE
      messages.id = wanted.id
      AND "timestamp" >= coalesce(wanted.first, '-infinity')
      AND "timestamp" < coalesce(wanted.past, 'infinity') OFFSET 0
  ) AS m;
-- [[59656, 59726, … 31 in all …, 59586], [2024-11-01T00:00:00, … 32 in all …, 2024-10-01T00:00:00], [2024-12-01T00:00:00, … 32 in all …, 2024-11-01T00:00:00]]

WITH page AS MATERIALIZED (SELECT * FROM unnest($1, $2) AS key (id, "timestamp"))
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
    WHEN m.id = ANY ($3) THEN NULL
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
WHERE true AND m."timestamp" >= $4 AND m."timestamp" < $5;
-- [[59936, 59866, … 25 in all …, 58256], [2024-11-06T13:20:00, … 26 in all …, 2024-10-08T09:20:00], [], 2024-10-01T00:00:00, 2024-12-01T00:00:00]

COMMIT;


-- ==== page 400

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
-- [["u", "s", "s"], ["2", "4670722317478719536", "any"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 70 in all …, "s"], ["2", … 71 in all …, "4670722317478719536"], ["m", … 71 in all …, "m"], [2022-01-01, … 71 in all …, 2024-11-01]]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM (
    SELECT msg_id, msg_timestamp
    FROM message_subjects
    WHERE component = ANY ($1)
      AND msg_timestamp < $2
    UNION
    SELECT msg_id, msg_timestamp
    FROM unnest($3, $4) AS known (msg_id, msg_timestamp)
  ) d
  WHERE
    true
    AND d.msg_timestamp < $5
    AND (d.msg_timestamp, d.msg_id) < ($6, $7)
    AND EXISTS (
      SELECT 1
      FROM users_messages a
      WHERE a.msg_id = d.msg_id
        AND a.msg_timestamp = d.msg_timestamp AND a.user_id = ANY ($8)
    )
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
WHERE true AND m."timestamp" < $10;
-- [[4670722317478719536], 2023-02-11T07:30:00.000001, … 12 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, [2], [], 2023-02-11T07:30:00.000001]

SELECT count(*) AS count
FROM (
  SELECT msg_id, msg_timestamp
  FROM message_subjects
  WHERE component = ANY ($1)
    AND msg_timestamp >= $2 AND msg_timestamp < $3
  UNION
  SELECT msg_id, msg_timestamp
  FROM unnest($4, $5) AS known (msg_id, msg_timestamp)
) d
WHERE
  true
  AND d.msg_timestamp >= $6
  AND d.msg_timestamp < $7
  AND (d.msg_timestamp, d.msg_id) < ($8, $9)
  AND EXISTS (
    SELECT 1
    FROM users_messages a
    WHERE a.msg_id = d.msg_id
      AND a.msg_timestamp = d.msg_timestamp AND a.user_id = ANY ($10)
  );
-- [[4670722317478719536], 2023-02-11T07:30:00, … 13 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, [2]]

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
-- [["u", "s", "s"], ["2", "4670722317478719536", "any"], 2023-02-01, 2023-02-01, 2023-02-11, 2023-02-11]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 26 in all …, "s"], ["2", … 27 in all …, "4670722317478719536"], ["m", … 27 in all …, "m"], [2022-01-01, … 27 in all …, 2023-01-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM message_subjects
    WHERE component = wanted.name
      AND msg_timestamp >= wanted.first AND msg_timestamp < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL
UNION ALL
SELECT wanted.number, there.ids
FROM
  unnest($5, $6, $7, $8) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM users_messages
    WHERE user_id = wanted.name
      AND msg_timestamp >= wanted.first AND msg_timestamp < wanted.past
  ) AS there
WHERE there.ids IS NOT NULL;
-- [[2, 4, … 10 in all …, 20], [4670722317478719536, … 11 in all …, 4670722317478719536], [2023-02-01T00:00:00, … 11 in all …, 2023-02-10T00:00:00], [2023-02-02T00:00:00, … 11 in all …, 2023-02-11T00:00:00], [1, … 11 in all …, 19], [2, … 11 in all …, 2], [2023-02-01T00:00:00, … 11 in all …, 2023-02-10T00:00:00], [2023-02-02T00:00:00, … 11 in all …, 2023-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM (
    SELECT msg_id, msg_timestamp
    FROM message_subjects
    WHERE component = ANY ($3)
      AND msg_timestamp >= part.first AND msg_timestamp < part.past
    UNION
    SELECT msg_id, msg_timestamp
    FROM unnest($4, $5) AS known (msg_id, msg_timestamp)
  ) d
  WHERE
    true
    AND d.msg_timestamp >= part.first
    AND d.msg_timestamp < part.past
    AND EXISTS (
      SELECT 1
      FROM users_messages a
      WHERE a.msg_id = d.msg_id
        AND a.msg_timestamp = d.msg_timestamp AND a.user_id = ANY ($6)
    )
) AS counted;
-- [[2023-02-11T00:00:00], [2023-02-11T07:30:00], [4670722317478719536], [30000, … 11 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], [2]]

COMMIT;

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM (
    SELECT msg_id, msg_timestamp
    FROM message_subjects
    WHERE component = ANY ($1)
      AND msg_timestamp >= $2 AND msg_timestamp < $3
    UNION
    SELECT msg_id, msg_timestamp
    FROM unnest($4, $5) AS known (msg_id, msg_timestamp)
  ) d
  WHERE
    true
    AND d.msg_timestamp >= $6
    AND d.msg_timestamp < $7
    AND (d.msg_timestamp, d.msg_id) < ($8, $9)
    AND (d.msg_timestamp, d.msg_id) >= ($10, $11)
    AND EXISTS (
      SELECT 1
      FROM users_messages a
      WHERE a.msg_id = d.msg_id
        AND a.msg_timestamp = d.msg_timestamp AND a.user_id = ANY ($12)
    )
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
    WHEN m.id = ANY ($13) THEN NULL
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
WHERE true AND m."timestamp" >= $14 AND m."timestamp" < $15;
-- [[4670722317478719536], 2022-01-01T06:40:00, … 13 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], 2022-01-01T06:40:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, 2022-01-01T06:40:00, 16, [2], [], 2022-01-01T06:40:00, 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

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
-- [["u", "s", "s"], ["2", "4670722317478719536", "any"]]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 70 in all …, "s"], ["2", … 71 in all …, "4670722317478719536"], ["m", … 71 in all …, "m"], [2022-01-01, … 71 in all …, 2024-11-01]]

COMMIT;


-- ==== a histogram of three bars

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

SELECT width_bucket(d.msg_timestamp, $1) AS bucket, count(*) AS count
FROM (
  SELECT msg_id, msg_timestamp
  FROM message_subjects
  WHERE component = ANY ($2)
    AND msg_timestamp >= $3 AND msg_timestamp < $4
  UNION
  SELECT msg_id, msg_timestamp
  FROM unnest($5, $6) AS known (msg_id, msg_timestamp)
) d
WHERE
  true
  AND d.msg_timestamp >= $7
  AND d.msg_timestamp < $8
  AND EXISTS (
    SELECT 1
    FROM users_messages a
    WHERE a.msg_id = d.msg_id
      AND a.msg_timestamp = d.msg_timestamp AND a.user_id = ANY ($9)
  )
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], [4670722317478719536], 2022-02-11T07:30:00, … 13 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], 2022-02-11T07:30:00, 2022-12-08T07:30:00, [2]]
