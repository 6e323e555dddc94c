-- lists of names


-- ==== all topics

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
    ) AS parts (number, key, count)
    GROUP BY key
    HAVING sum(count) > 0
  ) AS summed
  ORDER BY messages DESC
  FETCH FIRST 100 ROWS
  WITH TIES
) AS largest
ORDER BY messages DESC, key COLLATE "C"
LIMIT 100;
-- [[0], ["y"], [None], [None], [0], [""], [None], [None]]

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
  FETCH FIRST 4294967295 ROWS
  WITH TIES
) AS largest
ORDER BY messages DESC, key COLLATE "C"
LIMIT 4294967295;
-- [[0], ["d"], [2024-02-10T00:00:00], [2024-02-11T00:00:00], [0], [""], [2024-02-10T00:00:00], [2024-02-11T00:00:00], [2024-02-10T00:00:00], [2024-02-10T07:30:00], [2024-02-11T00:00:00], [2024-02-11T07:30:00]]

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
        AND kind = 't' OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, name, change
  FROM counter_notes
    CROSS JOIN unnest($5, $6, $7, $8) AS part (number, span, first, past)
  WHERE at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity') AND kind = 't'
) AS parts (number, key, count)
GROUP BY 1, 2;
-- [[0, 1, 2], ["d", "d", "d"], [2024-02-09T00:00:00, 2024-02-10T00:00:00, 2024-02-11T00:00:00], [2024-02-10T00:00:00, 2024-02-11T00:00:00, 2024-02-12T00:00:00], [0, 1, 2], ["", "", ""], [2024-02-09T00:00:00, 2024-02-10T00:00:00, 2024-02-11T00:00:00], [2024-02-10T00:00:00, 2024-02-11T00:00:00, 2024-02-12T00:00:00]]

WITH
notes AS MATERIALIZED (SELECT name, at::date AS start FROM counter_notes WHERE kind = 't' AND change > 0)
SELECT asked.name, newest.category, least(first.start, noted.first), newest."timestamp"
FROM
  unnest($1) AS asked (name)
  LEFT JOIN LATERAL (
    SELECT start
    FROM counters
    WHERE kind = 't'
      AND name = asked.name AND span = 'd' AND count > 0
    ORDER BY start ASC
    LIMIT 1
  ) AS first ON true
  LEFT JOIN LATERAL (
    SELECT start
    FROM counters
    WHERE kind = 't'
      AND name = asked.name AND span = 'd' AND count > 0
    ORDER BY start DESC
    LIMIT 1
  ) AS last ON true
  LEFT JOIN LATERAL (SELECT min(start) AS first, max(start) AS last FROM notes WHERE name = asked.name) AS noted ON true
  LEFT JOIN LATERAL (
    SELECT m."timestamp", m.category
    FROM messages m
    WHERE
      m.topic = asked.name
      AND m."timestamp" >= greatest(last.start, noted.last)::timestamp
      AND m."timestamp" < (greatest(last.start, noted.last) + 1)::timestamp
    ORDER BY m."timestamp" DESC, m.id DESC
    LIMIT 1
  ) AS newest ON true;
-- [["topic0", "topic1", "topic2", "topic3"]]

COMMIT;


-- ==== all categories

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
            AND kind = 'c' OFFSET 0
        ) AS bucket
      UNION ALL
      SELECT part.number, name, change
      FROM counter_notes
        CROSS JOIN unnest($5, $6, $7, $8) AS part (number, span, first, past)
      WHERE at >= coalesce(part.first, '-infinity')
        AND at < coalesce(part.past, 'infinity') AND kind = 'c'
    ) AS parts (number, key, count)
    GROUP BY key
    HAVING sum(count) > 0
  ) AS summed
  ORDER BY messages DESC
  FETCH FIRST 100 ROWS
  WITH TIES
) AS largest
ORDER BY messages DESC, key COLLATE "C"
LIMIT 100;
-- [[0], ["y"], [None], [None], [0], [""], [None], [None]]

SELECT key, key, messages, all_names
FROM (
  SELECT key, messages, count(*) OVER () AS all_names
  FROM (
    SELECT key, sum(count)::bigint AS messages
    FROM (
      SELECT part.number, day.name, hour.count
      FROM
        unnest($1, $2, $3, $4) AS part (number, span, first, past)
        CROSS JOIN LATERAL (
          SELECT name, start, hours
          FROM counters
          WHERE span = 'd'
            AND start >= part.first::date AND start < part.past AND kind = 'c' OFFSET 0
        ) AS day
        CROSS JOIN LATERAL (
          SELECT day.start + (number - 1) * interval '1 hour', count
          FROM unnest(day.hours)
          WITH ORDINALITY AS hours (count, number)
        ) AS hour (start, count)
      WHERE hour.start >= part.first
        AND hour.start < part.past
      UNION ALL
      SELECT part.number, name, change
      FROM counter_notes
        CROSS JOIN unnest($5, $6, $7, $8) AS part (number, span, first, past)
      WHERE at >= coalesce(part.first, '-infinity')
        AND at < coalesce(part.past, 'infinity') AND kind = 'c'
      UNION ALL
      SELECT 0, name, count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($9, $10)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT m.category AS name, count(*) AS count
          FROM messages m
          WHERE true
            AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.category IS NOT NULL
          GROUP BY 1
        ) AS counted
      ) AS remainder
      UNION ALL
      SELECT 0, name, - count
      FROM (
        SELECT part.number, counted.name, counted.count
        FROM unnest($11, $12)
        WITH
        ORDINALITY AS part (first, past, number)
        CROSS JOIN LATERAL (
          SELECT m.category AS name, count(*) AS count
          FROM messages m
          WHERE true
            AND m."timestamp" >= part.first AND m."timestamp" < part.past AND m.category IS NOT NULL
          GROUP BY 1
        ) AS counted
      ) AS remainder
    ) AS parts (number, key, count)
    GROUP BY key
    HAVING sum(count) > 0
  ) AS summed
  ORDER BY messages DESC
  FETCH FIRST 4294967295 ROWS
  WITH TIES
) AS largest
ORDER BY messages DESC, key COLLATE "C"
LIMIT 4294967295;
-- [[0], ["h"], [2024-02-10T08:00:00], [2024-02-11T08:00:00], [0], [""], [2024-02-10T08:00:00], [2024-02-11T08:00:00], [2024-02-10T07:30:00], [2024-02-10T08:00:00], [2024-02-11T07:30:00], [2024-02-11T08:00:00]]

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
        AND kind = 'c' OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, name, change
  FROM counter_notes
    CROSS JOIN unnest($5, $6, $7, $8) AS part (number, span, first, past)
  WHERE at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity') AND kind = 'c'
) AS parts (number, key, count)
GROUP BY 1, 2;
-- [[0, 1, 2], ["d", "d", "d"], [2024-02-09T00:00:00, 2024-02-10T00:00:00, 2024-02-11T00:00:00], [2024-02-10T00:00:00, 2024-02-11T00:00:00, 2024-02-12T00:00:00], [0, 1, 2], ["", "", ""], [2024-02-09T00:00:00, 2024-02-10T00:00:00, 2024-02-11T00:00:00], [2024-02-10T00:00:00, 2024-02-11T00:00:00, 2024-02-12T00:00:00]]

