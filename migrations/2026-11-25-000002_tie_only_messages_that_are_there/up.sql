-- Users and packages go along with their message, and are only of messages that are there.

-- Row by row, and before: only so are old and new keys known together, also where the row moves to
-- another partition.
CREATE FUNCTION messages_carry() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER messages_carry BEFORE UPDATE ON messages FOR EACH ROW
    WHEN (OLD.id <> NEW.id OR OLD."timestamp" <> NEW."timestamp") EXECUTE FUNCTION messages_carry();

-- No foreign keys: to look each message up costs too much where it was stored a moment ago. Programs
-- that make sure themselves, as nommer does, set archive.ties to whole. Others may tie a message before
-- they store it, as long as it is there when they commit.
CREATE FUNCTION ties_need_messages() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    ties bigint;
BEGIN
    -- Nobody deletes it before this transaction ends.
    PERFORM FROM messages m WHERE m.id = NEW.msg_id AND m."timestamp" = NEW.msg_timestamp FOR KEY SHARE;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    -- The transaction may have taken it back.
    EXECUTE format('SELECT FROM %I t WHERE msg_id = $1 AND to_jsonb(t) = $2', TG_TABLE_NAME)
        USING NEW.msg_id, to_jsonb(NEW);
    GET DIAGNOSTICS ties = ROW_COUNT;
    IF ties > 0 THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('there is no message %s of %s for %I', NEW.msg_id, NEW.msg_timestamp, TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['users_messages', 'packages_messages'] LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER ties_need_messages AFTER INSERT OR UPDATE ON %I
                        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                        WHEN (current_setting(''archive.ties'', true) IS DISTINCT FROM ''whole'')
                        EXECUTE FUNCTION ties_need_messages()', name);
    END LOOP;
END $$;
