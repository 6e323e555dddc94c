-- With its triggers.
DROP FUNCTION counters_stay CASCADE;

CREATE OR REPLACE FUNCTION messages_forget() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE users_messages, packages_messages;
    ELSE
        DELETE FROM users_messages a USING gone WHERE a.msg_id = gone.id AND a.msg_timestamp = gone."timestamp";
        DELETE FROM packages_messages a USING gone WHERE a.msg_id = gone.id AND a.msg_timestamp = gone."timestamp";
    END IF;
    RETURN NULL;
END $$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION messages_forget SET search_path = %I, pg_temp', current_schema);
END $$;
