-- With its triggers.
DROP FUNCTION messages_forget_class CASCADE;
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
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION messages_carry SET search_path = %I, pg_temp', current_schema);
END $$;
ALTER TABLE message_subjects RESET (autovacuum_vacuum_insert_scale_factor);
ALTER TABLE message_subjects DROP CONSTRAINT message_subjects_pkey,
    ADD CONSTRAINT message_subjects_pkey PRIMARY KEY (component, msg_timestamp, msg_id);
ALTER TABLE message_subjects DROP COLUMN topic_class;
