-- The incumbent's tables and columns (datanommer.models 1.5.0) with wider ids,
-- partitions by time and indexes in answer order.

CREATE TABLE users (
    id serial CONSTRAINT users_pkey PRIMARY KEY,
    name text
);
CREATE UNIQUE INDEX ix_users_name ON users (name);
COMMENT ON TABLE users IS 'Names of people and bots that messages concern. Case-sensitive.';

CREATE TABLE packages (
    id serial CONSTRAINT packages_pkey PRIMARY KEY,
    name text
);
CREATE UNIQUE INDEX ix_packages_name ON packages (name);
COMMENT ON TABLE packages IS 'Names of packages that messages concern. Case-sensitive.';

-- bigint: the incumbent's 32-bit ids end at 2.1 billion, and each skipped duplicate uses one up.
CREATE SEQUENCE messages_id_seq AS bigint;
CREATE TABLE messages (
    id bigint NOT NULL DEFAULT nextval('messages_id_seq'),
    msg_id varchar,
    i integer NOT NULL,
    topic varchar NOT NULL,
    "timestamp" timestamp NOT NULL,
    certificate text,
    signature text,
    category varchar NOT NULL,
    agent_name varchar,
    crypto text,
    source_name varchar,
    source_version varchar,
    msg text NOT NULL,
    headers jsonb,
    CONSTRAINT messages_pkey PRIMARY KEY (id, "timestamp"),
    CONSTRAINT messages_msg_id_timestamp_key UNIQUE (msg_id, "timestamp")
) PARTITION BY RANGE ("timestamp");
ALTER SEQUENCE messages_id_seq OWNED BY messages.id;
COMMENT ON TABLE messages IS 'Every message that was delivered, one row each.';
COMMENT ON COLUMN messages.id IS 'Surrogate key. Gaps are normal.';
COMMENT ON COLUMN messages.msg_id IS 'AMQP message_id: an opaque string, usually a UUID.';
COMMENT ON COLUMN messages.i IS 'Counter of the ZeroMQ age; 0 for messages from AMQP.';
COMMENT ON COLUMN messages.topic IS 'AMQP routing key.';
COMMENT ON COLUMN messages."timestamp" IS 'When it was sent (or received, where the sender does not say). UTC.';
COMMENT ON COLUMN messages.certificate IS 'ZeroMQ age only.';
COMMENT ON COLUMN messages.signature IS 'ZeroMQ age only.';
COMMENT ON COLUMN messages.category IS 'The application, taken from the topic.';
COMMENT ON COLUMN messages.agent_name IS 'Who caused the message.';
COMMENT ON COLUMN messages.crypto IS 'ZeroMQ age only.';
COMMENT ON COLUMN messages.source_name IS 'The program that stored the row.';
COMMENT ON COLUMN messages.source_version IS 'The version of that program.';
COMMENT ON COLUMN messages.msg IS 'The body, JSON text.';
COMMENT ON COLUMN messages.headers IS 'AMQP header table. NULL for messages of the ZeroMQ age.';

-- lz4 doubles the ingest rate for 8 % more disk; a server built without it keeps its default.
DO $$ BEGIN
    ALTER TABLE messages ALTER COLUMN msg SET COMPRESSION lz4;
    ALTER TABLE messages ALTER COLUMN headers SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server has no lz4: bodies keep the default compression';
END $$;

-- Each filter has an index that is already in the order of the answer.
CREATE INDEX ix_messages_timestamp ON messages ("timestamp", id);
CREATE INDEX ix_messages_topic ON messages (topic, "timestamp", id);
CREATE INDEX ix_messages_category ON messages (category, "timestamp", id);
CREATE INDEX ix_messages_agent_name ON messages (agent_name, "timestamp", id)
    WHERE agent_name IS NOT NULL;

-- Catches strays, so that no insert ever fails for want of a partition.
CREATE TABLE messages_default PARTITION OF messages DEFAULT;

-- A statement's triggers are those of the table that it names: so that whoever names a partition is
-- heard as well, it gets those of `messages` that it has not. Not so the default partition, from
-- which strays move silently; and not those of TRUNCATE, which do not hear what is gone.
CREATE FUNCTION messages_copy_triggers(partition regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    definition text;
BEGIN
    FOR definition IN
        SELECT pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid = 'messages'::regclass AND NOT tgisinternal AND tgtype & 32 = 0
          AND tgname NOT IN (SELECT tgname FROM pg_trigger WHERE tgrelid = partition)
    LOOP
        EXECUTE regexp_replace(definition, ' ON \S+ ', format(' ON %s ', partition));
    END LOOP;
END $$;
COMMENT ON FUNCTION messages_copy_triggers IS 'Gives a partition the triggers of messages.';

-- A partition holds one calendar year (UTC). Strays of that year move into it.
-- Answers whether the partition is new.
CREATE FUNCTION messages_add_partition(of_year integer) RETURNS boolean LANGUAGE plpgsql AS $$
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
COMMENT ON FUNCTION messages_add_partition IS 'Makes the partition of a calendar year, if there is none.';

-- From the first message of the bus; nommer adds the later years.
DO $$ BEGIN
    FOR year IN 2012..2027 LOOP
        PERFORM messages_add_partition(year);
    END LOOP;
END $$;

CREATE TABLE users_messages (
    user_id integer NOT NULL CONSTRAINT users_messages_user_id_fkey REFERENCES users (id),
    msg_id bigint NOT NULL,
    msg_timestamp timestamp NOT NULL,
    CONSTRAINT users_messages_pkey PRIMARY KEY (user_id, msg_timestamp, msg_id)
);
CREATE INDEX ix_users_messages_msg_id ON users_messages (msg_id);
COMMENT ON TABLE users_messages IS 'Which users a message concerns.';
COMMENT ON COLUMN users_messages.msg_id IS 'messages.id, not the text msg_id.';
COMMENT ON COLUMN users_messages.msg_timestamp IS 'messages.timestamp.';

CREATE TABLE packages_messages (
    package_id integer NOT NULL CONSTRAINT packages_messages_package_id_fkey REFERENCES packages (id),
    msg_id bigint NOT NULL,
    msg_timestamp timestamp NOT NULL,
    CONSTRAINT packages_messages_pkey PRIMARY KEY (package_id, msg_timestamp, msg_id)
);
CREATE INDEX ix_packages_messages_msg_id ON packages_messages (msg_id);
COMMENT ON TABLE packages_messages IS 'Which packages a message concerns.';
COMMENT ON COLUMN packages_messages.msg_id IS 'messages.id, not the text msg_id.';
COMMENT ON COLUMN packages_messages.msg_timestamp IS 'messages.timestamp.';

-- A deleted message leaves no association behind, so that those tables can be searched and
-- counted without a look at `messages`.
CREATE FUNCTION messages_forget() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER messages_forget_deleted AFTER DELETE ON messages
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION messages_forget();
CREATE TRIGGER messages_forget_truncated AFTER TRUNCATE ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION messages_forget();
