-- The incumbent's view, with the year counted in UTC whatever the time zone of the session.
CREATE MATERIALIZED VIEW recent_topics AS
    SELECT topic, count(*) AS message_count, min("timestamp") AS earliest, max("timestamp") AS latest
    FROM messages
    WHERE "timestamp" >= now() AT TIME ZONE 'UTC' - interval '1 year'
    GROUP BY topic;
CREATE UNIQUE INDEX uq_recent_topics_topic ON recent_topics (topic);
CREATE INDEX ix_recent_topics_message_count ON recent_topics (message_count);
COMMENT ON MATERIALIZED VIEW recent_topics IS 'The topics of the last year. As fresh as its last refresh.';
