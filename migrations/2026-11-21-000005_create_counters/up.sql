-- Totals by lookup instead of by counting rows. Triggers keep them true whoever writes.

CREATE TABLE counters (
    kind text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    span text NOT NULL,
    start date NOT NULL,
    count bigint NOT NULL,
    hours integer[],
    ids bytea,
    CONSTRAINT counters_pkey PRIMARY KEY (kind, name, span, start, category)
) WITH (fillfactor = 70);
-- Bitmaps are dense already.
ALTER TABLE counters ALTER COLUMN ids SET STORAGE EXTERNAL;
COMMENT ON TABLE counters IS 'How many messages there are, by what and when. counter_changes is to be added.';
COMMENT ON COLUMN counters.kind IS 'What is counted: m all messages, c those of a category, t of a topic, a of an agent, u of a user, p of a package.';
COMMENT ON COLUMN counters.name IS 'The category, topic or agent, or the id of the user or package; else empty.';
COMMENT ON COLUMN counters.category IS 'The category of a topic, for kind t; else empty.';
COMMENT ON COLUMN counters.span IS 'd for a day, m for a month, y for a year. Ids are not kept for years.';
COMMENT ON COLUMN counters.start IS 'The first day of the span. UTC.';
COMMENT ON COLUMN counters.hours IS 'How many in each of the 24 hours of a day, for kinds m and c; else NULL.';
COMMENT ON COLUMN counters.ids IS 'messages.id of what is counted, a 64-bit roaring bitmap in the portable format; NULL if they are few or may have changed.';
-- What is to be given its ids. Few at any time.
CREATE INDEX ix_counters_unindexed ON counters (start) WHERE ids IS NULL AND count >= 16 AND kind <> 'm' AND span <> 'y';

