-- all but a category


-- ==== the first page

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
  ),
  (
    SELECT coalesce(sum(count), 0)::bigint
    FROM (
      SELECT part.number, bucket.start::timestamp, bucket.count
      FROM
        unnest($2, $3, $4, $5) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT start, count
          FROM counters
          WHERE
            span = part.span
            AND start >= coalesce(part.first, '-infinity')
            AND start < coalesce(part.past, 'infinity')
            AND kind = 'm'
            AND name = ANY ($6) OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT part.number, hour.start, hour.count
      FROM
        unnest($7, $8, $9, $10) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT start, hours
          FROM counters
          WHERE
            span = 'd'
            AND start >= part.first::date
            AND start < part.past
            AND kind = 'm'
            AND name = ANY ($11) OFFSET 0
        ) AS day
        CROSS JOIN LATERAL (
          SELECT day.start + (number - 1) * interval '1 hour', count
          FROM unnest(day.hours)
          WITH ORDINALITY AS hours (count, number)
        ) AS hour (start, count)
      WHERE hour.start >= part.first
        AND hour.start < part.past
      UNION ALL
      SELECT $12, at, change
      FROM counter_notes
      WHERE true
        AND at >= $13 AND at < $14 AND kind = 'm' AND name = ANY ($15)
      UNION ALL
      SELECT part.number, bucket.start::timestamp, - bucket.count
      FROM
        unnest($16, $17, $18, $19) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT start, count
          FROM counters
          WHERE
            span = part.span
            AND start >= coalesce(part.first, '-infinity')
            AND start < coalesce(part.past, 'infinity')
            AND kind = 'c'
            AND name = ANY ($20) OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT part.number, hour.start, - hour.count
      FROM
        unnest($21, $22, $23, $24) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT start, hours
          FROM counters
          WHERE
            span = 'd'
            AND start >= part.first::date
            AND start < part.past
            AND kind = 'c'
            AND name = ANY ($25) OFFSET 0
        ) AS day
        CROSS JOIN LATERAL (
          SELECT day.start + (number - 1) * interval '1 hour', count
          FROM unnest(day.hours)
          WITH ORDINALITY AS hours (count, number)
        ) AS hour (start, count)
      WHERE hour.start >= part.first
        AND hour.start < part.past
      UNION ALL
      SELECT $26, at, - change
      FROM counter_notes
      WHERE true
        AND at >= $27 AND at < $28 AND kind = 'c' AND name = ANY ($29)
      UNION ALL
      SELECT 0, NULL, count
      FROM (
        SELECT (
          SELECT count(*) AS count
          FROM messages m
          WHERE true
            AND m."timestamp" >= $30 AND m."timestamp" < $31
        ) - (
            SELECT count(*) AS count
            FROM messages m
            WHERE true
              AND m."timestamp" >= $32 AND m."timestamp" < $33 AND m.category = $34
          ) AS count
      ) AS remainder
      UNION ALL
      SELECT 0, NULL, - count
      FROM (
        SELECT (
          SELECT count(*) AS count
          FROM messages m
          WHERE true
            AND m."timestamp" >= $35 AND m."timestamp" < $36
        ) - (
            SELECT count(*) AS count
            FROM messages m
            WHERE true
              AND m."timestamp" >= $37 AND m."timestamp" < $38 AND m.category = $39
          ) AS count
      ) AS remainder
    ) AS parts (number, start, count)
  )
FROM messages m
WHERE true AND m."timestamp" >= $40 AND m."timestamp" < $41 AND (m.category <> ALL ($42))
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 25;
-- [[], [0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], [""], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], [""], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, [""], [0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["category1"], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], ["category1"], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, ["category1"], 2023-02-11T07:30:00, … 14 in all …, ["category1"]]


