-- a user, for whom something is hidden


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
-- [["u", "c", "t"], ["2", "category2", "topic0"]]

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
-- [["u", "c", "t"], ["2", "category2", "topic0"], 2022-01-01, 2025-01-01, 2022-01-01, 2025-01-01]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 105 in all …, "t"], ["2", … 106 in all …, "topic0"], ["m", … 106 in all …, "m"], [2022-01-01, … 106 in all …, 2024-11-01]]

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
-- [[59626, 59631, … 38 in all …, 59991], [2024-11-01T00:00:00, … 39 in all …, 2024-11-01T00:00:00], [2024-12-01T00:00:00, … 39 in all …, 2024-12-01T00:00:00]]

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
-- [[59991, 59986, … 25 in all …, 59751], [2024-11-07T12:15:00, … 26 in all …, 2024-11-03T08:15:00], [], 2024-11-01T00:00:00, 2024-12-01T00:00:00]

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
-- [["u", "c", "t"], ["2", "category2", "topic0"]]

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
-- [["u", "c", "t"], ["2", "category2", "topic0"], 2022-01-01, 2025-01-01, 2022-01-01, 2025-01-01]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 105 in all …, "t"], ["2", … 106 in all …, "topic0"], ["m", … 106 in all …, "m"], [2022-01-01, … 106 in all …, 2024-11-01]]

COMMIT;


-- ==== a histogram of four bars

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["user1"]]

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

WITH
wanted AS (SELECT * FROM unnest($1, $2) AS wanted (kind, name)),
counted AS (
  SELECT found.*
  FROM
    unnest($3, $4) AS run (first, past)
    CROSS JOIN wanted
    CROSS JOIN LATERAL (
      SELECT
        kind,
        name,
        span,
        counters.start,
        count,
        counters.xmin::text AS version,
        ids IS NOT NULL AS has_ids
      FROM counters
      WHERE
        counters.kind = wanted.kind
        AND counters.name = wanted.name
        AND span = 'd'
        AND counters.start >= run.first::date
        AND counters.start < run.past::date OFFSET 0
    ) AS found
  UNION ALL
  SELECT found.*
  FROM
    unnest($5, $6) AS run (first, past)
    CROSS JOIN wanted
    CROSS JOIN LATERAL (
      SELECT
        kind,
        name,
        span,
        counters.start,
        count,
        counters.xmin::text AS version,
        ids IS NOT NULL AS has_ids
      FROM counters
      WHERE
        counters.kind = wanted.kind
        AND counters.name = wanted.name
        AND span = 'm'
        AND counters.start >= run.first::date
        AND counters.start < run.past::date OFFSET 0
    ) AS found
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
WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted)) AND at >= $7 AND at < $8;
-- [["u", "c", "t"], ["2", "category2", "topic0"], [2022-02-11T00:00:00, 2022-05-01T00:00:00, 2022-08-01T00:00:00, 2022-12-01T00:00:00, 2023-03-01T00:00:00], [2022-03-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2023-01-01T00:00:00, 2023-03-18T00:00:00], [2022-03-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2023-01-01T00:00:00], [2022-05-01T00:00:00, 2022-08-01T00:00:00, 2022-12-01T00:00:00, 2023-03-01T00:00:00], 2022-02-11, 2023-03-18]

SELECT wanted.number, counters.ids
FROM unnest($1, $2, $3, $4)
WITH
ORDINALITY AS wanted (kind, name, span, start, number) JOIN counters USING (kind, name, span, start);
-- [["u", "u", … 155 in all …, "t"], ["2", … 156 in all …, "topic0"], ["m", … 156 in all …, "m"], [2022-03-01, … 156 in all …, 2023-02-01]]

SELECT wanted.number, there.ids
FROM
  unnest($1, $2, $3, $4) AS wanted (number, name, first, past)
  CROSS JOIN LATERAL (
    SELECT array_agg(msg_id) AS ids
    FROM users_messages
    WHERE user_id = wanted.name
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
-- [[1, 3, … 128 in all …, 255], [2, … 129 in all …, 2], [2022-02-11T00:00:00, … 129 in all …, 2023-03-17T00:00:00], [2022-02-12T00:00:00, … 129 in all …, 2023-03-18T00:00:00], [2, … 129 in all …, 256], ["topic0", … 129 in all …, "topic0"], [2022-02-11T00:00:00, … 129 in all …, 2023-03-17T00:00:00], [2022-02-12T00:00:00, … 129 in all …, 2023-03-18T00:00:00]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM
    users_messages d
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
    AND d.user_id = $3
    AND d.msg_timestamp >= part.first
    AND d.msg_timestamp < part.past
    AND (m.topic <> ALL ($4))
    AND (m.category <> ALL ($5))
) AS counted;
-- [[2022-02-11T00:00:00, 2022-05-22T00:00:00, 2022-08-30T00:00:00, 2022-12-08T00:00:00, 2023-03-18T00:00:00], [2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00, 2023-03-18T07:30:00], 2, ["topic0"], ["category2"]]

COMMIT;
