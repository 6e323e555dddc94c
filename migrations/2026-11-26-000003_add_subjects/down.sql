-- With its triggers.
DROP FUNCTION messages_about;
DROP FUNCTION counters_note_components CASCADE;
CREATE OR REPLACE FUNCTION messages_forget() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    ties text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        FOREACH ties IN ARRAY ARRAY['users_messages', 'packages_messages'] LOOP
            BEGIN
                EXECUTE format('TRUNCATE %I', ties);
            EXCEPTION WHEN object_in_use THEN
                -- By the statement that truncates both, which left nothing, or by a cursor.
                EXECUTE format('DELETE FROM %I', ties);
            END;
        END LOOP;
    ELSE
        DELETE FROM users_messages a USING gone WHERE a.msg_id = gone.id AND a.msg_timestamp = gone."timestamp";
        DELETE FROM packages_messages a USING gone WHERE a.msg_id = gone.id AND a.msg_timestamp = gone."timestamp";
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION messages_carry() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before text := coalesce(current_setting('archive.ties', true), '');
BEGIN
    -- The message is there in a moment.
    PERFORM set_config('archive.ties', 'whole', true);
    WITH moved AS (DELETE FROM users_messages WHERE msg_id = OLD.id AND msg_timestamp = OLD."timestamp" RETURNING user_id)
    INSERT INTO users_messages (user_id, msg_id, msg_timestamp)
    SELECT user_id, NEW.id, NEW."timestamp" FROM moved ON CONFLICT DO NOTHING;
    WITH moved AS (DELETE FROM packages_messages WHERE msg_id = OLD.id AND msg_timestamp = OLD."timestamp" RETURNING package_id)
    INSERT INTO packages_messages (package_id, msg_id, msg_timestamp)
    SELECT package_id, NEW.id, NEW."timestamp" FROM moved ON CONFLICT DO NOTHING;
    PERFORM set_config('archive.ties', before, true);
    -- What PostgreSQL must tell the triggers of the statement.
    PERFORM set_config('archive.carried', format('{%s,%s}', OLD.id, NEW.id), true);
    RETURN NEW;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['messages_forget', 'messages_carry'] LOOP
        EXECUTE format('ALTER FUNCTION %I SET search_path = %I, pg_temp', name, current_schema);
    END LOOP;
END $$;

CREATE OR REPLACE VIEW counters_actual AS
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
COMMENT ON COLUMN counters.kind IS 'What is counted: m all messages, c those of a category, t of a topic, a of an agent, u of a user, p of a package.';
COMMENT ON COLUMN counters.name IS 'The category, topic or agent, or the id of the user or package; else empty.';
DROP TABLE message_subjects;
DELETE FROM counters WHERE kind = 's';
DELETE FROM counter_changes WHERE kind = 's';
