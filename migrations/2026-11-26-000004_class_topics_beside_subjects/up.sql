-- What topics have in common, beside the subjects: who asks for messages about a component by topic finds
-- them within the index, and no longer looks each message of it up.

-- Whoever has subjects stored already waits until the index is made anew, about 2 s for a million rows.
ALTER TABLE message_subjects ADD COLUMN topic_class integer;
ALTER TABLE message_subjects DROP CONSTRAINT message_subjects_pkey,
    ADD CONSTRAINT message_subjects_pkey PRIMARY KEY (component, msg_timestamp, msg_id) INCLUDE (topic_class);
-- The index alone answers for pages that VACUUM has seen: by default it comes when a fifth is new.
ALTER TABLE message_subjects SET (autovacuum_vacuum_insert_scale_factor = 0.02);
COMMENT ON COLUMN message_subjects.topic_class IS
    'A number made of the third to fifth word of the topic; NULL where a program knows none, or the topic has changed: then only the message tells.';

-- The number goes along with its message, unless the topic changes, too.
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
                   RETURNING component, subjects, topic_class)
    INSERT INTO message_subjects (msg_id, msg_timestamp, component, subjects, topic_class)
    SELECT NEW.id, NEW."timestamp", component, subjects, CASE WHEN NEW.topic = OLD.topic THEN topic_class END
    FROM moved ON CONFLICT DO NOTHING;
    PERFORM set_config('archive.ties', before, true);
    -- What PostgreSQL must tell the triggers of the statement.
    PERFORM set_config('archive.carried', format('{%s,%s}', OLD.id, NEW.id), true);
    RETURN NEW;
END $$;

-- The number of another topic would hide the message.
CREATE FUNCTION messages_forget_class() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before text := coalesce(current_setting('archive.ties', true), '');
BEGIN
    PERFORM set_config('archive.ties', 'whole', true);
    UPDATE message_subjects SET topic_class = NULL
    WHERE msg_id = NEW.id AND msg_timestamp = NEW."timestamp" AND topic_class IS NOT NULL;
    PERFORM set_config('archive.ties', before, true);
    RETURN NULL;
END $$;
-- After: other triggers may change the topic.
CREATE TRIGGER messages_forget_class AFTER UPDATE ON messages FOR EACH ROW
    WHEN (OLD.topic <> NEW.topic) EXECUTE FUNCTION messages_forget_class();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['messages_carry', 'messages_forget_class'] LOOP
        EXECUTE format('ALTER FUNCTION %I SET search_path = %I, pg_temp', name, current_schema);
    END LOOP;
END $$;
