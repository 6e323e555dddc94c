-- What people who read the tables need, and no more: run it as `grants.sql`, once for each role of theirs, with its
-- name put in for people.
--
-- nommer's `stats`, `latest` and `dump` look first whether they know the tables, by the migrations. Totals are in counters and, for what nommer has not folded yet, in counter_notes. Dead letters are not for them:
-- these hold what nobody has looked at.

GRANT USAGE ON SCHEMA public TO people;

-- What was granted before and is not any more.
REVOKE ALL ON __diesel_schema_migrations, alembic_version, messages, users, packages, users_messages, packages_messages, message_subjects,
    recent_topics, dead_letters, counters, counters_actual, counter_changes, counter_horizon, counter_notes, adoption_slices, stream_offsets
    FROM people;
REVOKE ALL ON SEQUENCE messages_id_seq, users_id_seq, packages_id_seq, dead_letters_id_seq,
    counter_horizon_number_seq FROM people;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM people;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM people;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM people;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM people;
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'messages'::regclass LOOP
        EXECUTE format('REVOKE ALL ON %s FROM people', partition);
    END LOOP;
END
$$;

GRANT SELECT ON __diesel_schema_migrations, messages, users, packages, users_messages, packages_messages, message_subjects,
    recent_topics, counters, counter_notes TO people;
