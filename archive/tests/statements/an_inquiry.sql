-- an inquiry by subjects, newest and oldest first, and by topic

SELECT found.*, q.part
FROM (
  SELECT
    target,
    topics,
    coalesce(since, '-infinity') AS since,
    coalesce(until, 'infinity') AS until,
    nullif(classes, '')::integer[] AS classes,
    newest,
    part,
    most
  FROM
    unnest($1, $2, $3, $4, $5, $6, $7, $8) AS asked (newest, part, most, since, until, target, topics, classes) OFFSET 0
) AS q
  CROSS JOIN LATERAL (
    SELECT m.id, m."timestamp", m.size, a.looked_at = 20000 AS is_last
    FROM (
      SELECT msg_id, msg_timestamp, row_number() OVER () AS looked_at
      FROM messages_about(q.target::bigint[])
      LIMIT 20000
    ) AS a
      CROSS JOIN LATERAL (
        SELECT id, "timestamp", topic, category, octet_length(msg)::bigint AS size
        FROM messages
        WHERE id = a.msg_id
          AND "timestamp" = a.msg_timestamp OFFSET 0
      ) AS m
    WHERE
      a.msg_timestamp >= q.since
      AND a.msg_timestamp < q.until
      AND m.topic ~ q.topics
      OR a.looked_at = 20000
    ORDER BY
      CASE WHEN q.newest = 1 THEN m."timestamp" END DESC,
      CASE WHEN q.newest = 1 THEN m.id END DESC,
      m."timestamp",
      m.id
    LIMIT q.most
  ) AS found;
-- [[1, 0], [0, 1], [100, 100], [None, None], [None, None], ["{144115188075855873}", "{144115188075855873}"], ["^([^.]*\\.[^.]*\\.prod\\.buildsys(\\..*?|[^.]*\\.[^.]*\\.prod\\.buildsys\\.tag$", "^([^.]*\\.[^.]*\\.prod\\.buildsys\\.tag$"], ["", "{2020846469}"]]

SELECT found.*, q.part
FROM (
  SELECT
    target,
    topics,
    coalesce(since, '-infinity') AS since,
    coalesce(until, 'infinity') AS until,
    nullif(classes, '')::integer[] AS classes,
    newest,
    part,
    most
  FROM
    unnest($1, $2, $3, $4, $5, $6, $7, $8) AS asked (newest, part, most, since, until, target, topics, classes) OFFSET 0
) AS q
  CROSS JOIN LATERAL (
    SELECT m.id, m."timestamp", m.size, a.is_last
    FROM (
      SELECT msg_id, msg_timestamp, passed = 1000000
        OR row_number() OVER () = 20000 AS is_last
      FROM (
        SELECT msg_id, msg_timestamp, topic_class, row_number() OVER () AS passed
        FROM (
          SELECT msg_id, msg_timestamp, topic_class
          FROM message_subjects
          WHERE component = q.target::bigint
            AND msg_timestamp >= q.since AND msg_timestamp < q.until
          ORDER BY msg_timestamp DESC, msg_id DESC
          LIMIT 1000000
        ) AS ordered
      ) AS entry
      WHERE (topic_class = ANY (q.classes)) IS NOT FALSE
        OR passed = 1000000
      LIMIT 20000
    ) AS a
      CROSS JOIN LATERAL (
        SELECT id, "timestamp", topic, category, octet_length(msg)::bigint AS size
        FROM messages
        WHERE id = a.msg_id
          AND "timestamp" = a.msg_timestamp OFFSET 0
      ) AS m
    WHERE m.topic ~ q.topics
      OR a.is_last
    LIMIT q.most
  ) AS found;
-- [[1], [0], [100], [None], [None], ["4681044361811696084"], ["^([^.]*\\.[^.]*\\.prod\\.buildsys(\\..*?|[^.]*\\.[^.]*\\.prod\\.buildsys\\.tag$"], [""]]

SELECT found.*, q.part
FROM (
  SELECT
    target,
    topics,
    coalesce(since, '-infinity') AS since,
    coalesce(until, 'infinity') AS until,
    nullif(classes, '')::integer[] AS classes,
    newest,
    part,
    most
  FROM
    unnest($1, $2, $3, $4, $5, $6, $7, $8) AS asked (newest, part, most, since, until, target, topics, classes) OFFSET 0
) AS q
  CROSS JOIN LATERAL (
    SELECT m.id, m."timestamp", m.size, a.is_last
    FROM (
      SELECT msg_id, msg_timestamp, passed = 1000000
        OR row_number() OVER () = 20000 AS is_last
      FROM (
        SELECT msg_id, msg_timestamp, topic_class, row_number() OVER () AS passed
        FROM (
          SELECT msg_id, msg_timestamp, topic_class
          FROM message_subjects
          WHERE component = q.target::bigint
            AND msg_timestamp >= q.since AND msg_timestamp < q.until
          ORDER BY msg_timestamp, msg_id
          LIMIT 1000000
        ) AS ordered
      ) AS entry
      WHERE (topic_class = ANY (q.classes)) IS NOT FALSE
        OR passed = 1000000
      LIMIT 20000
    ) AS a
      CROSS JOIN LATERAL (
        SELECT id, "timestamp", topic, category, octet_length(msg)::bigint AS size
        FROM messages
        WHERE id = a.msg_id
          AND "timestamp" = a.msg_timestamp OFFSET 0
      ) AS m
    WHERE m.topic ~ q.topics
      OR a.is_last
    LIMIT q.most
  ) AS found;
-- [[0], [0], [100], [None], [None], ["4681044361811696084"], ["^([^.]*\\.[^.]*\\.prod\\.buildsys\\.tag$"], ["{2020846469}"]]

SELECT found.*, q.part
FROM (
  SELECT
    target,
    topics,
    coalesce(since, '-infinity') AS since,
    coalesce(until, 'infinity') AS until,
    nullif(classes, '')::integer[] AS classes,
    newest,
    part,
    most
  FROM
    unnest($1, $2, $3, $4, $5, $6, $7, $8) AS asked (newest, part, most, since, until, target, topics, classes) OFFSET 0
) AS q
  CROSS JOIN LATERAL (
    SELECT m.id, m."timestamp", octet_length(m.msg)::bigint AS size, false AS is_last
    FROM messages m
    WHERE m.topic = q.target
      AND m."timestamp" >= q.since AND m."timestamp" < q.until
    ORDER BY m."timestamp", m.id
    LIMIT q.most
  ) AS found;
-- [[1], [0], [100], [None], [None], ["org.fedoraproject.prod.bodhi.compose"], ["^(org\\.fedoraproject\\.prod\\.bodhi\\.compose$"], ["{-192711738}"]]

SELECT m.id, m.msg_id, m.topic, m."timestamp", m.msg
FROM
  unnest($1, $2) AS wanted (id, "timestamp")
  CROSS JOIN LATERAL (SELECT * FROM messages WHERE id = wanted.id AND "timestamp" = wanted."timestamp" OFFSET 0) AS m;
-- [[7, 6, 5, 2, 1], [2024-05-01T12:00:06, 2024-05-01T12:00:05, 2024-05-01T12:00:04, 2024-05-01T12:00:01, 2024-05-01T12:00:00]]
