-- what matches, by groups


-- ==== a year by topic

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT key, key, messages, all_names
FROM (
  SELECT key, messages, count(*) OVER () AS all_names
  FROM (
    SELECT key, sum(count)::bigint AS messages
    FROM (
      SELECT part.number, bucket.name, bucket.count
      FROM
        unnest($1, $2, $3, $4) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT name, count
          FROM counters
          WHERE
            span = part.span
            AND start >= coalesce(part.first, '-infinity')
            AND start < coalesce(part.past, 'infinity')
            AND kind = 't' OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT part.number, name, change
      FROM counter_notes
        CROSS JOIN unnest($5, $6, $7, $8) AS part (number, span, first, past)
      WHERE at >= coalesce(part.first, '-infinity')
        AND at < coalesce(part.past, 'infinity') AND kind = 't'
      UNION ALL
      SELECT 0, name, - count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($9, $10)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT m.topic AS name, count(*) AS count
          FROM messages m
          WHERE true
            AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.topic IS NOT NULL
          GROUP BY 1
        ) AS counted
      ) AS remainder
      UNION ALL
      SELECT 0, name, count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($11, $12)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT m.topic AS name, count(*) AS count
          FROM messages m
          WHERE true
            AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.topic IS NOT NULL
          GROUP BY 1
        ) AS counted
      ) AS remainder
    ) AS parts (number, key, count)
    GROUP BY key
    HAVING sum(count) > 0
  ) AS summed
  ORDER BY messages DESC
  FETCH FIRST 20 ROWS
  WITH TIES
) AS largest
ORDER BY messages DESC, key COLLATE "C"
LIMIT 20;
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], [0], [""], [2023-02-11T00:00:00], [2024-02-11T00:00:00], [2023-02-11T00:00:00], [2023-02-11T07:30:00], [2024-02-11T00:00:00], [2024-02-11T07:30:00.000001]]

SELECT driving.number, first."at", last."at"
FROM unnest($1)
WITH
ORDINALITY AS driving (value, number) CROSS JOIN LATERAL (
  SELECT m."timestamp" AS "at"
  FROM messages m
  WHERE true AND m."timestamp" >= $2 AND m."timestamp" < $3 AND m.topic = driving.value
  ORDER BY m."timestamp" ASC, m.id ASC
  LIMIT 1
) AS first CROSS JOIN LATERAL (
  SELECT m."timestamp" AS "at"
  FROM messages m
  WHERE true AND m."timestamp" >= $4 AND m."timestamp" < $5 AND m.topic = driving.value
  ORDER BY m."timestamp" DESC, m.id DESC
  LIMIT 1
) AS last;
-- [["topic0", "topic1", "topic2", "topic3"], 2023-02-11T07:30:00, 2024-02-11T07:30:00.000001, 2023-02-11T07:30:00, 2024-02-11T07:30:00.000001]

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
WHERE true AND at >= $12 AND at < $13 AND kind = 'm' AND name = ANY ($14);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], [""], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], [""], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, [""]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past
) AS counted;
-- [[2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], [2023-02-11T08:00:00, 2024-02-11T08:00:00]]

COMMIT;


-- ==== topics of a category, by spans

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT key, key, messages, all_names
FROM (
  SELECT key, messages, count(*) OVER () AS all_names
  FROM (
    SELECT key, sum(count)::bigint AS messages
    FROM (
      SELECT part.number, bucket.name, bucket.count
      FROM
        unnest($1, $2, $3, $4) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT name, count
          FROM counters
          WHERE
            span = part.span
            AND start >= coalesce(part.first, '-infinity')
            AND start < coalesce(part.past, 'infinity')
            AND kind = 't'
            AND category = ANY ($5) OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT part.number, name, change
      FROM counter_notes
        CROSS JOIN unnest($6, $7, $8, $9) AS part (number, span, first, past)
      WHERE
        at >= coalesce(part.first, '-infinity')
        AND at < coalesce(part.past, 'infinity')
        AND kind = 't'
        AND category = ANY ($10)
      UNION ALL
      SELECT 0, name, - count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($11, $12)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT m.topic AS name, count(*) AS count
          FROM messages m
          WHERE
            true
            AND m."timestamp" >= part.first
            AND m."timestamp" < part.past
            AND m.category = $13
            AND m.topic IS NOT NULL
          GROUP BY 1
        ) AS counted
      ) AS remainder
      UNION ALL
      SELECT 0, name, count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($14, $15)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT m.topic AS name, count(*) AS count
          FROM messages m
          WHERE
            true
            AND m."timestamp" >= part.first
            AND m."timestamp" < part.past
            AND m.category = $16
            AND m.topic IS NOT NULL
          GROUP BY 1
        ) AS counted
      ) AS remainder
    ) AS parts (number, key, count)
    GROUP BY key
    HAVING sum(count) > 0
  ) AS summed
  ORDER BY messages DESC
  FETCH FIRST 20 ROWS
  WITH TIES
) AS largest
ORDER BY messages DESC, key COLLATE "C"
LIMIT 20;
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2023-08-01T00:00:00], [2023-03-01T00:00:00, 2023-08-01T00:00:00, 2023-08-30T00:00:00], ["category1"], [0], [""], [2023-02-11T00:00:00], [2023-08-30T00:00:00], ["category1"], [2023-02-11T00:00:00], [2023-02-11T07:30:00], "category1", [2023-08-30T00:00:00], [2023-08-30T07:30:00], "category1"]