-- ==== page 400

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT part.number, bucket.start::timestamp, bucket.count, bucket.version
FROM
  unnest($1, $2, $3, $4) AS part (number, span, first, past)
  CROSS JOIN LATERAL (
    SELECT start, count, counters.xmin::text AS version
    FROM counters
    WHERE
      span = part.span
      AND start >= coalesce(part.first, '-infinity')
      AND start < coalesce(part.past, 'infinity')
      AND kind = 'm'
      AND name = ANY ($5) OFFSET 0
  ) AS bucket
UNION ALL
SELECT part.number, hour.start, hour.count, NULL
FROM
  unnest($6, $7, $8, $9) AS part (number, span, first, past)
  CROSS JOIN LATERAL (
    SELECT start, hours
    FROM counters
    WHERE
      span = 'd'
      AND start >= part.first::date
      AND start < part.past
      AND kind = 'm'
      AND name = ANY ($10) OFFSET 0
  ) AS day
  CROSS JOIN LATERAL (
    SELECT day.start + (number - 1) * interval '1 hour', count
    FROM unnest(day.hours)
    WITH ORDINALITY AS hours (count, number)
  ) AS hour (start, count)
WHERE hour.start >= part.first AND hour.start < part.past
UNION ALL
SELECT $11, at, change, '+' || xact
FROM counter_notes
WHERE true AND at >= $12 AND at < $13 AND kind = 'm' AND name = ANY ($14)
UNION ALL
SELECT part.number, bucket.start::timestamp, - bucket.count, bucket.version
FROM
  unnest($15, $16, $17, $18) AS part (number, span, first, past)
  CROSS JOIN LATERAL (
    SELECT start, count, counters.xmin::text AS version
    FROM counters
    WHERE
      span = part.span
      AND start >= coalesce(part.first, '-infinity')
      AND start < coalesce(part.past, 'infinity')
      AND kind = 'c'
      AND name = ANY ($19) OFFSET 0
  ) AS bucket
UNION ALL
SELECT part.number, hour.start, - hour.count, NULL
FROM
  unnest($20, $21, $22, $23) AS part (number, span, first, past)
  CROSS JOIN LATERAL (
    SELECT start, hours
    FROM counters
    WHERE
      span = 'd'
      AND start >= part.first::date
      AND start < part.past
      AND kind = 'c'
      AND name = ANY ($24) OFFSET 0
  ) AS day
  CROSS JOIN LATERAL (
    SELECT day.start + (number - 1) * interval '1 hour', count
    FROM unnest(day.hours)
    WITH ORDINALITY AS hours (count, number)
  ) AS hour (start, count)
WHERE hour.start >= part.first AND hour.start < part.past
UNION ALL
SELECT $25, at, - change, '+' || xact
FROM counter_notes
WHERE true AND at >= $26 AND at < $27 AND kind = 'c' AND name = ANY ($28);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], [""], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], [""], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, [""], [0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["category1"], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], ["category1"], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, ["category1"]]

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
      FROM messages m
      WHERE true
        AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.category = $3
    ) AS count
) AS counted;
-- [[2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], [2023-02-11T08:00:00, 2024-02-11T08:00:00], "category1"]

