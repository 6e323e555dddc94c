-- What messages are about: builds, tasks, updates and the like, told by the rules.

-- A subject is 64 bits of its kind and its name, so that it is known without a look at the database. One row
-- a message as a rule: a row for each subject would take twice the room and time.
CREATE TABLE message_subjects (
    msg_id bigint NOT NULL,
    msg_timestamp timestamp NOT NULL,
    component bigint NOT NULL,
    subjects bigint[],
    CONSTRAINT message_subjects_pkey PRIMARY KEY (component, msg_timestamp, msg_id)
);
CREATE INDEX ix_message_subjects_msg_id ON message_subjects (msg_id);
-- What is new is put into the index some hundred messages at a time, which takes a quarter of the work. Readers go
-- through the list of what waits: it is short.
CREATE INDEX ix_message_subjects_subjects ON message_subjects USING gin (subjects)
    WITH (fastupdate = on, gin_pending_list_limit = 256) WHERE subjects IS NOT NULL;
COMMENT ON TABLE message_subjects IS 'What messages are about, as numbers made of kind and name. A message has a row for each component, or one.';
COMMENT ON COLUMN message_subjects.msg_id IS 'messages.id, not the text msg_id.';
COMMENT ON COLUMN message_subjects.msg_timestamp IS 'messages.timestamp.';
COMMENT ON COLUMN message_subjects.component IS 'A subject of a kind of which there may be any number of messages: a package, a container and the like; 0 if there is none.';
COMMENT ON COLUMN message_subjects.subjects IS 'The subjects of other kinds, on one row of the message: a build, a task, an update and the like.';

-- Readers, which have no use for bitmaps elsewhere, find subjects by this.
CREATE FUNCTION messages_about(wanted bigint[]) RETURNS TABLE (msg_id bigint, msg_timestamp timestamp)
    LANGUAGE plpgsql STABLE ROWS 100 SET enable_bitmapscan = on SET enable_seqscan = off SET enable_indexscan = off AS $$
BEGIN
    RETURN QUERY SELECT about.msg_id, about.msg_timestamp FROM message_subjects AS about WHERE about.subjects && wanted;
END $$;
COMMENT ON FUNCTION messages_about IS 'The messages that are about one of these subjects, but for components.';

-- Subjects go with their message, as users and packages do.
CREATE OR REPLACE FUNCTION messages_forget() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    ties text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        FOREACH ties IN ARRAY ARRAY['users_messages', 'packages_messages', 'message_subjects'] LOOP
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
        DELETE FROM message_subjects a USING gone WHERE a.msg_id = gone.id AND a.msg_timestamp = gone."timestamp";
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
    WITH moved AS (DELETE FROM message_subjects WHERE msg_id = OLD.id AND msg_timestamp = OLD."timestamp"
                   RETURNING component, subjects)
    INSERT INTO message_subjects (msg_id, msg_timestamp, component, subjects)
    SELECT NEW.id, NEW."timestamp", component, subjects FROM moved ON CONFLICT DO NOTHING;
    PERFORM set_config('archive.ties', before, true);
    -- What PostgreSQL must tell the triggers of the statement.
    PERFORM set_config('archive.carried', format('{%s,%s}', OLD.id, NEW.id), true);
    RETURN NEW;
END $$;

CREATE CONSTRAINT TRIGGER ties_need_messages AFTER INSERT OR UPDATE ON message_subjects
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (current_setting('archive.ties', true) IS DISTINCT FROM 'whole')
    EXECUTE FUNCTION ties_need_messages();
CREATE TRIGGER counters_stay BEFORE TRUNCATE ON message_subjects FOR EACH STATEMENT EXECUTE FUNCTION counters_stay();

-- Components are counted. Of other subjects there are few messages each.
-- With the rights of the owner: writers need none on the counters.
CREATE FUNCTION counters_note_components() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM counters WHERE kind = 's';
        DELETE FROM counter_changes WHERE kind = 's';
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO counter_changes (kind, name, category, at, change)
        SELECT 's', component::text, '', date_trunc('day', msg_timestamp), count(*)
        FROM added WHERE component <> 0 GROUP BY component, 4;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO counter_changes (kind, name, category, at, change)
        SELECT 's', component::text, '', date_trunc('day', msg_timestamp), -count(*)
        FROM gone WHERE component <> 0 GROUP BY component, 4;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counters_note_added AFTER INSERT ON message_subjects REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION counters_note_components();
CREATE TRIGGER counters_note_changed AFTER UPDATE ON message_subjects REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION counters_note_components();
CREATE TRIGGER counters_note_deleted AFTER DELETE ON message_subjects REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION counters_note_components();
CREATE TRIGGER counters_note_truncated AFTER TRUNCATE ON message_subjects
    FOR EACH STATEMENT EXECUTE FUNCTION counters_note_components();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['messages_forget', 'messages_carry', 'counters_note_components'] LOOP
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
    SELECT 'p', package_id::text, '', date_trunc('day', msg_timestamp), count(*) FROM packages_messages GROUP BY 2, 4
    UNION ALL
    SELECT 's', component::text, '', date_trunc('day', msg_timestamp), count(*)
    FROM message_subjects WHERE component <> 0 GROUP BY 2, 4;
COMMENT ON COLUMN counters.kind IS 'What is counted: m all messages, c those of a category, t of a topic, a of an agent, u of a user, p of a package, s of a component among subjects.';
COMMENT ON COLUMN counters.name IS 'The category, topic or agent, the id of the user or package, or the number of the component; else empty.';

-- Whoever reads or writes packages of messages does so with their subjects.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role,
               privilege_type AS privilege
        FROM pg_class CROSS JOIN aclexplode(relacl)
        WHERE oid = 'packages_messages'::regclass AND grantee <> relowner
    LOOP
        EXECUTE format('GRANT %s ON message_subjects TO %s', granted.privilege, granted.role);
        IF granted.privilege = 'INSERT' THEN
            EXECUTE format('GRANT DELETE ON message_subjects TO %s', granted.role);
        END IF;
    END LOOP;
END $$;
