-- Takes its locks in an order in which it cannot deadlock with writers, and does not keep them
-- waiting: it tries for a moment, lets them through, and tries again.
CREATE OR REPLACE FUNCTION messages_add_partition(of_year integer) RETURNS boolean LANGUAGE plpgsql
    SET lock_timeout = '200ms' AS $$
DECLARE
    partition text := format('messages_y%s', of_year);
    first timestamp := make_timestamp(of_year, 1, 1, 0, 0, 0);
    next timestamp := make_timestamp(of_year + 1, 1, 1, 0, 0, 0);
BEGIN
    FOR attempt IN 1..20 LOOP
        IF to_regclass(partition) IS NOT NULL THEN
            RETURN false;
        END IF;
        BEGIN
            -- Lets writers pass, and only one program add partitions. Not its partitions, of which
            -- writers hold some already.
            LOCK TABLE ONLY messages IN SHARE UPDATE EXCLUSIVE MODE;
            -- All who may meet a stray wait here. It is what attaching takes in the end.
            LOCK TABLE messages_default IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 20 THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_sleep(0.1 + 0.4 * random());
    END LOOP;
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
