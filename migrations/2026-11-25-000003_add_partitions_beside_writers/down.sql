CREATE OR REPLACE FUNCTION messages_add_partition(of_year integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    partition text := format('messages_y%s', of_year);
    first timestamp := make_timestamp(of_year, 1, 1, 0, 0, 0);
    next timestamp := make_timestamp(of_year + 1, 1, 1, 0, 0, 0);
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Writers wait here, so that no stray slips in between the move and the attachment.
    LOCK TABLE messages IN SHARE ROW EXCLUSIVE MODE;
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE messages INCLUDING DEFAULTS INCLUDING COMPRESSION INCLUDING COMMENTS)', partition);
    EXECUTE format('INSERT INTO %I SELECT * FROM messages_default WHERE "timestamp" >= %L AND "timestamp" < %L',
                   partition, first, next);
    DELETE FROM messages_default WHERE "timestamp" >= first AND "timestamp" < next;
    EXECUTE format('ALTER TABLE messages ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, first, next);
    PERFORM messages_copy_triggers(partition::regclass);
    RETURN true;
END $$;
