-- a build


-- ==== the first page

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM unnest($1, $2) AS d (msg_id, msg_timestamp)
  WHERE true
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
  ),
  (SELECT count(*) AS count FROM unnest($4, $5) AS d (msg_id, msg_timestamp) WHERE true)
FROM page JOIN messages m ON m.id = page.id AND m."timestamp" = page."timestamp"
WHERE true;
-- [[30000, 30002, … 10 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], [], [30000, … 11 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00]]


-- ==== page 400

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT count(*) AS count
FROM unnest($1, $2) AS d (msg_id, msg_timestamp)
WHERE true;
-- [[30000, 30002, … 10 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00]]

COMMIT;


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

WITH
page AS MATERIALIZED (
  SELECT d.msg_id AS id, d.msg_timestamp AS "timestamp"
  FROM unnest($1, $2) AS d (msg_id, msg_timestamp)
  WHERE true AND d.msg_timestamp < $3 AND (d.msg_timestamp, d.msg_id) < ($4, $5)
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
-- [[30000, 30002, … 10 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], 2023-02-11T07:30:00.000001, 2023-02-11T07:30:00, 23000, [], 2023-02-11T07:30:00.000001]

COMMIT;


-- ==== the count

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

SELECT count(*) AS count
FROM unnest($1, $2) AS d (msg_id, msg_timestamp)
WHERE true;
-- [[30000, 30002, … 10 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00]]


-- ==== a histogram of three bars

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188075857372]]

SELECT width_bucket(d.msg_timestamp, $1) AS bucket, count(*) AS count
FROM unnest($2, $3) AS d (msg_id, msg_timestamp)
WHERE true AND d.msg_timestamp >= $4 AND d.msg_timestamp < $5
GROUP BY 1;
-- [[2022-02-11T07:30:00, 2022-05-22T07:30:00, 2022-08-30T07:30:00, 2022-12-08T07:30:00], [30000, … 11 in all …, 30018], [2023-06-05T20:00:00, … 11 in all …, 2023-06-06T03:30:00], 2022-02-11T07:30:00, 2022-12-08T07:30:00]