SELECT number, key, sum(count)::bigint
FROM (
  SELECT part.number, bucket.name, bucket.count
  FROM
    unnest($1, $2, $3, $4) AS part (number, span, first, past)
    CROSS JOIN LATERAL (
      SELECT name, count
      FROM counters
      WHERE
        span = part.span
        AND start >= coalesce(part.first, '-infinity')
        AND start < coalesce(part.past, 'infinity')
        AND kind = 't'
        AND name = ANY ($5)
        AND category = ANY ($6) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, name, change
  FROM counter_notes
    CROSS JOIN unnest($7, $8, $9, $10) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 't'
    AND name = ANY ($11)
    AND category = ANY ($12)
) AS parts (number, key, count)
GROUP BY 1, 2
UNION ALL
SELECT number + $13, name, count
FROM (
  SELECT part.number, counted.name, counted.count
  FROM unnest($14, $15)
  WITH
  ORDINALITY AS part (first, past, number)
  CROSS JOIN LATERAL (
    SELECT m.topic AS name, count(*) AS count
    FROM messages m
    WHERE
      true
      AND m."timestamp" >= part.first
      AND m."timestamp" < part.past
      AND m.category = $16
      AND m.topic IS NOT NULL
    GROUP BY 1
  ) AS counted
) AS remainder
WHERE name = ANY ($17);
-- [[0, 1, 2, 3, 4], ["m", "m", "d", "d", "d"], [2023-02-01T00:00:00, 2023-06-01T00:00:00, 2023-02-01T00:00:00, 2023-05-22T00:00:00, 2023-08-30T00:00:00], [2023-06-01T00:00:00, 2023-09-01T00:00:00, 2023-02-11T00:00:00, 2023-06-01T00:00:00, 2023-09-01T00:00:00], ["topic0", "topic1", "topic2", "topic3"], ["category1"], [0, 1, 2, 3, 4], ["", "", "", "", ""], [2023-02-01T00:00:00, 2023-06-01T00:00:00, 2023-02-01T00:00:00, 2023-05-22T00:00:00, 2023-08-30T00:00:00], [2023-06-01T00:00:00, 2023-09-01T00:00:00, 2023-02-11T00:00:00, 2023-06-01T00:00:00, 2023-09-01T00:00:00], ["topic0", "topic1", "topic2", "topic3"], ["category1"], 4, [2023-02-11T00:00:00, 2023-05-22T00:00:00, 2023-08-30T00:00:00], [2023-02-11T07:30:00, 2023-05-22T07:30:00, 2023-08-30T07:30:00], "category1", ["topic0", "topic1", "topic2", "topic3"]]

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
      AND kind = 'c'
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
      AND kind = 'c'
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
WHERE true AND at >= $12 AND at < $13 AND kind = 'c' AND name = ANY ($14);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2023-08-01T00:00:00], [2023-03-01T00:00:00, 2023-08-01T00:00:00, 2023-08-30T00:00:00], ["category1"], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2023-08-30T00:00:00], [2023-02-12T00:00:00, 2023-08-30T08:00:00], ["category1"], 0, 2023-02-11T08:00:00, 2023-08-30T08:00:00, ["category1"]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.category = $3
) AS counted;
-- [[2023-02-11T07:30:00, 2023-08-30T07:30:00], [2023-02-11T08:00:00, 2023-08-30T08:00:00], "category1"]

COMMIT;


-- ==== a year by package

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT key, names.name, messages, all_names
FROM (
  SELECT key, messages, count(*) OVER () AS all_names
  FROM (
    SELECT key, sum(count)::bigint AS messages
    FROM (
      SELECT part.number, bucket.name, bucket.count
      FROM
        unnest($1, $2, $3, $4) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT name, count
          FROM counters
          WHERE
            span = part.span
            AND start >= coalesce(part.first, '-infinity')
            AND start < coalesce(part.past, 'infinity')
            AND kind = 'p' OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT part.number, name, change
      FROM counter_notes
        CROSS JOIN unnest($5, $6, $7, $8) AS part (number, span, first, past)
      WHERE at >= coalesce(part.first, '-infinity')
        AND at < coalesce(part.past, 'infinity') AND kind = 'p'
      UNION ALL
      SELECT 0, name, - count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($9, $10)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT tied.package_id::text AS name, count(*) AS count
          FROM (
            SELECT m.id, m."timestamp"
            FROM messages m
            WHERE true
              AND m."timestamp" >= part.first AND m."timestamp" < part.past
          ) AS m
            JOIN packages_messages tied ON tied.msg_id = m.id
            AND tied.msg_timestamp = m."timestamp"
          GROUP BY 1
        ) AS counted
      ) AS remainder
      UNION ALL
      SELECT 0, name, count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($11, $12)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT tied.package_id::text AS name, count(*) AS count
          FROM (
            SELECT m.id, m."timestamp"
            FROM messages m
            WHERE true
              AND m."timestamp" >= part.first AND m."timestamp" < part.past
          ) AS m
            JOIN packages_messages tied ON tied.msg_id = m.id
            AND tied.msg_timestamp = m."timestamp"
          GROUP BY 1
        ) AS counted
      ) AS remainder
    ) AS parts (number, key, count)
    GROUP BY key
    HAVING sum(count) > 0
  ) AS summed
  ORDER BY messages DESC
  FETCH FIRST 20 ROWS
  WITH TIES
) AS largest
  JOIN packages AS names ON names.id = largest.key::integer