WITH
page AS MATERIALIZED (
  SELECT m.id AS id, m."timestamp" AS "timestamp"
  FROM messages m
  WHERE true AND m."timestamp" >= $1 AND m."timestamp" < $2 AND (m.category <> ALL ($3))
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
-- [2023-05-01T00:00:00, 2023-06-01T00:00:00, ["category1"], 171, [], 2023-05-01T00:00:00, 2023-06-01T00:00:00]

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
  AND (m.category <> ALL ($6))
ORDER BY m."timestamp" ASC, m.id ASC
LIMIT 1;
-- [[], 2023-02-11T07:30:00, 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, ["category1"]]

COMMIT;


-- ==== the count

SELECT coalesce(sum(count), 0)::bigint
FROM (
  SELECT part.number, bucket.start::timestamp, bucket.count
  FROM
    unnest($1, $2, $3, $4) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, count
      FROM counters
      WHERE
        span = part.span
        AND start >= coalesce(part.first, '-infinity')
        AND start < coalesce(part.past, 'infinity')
        AND kind = 'm'
        AND name = ANY ($5) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, hour.start, hour.count
  FROM
    unnest($6, $7, $8, $9) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, hours
      FROM counters
      WHERE
        span = 'd'
        AND start >= part.first::date
        AND start < part.past
        AND kind = 'm'
        AND name = ANY ($10) OFFSET 0
    ) AS day
    CROSS JOIN LATERAL (
      SELECT day.start + (number - 1) * interval '1 hour', count
      FROM unnest(day.hours)
      WITH ORDINALITY AS hours (count, number)
    ) AS hour (start, count)
  WHERE hour.start >= part.first
    AND hour.start < part.past
  UNION ALL
  SELECT $11, at, change
  FROM counter_notes
  WHERE true
    AND at >= $12 AND at < $13 AND kind = 'm' AND name = ANY ($14)
  UNION ALL
  SELECT part.number, bucket.start::timestamp, - bucket.count
  FROM
    unnest($15, $16, $17, $18) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, count
      FROM counters
      WHERE
        span = part.span
        AND start >= coalesce(part.first, '-infinity')
        AND start < coalesce(part.past, 'infinity')
        AND kind = 'c'
        AND name = ANY ($19) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, hour.start, - hour.count
  FROM
    unnest($20, $21, $22, $23) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, hours
      FROM counters
      WHERE
        span = 'd'
        AND start >= part.first::date
        AND start < part.past
        AND kind = 'c'
        AND name = ANY ($24) OFFSET 0
    ) AS day
    CROSS JOIN LATERAL (
      SELECT day.start + (number - 1) * interval '1 hour', count
      FROM unnest(day.hours)
      WITH ORDINALITY AS hours (count, number)
    ) AS hour (start, count)
  WHERE hour.start >= part.first
    AND hour.start < part.past
  UNION ALL
  SELECT $25, at, - change
  FROM counter_notes
  WHERE true
    AND at >= $26 AND at < $27 AND kind = 'c' AND name = ANY ($28)
  UNION ALL
  SELECT 0, NULL, count
  FROM (
    SELECT (
      SELECT count(*) AS count
      FROM messages m
      WHERE true
        AND m."timestamp" >= $29 AND m."timestamp" < $30
    ) - (
        SELECT count(*) AS count
        FROM messages m
        WHERE true
          AND m."timestamp" >= $31 AND m."timestamp" < $32 AND m.category = $33
      ) AS count
  ) AS remainder
  UNION ALL
  SELECT 0, NULL, - count
  FROM (
    SELECT (
      SELECT count(*) AS count
      FROM messages m
      WHERE true
        AND m."timestamp" >= $34 AND m."timestamp" < $35
    ) - (
        SELECT count(*) AS count
        FROM messages m
        WHERE true
          AND m."timestamp" >= $36 AND m."timestamp" < $37 AND m.category = $38
      ) AS count
  ) AS remainder
) AS parts (number, start, count);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], [""], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], [""], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, [""], [0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["category1"], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], ["category1"], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, ["category1"], 2023-02-11T07:30:00, … 11 in all …, "category1"]


-- ==== a histogram of three bars