SELECT driving.number, first."at", last."at"
FROM unnest($1)
WITH
ORDINALITY AS driving (value, number) CROSS JOIN LATERAL (
  SELECT m."timestamp" AS "at"
  FROM messages m
  WHERE true AND m.category = driving.value
  ORDER BY m."timestamp" ASC, m.id ASC
  LIMIT 1
) AS first CROSS JOIN LATERAL (
  SELECT m."timestamp" AS "at"
  FROM messages m
  WHERE true AND m.category = driving.value
  ORDER BY m."timestamp" DESC, m.id DESC
  LIMIT 1
) AS last;
-- [["category0", "category1", "category2"]]

COMMIT;


-- ==== the packages of a day

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
  FETCH FIRST 100 ROWS
  WITH TIES
) AS largest
  JOIN packages AS names ON names.id = largest.key::integer
ORDER BY messages DESC, names.name COLLATE "C"
LIMIT 100;
-- [[0], ["d"], [2024-02-10T00:00:00], [2024-02-11T00:00:00], [0], [""], [2024-02-10T00:00:00], [2024-02-11T00:00:00], [2024-02-10T00:00:00], [2024-02-10T07:30:00], [2024-02-11T00:00:00], [2024-02-11T07:30:00]]

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
        AND kind = 'p'
        AND name = ANY ($5) OFFSET 0
    ) AS bucket
  UNION ALL
  SELECT part.number, name, change
  FROM counter_notes
    CROSS JOIN unnest($6, $7, $8, $9) AS part (number, span, first, past)
  WHERE
    at >= coalesce(part.first, '-infinity')
    AND at < coalesce(part.past, 'infinity')
    AND kind = 'p'
    AND name = ANY ($10)
) AS parts (number, key, count)
GROUP BY 1, 2;
-- [[0, 1, 2], ["d", "d", "d"], [2024-02-09T00:00:00, 2024-02-10T00:00:00, 2024-02-11T00:00:00], [2024-02-10T00:00:00, 2024-02-11T00:00:00, 2024-02-12T00:00:00], ["5", "1", "2", "3", "4", "6", "7"], [0, 1, 2], ["", "", ""], [2024-02-09T00:00:00, 2024-02-10T00:00:00, 2024-02-11T00:00:00], [2024-02-10T00:00:00, 2024-02-11T00:00:00, 2024-02-12T00:00:00], ["5", "1", "2", "3", "4", "6", "7"]]

SELECT driving.number, first."at", last."at"
FROM unnest($1)
WITH
ORDINALITY AS driving (value, number) CROSS JOIN LATERAL (
  SELECT d.msg_timestamp AS "at"
  FROM packages_messages d
  WHERE true AND d.package_id = driving.value
  ORDER BY d.msg_timestamp ASC, d.msg_id ASC
  LIMIT 1
) AS first CROSS JOIN LATERAL (
  SELECT d.msg_timestamp AS "at"
  FROM packages_messages d
  WHERE true AND d.package_id = driving.value
  ORDER BY d.msg_timestamp DESC, d.msg_id DESC
  LIMIT 1
) AS last;
-- [[5, 1, 2, 3, 4, 6, 7]]

COMMIT;


-- ==== the newest packages

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT id::text, name
FROM packages
ORDER BY packages.id DESC
LIMIT 60;

SELECT driving.number, first."at", last."at"
FROM unnest($1)
WITH
ORDINALITY AS driving (value, number) CROSS JOIN LATERAL (
  SELECT d.msg_timestamp AS "at"
  FROM packages_messages d
  WHERE true AND d.package_id = driving.value
  ORDER BY d.msg_timestamp ASC, d.msg_id ASC
  LIMIT 1
) AS first CROSS JOIN LATERAL (
  SELECT d.msg_timestamp AS "at"
  FROM packages_messages d
  WHERE true AND d.package_id = driving.value
  ORDER BY d.msg_timestamp DESC, d.msg_id DESC
  LIMIT 1
) AS last;
-- [[10, 9, … 10 in all …, 1]]

COMMIT;