-- Writers append here, so that they neither wait for each other nor deadlock; nommer folds the rows
-- into counters. No index: it is small, and read as a whole.
CREATE TABLE counter_changes (
    kind text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    at timestamp NOT NULL,
    change bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE counter_changes IS 'What is to be added to counters, for the hour or day, its month and its year.';
COMMENT ON COLUMN counter_changes.at IS 'The start of the hour for kinds m and c, of the day for others.';

CREATE VIEW counters_actual AS
    SELECT CASE WHEN grouping(topic) = 0 THEN 't' WHEN grouping(category) = 0 THEN 'c'
                WHEN grouping(agent_name) = 0 THEN 'a' ELSE 'm' END AS kind,
           coalesce(topic, category, agent_name, '') AS name,
           CASE WHEN grouping(topic) = 0 THEN category ELSE '' END AS category, coalesce(hour, day) AS at, count(*) AS count
    FROM (SELECT topic, category, agent_name, date_trunc('hour', "timestamp") AS hour,
                 date_trunc('day', "timestamp") AS day FROM messages) AS dated
    GROUP BY GROUPING SETS ((hour), (category, hour), (topic, category, day), (agent_name, day))
    HAVING grouping(agent_name) = 1 OR agent_name IS NOT NULL
    UNION ALL
    SELECT 'u', user_id::text, '', date_trunc('day', msg_timestamp), count(*) FROM users_messages GROUP BY 2, 4
    UNION ALL
    SELECT 'p', package_id::text, '', date_trunc('day', msg_timestamp), count(*) FROM packages_messages GROUP BY 2, 4;
COMMENT ON VIEW counters_actual IS 'What the counters of hours and days must say, counted.';

-- With the rights of the owner: writers need none on the counters.
CREATE FUNCTION counters_note_messages() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM counters WHERE kind IN ('m', 'c', 't', 'a');
        DELETE FROM counter_changes WHERE kind IN ('m', 'c', 't', 'a');
        RETURN NULL;
    END IF;
    -- Most updates touch nothing that is counted.
    IF TG_OP = 'UPDATE' THEN
        -- But whoever remembers what lay in the bodies of an hour must hear of it.
        INSERT INTO counter_changes (kind, name, category, at, change)
        SELECT DISTINCT 'm', '', '', date_trunc('hour', added."timestamp"), 0
        FROM added JOIN gone USING (id, "timestamp") WHERE added.msg <> gone.msg;
        -- And whoever remembers when messages were sent.
        PERFORM id, topic, category, agent_name, "timestamp" FROM added
        EXCEPT ALL SELECT id, topic, category, agent_name, "timestamp" FROM gone;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO counter_changes (kind, name, category, at, change)
        SELECT CASE WHEN grouping(topic) = 0 THEN 't' WHEN grouping(category) = 0 THEN 'c'
                    WHEN grouping(agent_name) = 0 THEN 'a' ELSE 'm' END,
               coalesce(topic, category, agent_name, ''),
               CASE WHEN grouping(topic) = 0 THEN category ELSE '' END, coalesce(hour, day), count(*)
        FROM (SELECT topic, category, agent_name, date_trunc('hour', "timestamp") AS hour,
                     date_trunc('day', "timestamp") AS day FROM added) AS dated
        GROUP BY GROUPING SETS ((hour), (category, hour), (topic, category, day), (agent_name, day))
        HAVING grouping(agent_name) = 1 OR agent_name IS NOT NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO counter_changes (kind, name, category, at, change)
        SELECT CASE WHEN grouping(topic) = 0 THEN 't' WHEN grouping(category) = 0 THEN 'c'
                    WHEN grouping(agent_name) = 0 THEN 'a' ELSE 'm' END,
               coalesce(topic, category, agent_name, ''),
               CASE WHEN grouping(topic) = 0 THEN category ELSE '' END, coalesce(hour, day), -count(*)
        FROM (SELECT topic, category, agent_name, date_trunc('hour', "timestamp") AS hour,
                     date_trunc('day', "timestamp") AS day FROM gone) AS dated
        GROUP BY GROUPING SETS ((hour), (category, hour), (topic, category, day), (agent_name, day))
        HAVING grouping(agent_name) = 1 OR agent_name IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counters_note_added AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION counters_note_messages();
CREATE TRIGGER counters_note_changed AFTER UPDATE ON messages
    REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION counters_note_messages();
CREATE TRIGGER counters_note_deleted AFTER DELETE ON messages
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION counters_note_messages();
CREATE TRIGGER counters_note_truncated AFTER TRUNCATE ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION counters_note_messages();

SELECT messages_copy_triggers(inhrelid) FROM pg_inherits
WHERE inhparent = 'messages'::regclass AND inhrelid <> 'messages_default'::regclass;

-- Its arguments: the kind of counter and the column of the key.
-- With the rights of the owner: writers need none on the counters.
CREATE FUNCTION counters_note_association() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM counters WHERE kind = TG_ARGV[0];
        DELETE FROM counter_changes WHERE kind = TG_ARGV[0];
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('INSERT INTO counter_changes (kind, name, category, at, change)
                        SELECT %L, %I::text, '''', date_trunc(''day'', msg_timestamp), count(*) FROM added GROUP BY 2, 4',
                       TG_ARGV[0], TG_ARGV[1]);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('INSERT INTO counter_changes (kind, name, category, at, change)
                        SELECT %L, %I::text, '''', date_trunc(''day'', msg_timestamp), -count(*) FROM gone GROUP BY 2, 4',
                       TG_ARGV[0], TG_ARGV[1]);
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE
    spot record;
BEGIN
    FOR spot IN VALUES ('users_messages', 'u', 'user_id'), ('packages_messages', 'p', 'package_id') LOOP
        EXECUTE format('CREATE TRIGGER counters_note_added AFTER INSERT ON %I REFERENCING NEW TABLE AS added
                        FOR EACH STATEMENT EXECUTE FUNCTION counters_note_association(%L, %L)',
                       spot.column1, spot.column2, spot.column3);
        EXECUTE format('CREATE TRIGGER counters_note_changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS gone NEW TABLE AS added
                        FOR EACH STATEMENT EXECUTE FUNCTION counters_note_association(%L, %L)',
                       spot.column1, spot.column2, spot.column3);
        EXECUTE format('CREATE TRIGGER counters_note_deleted AFTER DELETE ON %I REFERENCING OLD TABLE AS gone
                        FOR EACH STATEMENT EXECUTE FUNCTION counters_note_association(%L, %L)',
                       spot.column1, spot.column2, spot.column3);
        EXECUTE format('CREATE TRIGGER counters_note_truncated AFTER TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION counters_note_association(%L, %L)',
                       spot.column1, spot.column2, spot.column3);
    END LOOP;
END $$;

-- What is there already. Nobody writes between the triggers above and the end of this transaction:
-- they hold the tables.
INSERT INTO counter_changes (kind, name, category, at, change)
SELECT kind, name, category, at, count FROM counters_actual;