SELECT number, sum(count)::bigint
FROM (
  SELECT part.number, bucket.start::timestamp, bucket.count
  FROM
    unnest($1, $2, $3, $4) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, count
      FROM counters
      WHERE
        span = part.span
        AND start >= coalesce(part.first, '-infinity')
        AND start < coalesce(part.past, 'infinity')
        AND kind = 'm'
        AND name = ANY ($5) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, hour.start, hour.count
  FROM
    unnest($6, $7, $8, $9) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, hours
      FROM counters
      WHERE
        span = 'd'
        AND start >= part.first::date
        AND start < part.past
        AND kind = 'm'
        AND name = ANY ($10) OFFSET 0
    ) AS day
    CROSS JOIN LATERAL (
      SELECT day.start + (number - 1) * interval '1 hour', count
      FROM unnest(day.hours)
      WITH ORDINALITY AS hours (count, number)
    ) AS hour (start, count)
  WHERE hour.start >= part.first
    AND hour.start < part.past
  UNION ALL
  SELECT part.number, at, change
  FROM counter_notes
    CROSS JOIN unnest($11, $12, $13, $14) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 'm'
    AND name = ANY ($15)
  UNION ALL
  SELECT part.number, bucket.start::timestamp, - bucket.count
  FROM
    unnest($16, $17, $18, $19) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, count
      FROM counters
      WHERE
        span = part.span
        AND start >= coalesce(part.first, '-infinity')
        AND start < coalesce(part.past, 'infinity')
        AND kind = 'c'
        AND name = ANY ($20) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, hour.start, - hour.count
  FROM
    unnest($21, $22, $23, $24) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT start, hours
      FROM counters
      WHERE
        span = 'd'
        AND start >= part.first::date
        AND start < part.past
        AND kind = 'c'
        AND name = ANY ($25) OFFSET 0
    ) AS day
    CROSS JOIN LATERAL (
      SELECT day.start + (number - 1) * interval '1 hour', count
      FROM unnest(day.hours)
      WITH ORDINALITY AS hours (count, number)
    ) AS hour (start, count)
  WHERE hour.start >= part.first
    AND hour.start < part.past
  UNION ALL
  SELECT part.number, at, - change
  FROM counter_notes
    CROSS JOIN unnest($26, $27, $28, $29) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 'c'
    AND name = ANY ($30)
) AS parts (number, start, count)
GROUP BY 1
UNION ALL
SELECT number + $31, count
FROM (
  SELECT part.number, counted.count
  FROM unnest($32, $33)
  WITH
  ORDINALITY AS part (first, past, number)
  CROSS JOIN LATERAL (
    SELECT (
      SELECT count(*) AS count
      FROM messages m
      WHERE true
        AND m."timestamp" >= part.first AND m."timestamp" < part.past
    ) - (
        SELECT count(*) AS count
        FROM messages m
        WHERE true
          AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.category = $34
      ) AS count
  ) AS counted
) AS remainder;
-- [[0, 1, 2, 3, 4, 5, 6], ["m", "m", "m", "d", "d", "d", "d"], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-23T00:00:00, 2022-08-31T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], [""], [3, 4, 5, 6], ["h", "h", "h", "h"], [2022-02-11T00:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-08T00:00:00], [2022-02-11T08:00:00, 2022-05-23T00:00:00, 2022-08-31T00:00:00, 2022-12-08T08:00:00], [""], [0, 1, 2, 3, 4, 5, 6], ["", "", "", "", "", "", ""], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T08:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T08:00:00], [""], [0, 1, 2, 3, 4, 5, 6], ["m", "m", "m", "d", "d", "d", "d"], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-23T00:00:00, 2022-08-31T00:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T00:00:00], ["category1"], [3, 4, 5, 6], ["h", "h", "h", "h"], [2022-02-11T00:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-08T00:00:00], [2022-02-11T08:00:00, 2022-05-23T00:00:00, 2022-08-31T00:00:00, 2022-12-08T08:00:00], ["category1"], [0, 1, 2, 3, 4, 5, 6], ["", "", "", "", "", "", ""], [2022-02-01T00:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-02-01T00:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-01T00:00:00], [2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-01T00:00:00, 2022-02-11T08:00:00, 2022-06-01T00:00:00, 2022-09-01T00:00:00, 2022-12-08T08:00:00], ["category1"], 6, [2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], [2022-02-11T08:00:00, 2022-05-22T08:00:00, 2022-08-30T08:00:00, 2022-12-08T08:00:00], "category1"]
