-- several users


-- ==== the first page

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2"]]

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
  WHERE span = 'y'
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
-- [["u", "u"], ["2", "3"]]

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
  WHERE span = 'm' AND start >= $3 AND start < $4
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
-- [["u", "u"], ["2", "3"], 2022-01-01, 2025-01-01, 2022-01-01, 2025-01-01]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 70 in all …, "u"], ["2", … 71 in all …, "3"], ["m", … 71 in all …, "m"], [2022-01-01, … 71 in all …, 2024-11-01]]

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
-- [[59616, 59617, … 154 in all …, 59997], [2024-11-01T00:00:00, … 155 in all …, 2024-11-01T00:00:00], [2024-12-01T00:00:00, … 155 in all …, 2024-12-01T00:00:00]]

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
-- [[59997, 59996, … 25 in all …, 59937], [2024-11-07T14:45:00, … 26 in all …, 2024-11-06T13:45:00], [], 2024-11-01T00:00:00, 2024-12-01T00:00:00]

COMMIT;


-- ==== page 400

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2"]]

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
  WHERE span = 'y'
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
-- [["u", "u"], ["2", "3"]]

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
  WHERE span = 'm' AND start >= $3 AND start < $4
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
-- [["u", "u"], ["2", "3"], 2022-01-01, 2025-01-01, 2022-01-01, 2025-01-01]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 70 in all …, "u"], ["2", … 71 in all …, "3"], ["m", … 71 in all …, "m"], [2022-01-01, … 71 in all …, 2024-11-01]]

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
-- [["u", "u"], ["2", "3"], 2023-09-01, 2023-10-01, 2023-09-01, 2023-10-01]

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
-- [[1, 2, … 60 in all …, 60], [2, … 61 in all …, 3], [2023-09-01T00:00:00, … 61 in all …, 2023-09-30T00:00:00], [2023-09-02T00:00:00, … 61 in all …, 2023-10-01T00:00:00]]

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
-- [[35021, 35022, … 738 in all …, 35017], [2023-09-01T00:00:00, … 739 in all …, 2023-08-01T00:00:00], [2023-09-02T00:00:00, … 739 in all …, 2023-09-01T00:00:00]]

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
-- [[35061, 35057, … 25 in all …, 35001], [2023-09-01T16:45:00, … 26 in all …, 2023-08-31T15:45:00], [], 2023-08-01T00:00:00, 2023-09-02T00:00:00]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2"]]

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
        AND d.msg_timestamp < $2
        AND (d.msg_timestamp, d.msg_id) < ($3, $4)
      ORDER BY d.msg_timestamp ASC, d.msg_id ASC
      LIMIT $5
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
WHERE true AND m."timestamp" < $7;
-- [[2, 3], 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, 1, [], 2023-02-11T07:30:00.000001]

SELECT count(*) AS count
FROM (
  SELECT DISTINCT msg_id, msg_timestamp
  FROM users_messages
  WHERE user_id = ANY ($1)
    AND msg_timestamp >= $2 AND msg_timestamp < $3
) d
WHERE true AND d.msg_timestamp >= $4 AND d.msg_timestamp < $5 AND (d.msg_timestamp, d.msg_id) < ($6, $7);
-- [[2, 3], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000]

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
  WHERE span = 'y' AND start < $3
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
  WHERE span = 'm' AND start >= $4 AND start < $5
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
  WHERE span = 'd' AND start >= $6 AND start < $7
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
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted)) AND at < $8;
-- [["u", "u"], ["2", "3"], 2023-01-01, 2023-01-01, 2023-02-01, 2023-02-01, 2023-02-11, 2023-02-11]

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
  WHERE span = 'm' AND start >= $3 AND start < $4
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
-- [["u", "u"], ["2", "3"], 2022-01-01, 2023-01-01, 2022-01-01, 2023-01-01]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 26 in all …, "u"], ["2", … 27 in all …, "3"], ["m", … 27 in all …, "m"], [2022-01-01, … 27 in all …, 2023-01-01]]

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
-- [[1, 2, … 20 in all …, 20], [2, … 21 in all …, 3], [2023-02-01T00:00:00, … 21 in all …, 2023-02-10T00:00:00], [2023-02-02T00:00:00, … 21 in all …, 2023-02-11T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(DISTINCT msg_id + 0) AS count
  FROM users_messages
  WHERE user_id = ANY ($3) AND msg_timestamp >= part.first AND msg_timestamp < part.past
) AS counted;
-- [[2023-02-11T00:00:00], [2023-02-11T07:30:00], [2, 3]]

COMMIT;

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2"]]

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
        AND (d.msg_timestamp, d.msg_id) >= ($6, $7)
      ORDER BY d.msg_timestamp DESC, d.msg_id DESC
      LIMIT $8
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
-- [[2, 3], 2022-01-01T00:25:00, … 9 in all …, [], 2022-01-01T00:25:00, 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2"]]

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
  WHERE span = 'y'
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
-- [["u", "u"], ["2", "3"]]

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
  WHERE span = 'm' AND start >= $3 AND start < $4
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
-- [["u", "u"], ["2", "3"], 2022-01-01, 2025-01-01, 2022-01-01, 2025-01-01]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 70 in all …, "u"], ["2", … 71 in all …, "3"], ["m", … 71 in all …, "m"], [2022-01-01, … 71 in all …, 2024-11-01]]

COMMIT;


-- ==== a histogram of three bars

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1", "user2"]]

SELECT width_bucket(d.msg_timestamp, $1) AS bucket, count(*) AS count
FROM (
  SELECT DISTINCT msg_id, msg_timestamp
  FROM users_messages
  WHERE user_id = ANY ($2)
    AND msg_timestamp >= $3 AND msg_timestamp < $4
) d
WHERE true AND d.msg_timestamp >= $5 AND d.msg_timestamp < $6
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], [2, 3], 2022-02-11T07:30:00, 2022-12-08T07:30:00, 2022-02-11T07:30:00, 2022-12-08T07:30:00]
