-- Whether an error is about a message or about the server is told by its SQLSTATE, which clients do
-- not always learn, and whose text depends on the server's language.

-- Stores one message as far as it goes, in the caller's transaction and with the caller's rights, and
-- says how that ended: 00000 if it was taken, else the SQLSTATE, its text, and the constraint if there
-- is one. What cancels the statement (57014) is no answer, but an error.
-- Texts come as bytes in UTF-8, so that one which this database cannot hold is an answer, too.
CREATE FUNCTION messages_trial(
    bytes_of_msg_id bytea, bytes_of_topic bytea, sent timestamp, bytes_of_category bytea, bytes_of_agent_name bytea,
    bytes_of_msg bytea, bytes_of_headers bytea, bytes_of_users bytea[], bytes_of_packages bytea[],
    OUT state text, OUT reason text, OUT violated text
) LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
BEGIN
    INSERT INTO messages (msg_id, i, topic, "timestamp", category, agent_name, msg, headers)
    VALUES (convert_from(bytes_of_msg_id, 'UTF8'), 0, convert_from(bytes_of_topic, 'UTF8'), sent,
            convert_from(bytes_of_category, 'UTF8'), convert_from(bytes_of_agent_name, 'UTF8'),
            convert_from(bytes_of_msg, 'UTF8'), convert_from(bytes_of_headers, 'UTF8')::jsonb)
    ON CONFLICT (msg_id, "timestamp") DO NOTHING
    RETURNING id INTO new_id;

    INSERT INTO users (name) SELECT DISTINCT convert_from(name, 'UTF8') FROM unnest(bytes_of_users) AS name ORDER BY 1
    ON CONFLICT (name) DO NOTHING;
    INSERT INTO users_messages (user_id, msg_id, msg_timestamp)
    SELECT id, new_id, sent FROM users
    WHERE new_id IS NOT NULL AND users.name IN (SELECT convert_from(new.name, 'UTF8') FROM unnest(bytes_of_users) AS new (name));

    INSERT INTO packages (name) SELECT DISTINCT convert_from(name, 'UTF8') FROM unnest(bytes_of_packages) AS name ORDER BY 1
    ON CONFLICT (name) DO NOTHING;
    INSERT INTO packages_messages (package_id, msg_id, msg_timestamp)
    SELECT id, new_id, sent FROM packages
    WHERE new_id IS NOT NULL AND packages.name IN (SELECT convert_from(new.name, 'UTF8') FROM unnest(bytes_of_packages) AS new (name));

    -- What would be found wrong at the commit only.
    SET CONSTRAINTS ALL IMMEDIATE;
    state := '00000';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, reason = MESSAGE_TEXT, violated = CONSTRAINT_NAME;
END $$;
COMMENT ON FUNCTION messages_trial IS 'Tells by its SQLSTATE why a message is not taken. Call it in a transaction that is rolled back.';
