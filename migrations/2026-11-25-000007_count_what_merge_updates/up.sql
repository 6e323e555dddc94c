-- MERGE tells the statement triggers of a partitioned table what is wrong (PostgreSQL 15): once it has
-- inserted a row, that row instead of each that it updates in place; and of rows that move to another
-- partition, nothing or half.

CREATE FUNCTION counters_note_merged() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    -- The id that a row had, and the one that it got: the last whose key has changed.
    carried bigint[] := nullif(current_setting('archive.carried', true), '');
    missing bigint[];
    meant bigint;
    told bigint;
BEGIN
    IF carried IS NOT NULL THEN
        PERFORM set_config('archive.carried', '', true);
        IF NOT EXISTS (SELECT FROM gone WHERE id = carried[1])
           OR carried[1] <> carried[2] AND NOT EXISTS (SELECT FROM added WHERE id = carried[2]) THEN
            RAISE feature_not_supported USING
                MESSAGE = 'MERGE cannot change ids of messages or move them into another year',
                DETAIL = 'PostgreSQL tells triggers wrongly of it.', HINT = 'Use UPDATE.';
        END IF;
    END IF;
    -- Quick, and true of all but MERGE and a change of ids.
    IF (SELECT sum(id) FROM gone) IS NOT DISTINCT FROM (SELECT sum(id) FROM added) THEN
        RETURN NULL;
    END IF;
    missing := ARRAY(SELECT id FROM gone EXCEPT SELECT id FROM added);
    SELECT count(*) INTO meant FROM messages WHERE id = ANY (missing);
    SELECT count(*) INTO told FROM added WHERE NOT EXISTS (SELECT FROM gone WHERE gone.id = added.id);
    IF meant = 0 THEN
        RETURN NULL;
    ELSIF meant <> told THEN
        RAISE feature_not_supported USING
            MESSAGE = 'MERGE cannot change ids of messages and insert others',
            DETAIL = 'PostgreSQL tells triggers wrongly of it.', HINT = 'Use UPDATE and INSERT.';
    END IF;
    INSERT INTO counter_changes (kind, name, category, at, change)
    SELECT CASE WHEN grouping(topic) = 0 THEN 't' WHEN grouping(category) = 0 THEN 'c'
                WHEN grouping(agent_name) = 0 THEN 'a' ELSE 'm' END,
           coalesce(topic, category, agent_name, ''),
           CASE WHEN grouping(topic) = 0 THEN category ELSE '' END, coalesce(hour, day), sum(change)
    FROM (SELECT topic, category, agent_name, date_trunc('hour', "timestamp") AS hour,
                 date_trunc('day', "timestamp") AS day, change
          FROM (SELECT topic, category, agent_name, "timestamp", 1 AS change FROM messages
                WHERE id = ANY (missing)
                UNION ALL
                SELECT topic, category, agent_name, "timestamp", -1 FROM added
                WHERE NOT EXISTS (SELECT FROM gone WHERE gone.id = added.id)) AS corrected) AS dated
    GROUP BY GROUPING SETS ((hour), (category, hour), (topic, category, day), (agent_name, day))
    HAVING grouping(agent_name) = 1 OR agent_name IS NOT NULL;
    RETURN NULL;
END $$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION counters_note_merged SET search_path = %I, pg_temp', current_schema);
END $$;
CREATE TRIGGER counters_note_merged AFTER UPDATE ON messages
    REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION counters_note_merged();

SELECT messages_copy_triggers(inhrelid) FROM pg_inherits
WHERE inhparent = 'messages'::regclass AND inhrelid <> 'messages_default'::regclass;