ORDER BY messages DESC, names.name COLLATE "C"
LIMIT 20;
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-11T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], [0], [""], [2023-02-11T00:00:00], [2024-02-11T00:00:00], [2023-02-11T00:00:00], [2023-02-11T07:30:00], [2024-02-11T00:00:00], [2024-02-11T07:30:00.000001]]

SELECT driving.number, first."at", last."at"
FROM unnest($1)
WITH
ORDINALITY AS driving (value, number) CROSS JOIN LATERAL (
  SELECT d.msg_timestamp AS "at"
  FROM packages_messages d
  WHERE true AND d.package_id = driving.value AND d.msg_timestamp >= $2 AND d.msg_timestamp < $3
  ORDER BY d.msg_timestamp ASC, d.msg_id ASC
  LIMIT 1
) AS first CROSS JOIN LATERAL (
  SELECT d.msg_timestamp AS "at"
  FROM packages_messages d
  WHERE true AND d.package_id = driving.value AND d.msg_timestamp >= $4 AND d.msg_timestamp < $5
  ORDER BY d.msg_timestamp DESC, d.msg_id DESC
  LIMIT 1
) AS last;
-- [[1, 3, 4, 5, 6, 2, 7], 2023-02-11T07:30:00, 2024-02-11T07:30:00.000001, 2023-02-11T07:30:00, 2024-02-11T07:30:00.000001]

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
WHERE true AND at >= $12 AND at < $13 AND kind = 'm' AND name = ANY ($14);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], [""], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], [""], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, [""]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past
) AS counted;
-- [[2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], [2023-02-11T08:00:00, 2024-02-11T08:00:00]]

COMMIT;


-- ==== users and packages of a category, which no counters tell

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
      AND kind = 'c'
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
      AND kind = 'c'
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
WHERE true AND at >= $12 AND at < $13 AND kind = 'c' AND name = ANY ($14);
-- [[0, 0, 0], ["d", "m", "d"], [2023-02-12T00:00:00, 2023-03-01T00:00:00, 2024-02-01T00:00:00], [2023-03-01T00:00:00, 2024-02-01T00:00:00, 2024-02-11T00:00:00], ["category1"], [0, 0], ["h", "h"], [2023-02-11T08:00:00, 2024-02-11T00:00:00], [2023-02-12T00:00:00, 2024-02-11T08:00:00], ["category1"], 0, 2023-02-11T08:00:00, 2024-02-11T08:00:00, ["category1"]]

SELECT part.number, counted.count
FROM unnest($1, $2)
WITH
ORDINALITY AS part (first, past, number) CROSS JOIN LATERAL (
  SELECT count(*) AS count
  FROM messages m
  WHERE true AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.category = $3
) AS counted;
-- [[2023-02-11T07:30:00, 2024-02-11T07:30:00.000001], [2023-02-11T08:00:00, 2024-02-11T08:00:00], "category1"]

SELECT m.id AS id, m."timestamp" AS "timestamp"
FROM messages m
WHERE true AND m."timestamp" >= $1 AND m."timestamp" < $2 AND m.category = $3
ORDER BY m."timestamp" DESC, m.id DESC
LIMIT 10000;
-- [2023-02-11T07:30:00, 2024-02-11T07:00:00, "category1"]

SELECT of_users.name, of_packages.name, 0, count(*), min(page."timestamp"), max(page."timestamp")
FROM
  unnest($1, $2) AS page (id, "timestamp")
  CROSS JOIN LATERAL (
    SELECT names.name
    FROM users_messages
      JOIN users AS names ON names.id = user_id
    WHERE users_messages.msg_id = page.id
      AND msg_timestamp = page."timestamp" OFFSET 0
  ) AS of_users
  CROSS JOIN LATERAL (
    SELECT names.name
    FROM packages_messages
      JOIN packages AS names ON names.id = package_id
    WHERE packages_messages.msg_id = page.id
      AND msg_timestamp = page."timestamp" OFFSET 0
  ) AS of_packages
GROUP BY 1, 2, 3;
-- [[44425, 44422, … 7008 in all …, 23404], [2024-02-11T06:25:00, … 7009 in all …, 2023-02-11T07:40:00]]

COMMIT;
