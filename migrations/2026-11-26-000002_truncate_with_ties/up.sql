-- Messages can be truncated together with their users and packages, and while counters are folded.

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

-- What is folded meanwhile would be there again afterwards.
CREATE FUNCTION counters_stay() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    LOCK TABLE counters IN SHARE ROW EXCLUSIVE MODE;
    RETURN NULL;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['messages_forget', 'counters_stay'] LOOP
        EXECUTE format('ALTER FUNCTION %I SET search_path = %I, pg_temp', name, current_schema);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['messages', 'users_messages', 'packages_messages'] LOOP
        EXECUTE format('CREATE TRIGGER counters_stay BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION counters_stay()', name);
    END LOOP;
END $$;
