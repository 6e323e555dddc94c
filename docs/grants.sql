-- The least rights that the programs work with. Run it as the owner of the tables, after `nommer migrate`,
-- and again when an upgrade has made tables:
--
--     psql -v ON_ERROR_STOP=1 --single-transaction -f grants.sql DATABASE
--
-- The roles are there already (CREATE ROLE nommer LOGIN; CREATE ROLE grepper LOGIN); other names are put in by a
-- text editor, and another schema than public as well. Tables that are there and not of this archive are left as
-- they are; but nommer may read and add to any that the owner makes in this schema from now on, as partitions of
-- coming years are such. Keep others in another schema, or give them another owner.
--
-- Only a superuser can give the right to see what other roles do. With it, nommer knows whose snapshot keeps
-- deleted rows, instead of believing the worst of every transaction, and tells who:
--
--     GRANT pg_read_all_stats TO nommer;
--
-- Only the owner of the schema can take the right to make tables in it from who once had it:
--
--     REVOKE CREATE ON SCHEMA public FROM nommer, grepper;

GRANT USAGE ON SCHEMA public TO nommer, grepper;

-- What was granted before and is not any more.
REVOKE ALL ON __diesel_schema_migrations, alembic_version, messages, users, packages, users_messages, packages_messages, message_subjects,
    recent_topics, dead_letters, counters, counters_actual, counter_changes, counter_horizon, counter_notes, adoption_slices, stream_offsets
    FROM nommer, grepper;
REVOKE ALL ON SEQUENCE messages_id_seq, users_id_seq, packages_id_seq, dead_letters_id_seq,
    counter_horizon_number_seq FROM nommer, grepper;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM nommer, grepper;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM nommer, grepper;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM nommer, grepper;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM nommer, grepper;

-- `nommer consume`, `extract` and `counters verify`. What changes the schema, and `counters rebuild`, is for the owner.
GRANT SELECT ON __diesel_schema_migrations, counters_actual TO nommer;
GRANT SELECT, INSERT, UPDATE (agent_name) ON messages TO nommer;
GRANT SELECT, INSERT ON users, packages, users_messages, packages_messages TO nommer;
GRANT SELECT, INSERT, DELETE ON message_subjects TO nommer;
GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO nommer;
GRANT SELECT, INSERT, UPDATE ON counters TO nommer;
GRANT SELECT, INSERT, DELETE ON counter_changes, counter_horizon TO nommer;
GRANT SELECT ON counter_notes TO nommer;
-- `nommer adopt`.
GRANT SELECT, INSERT, UPDATE ON adoption_slices TO nommer;
-- `nommer consume --from-stream`.
GRANT SELECT, INSERT, UPDATE ON stream_offsets TO nommer;
GRANT USAGE ON SEQUENCE messages_id_seq, users_id_seq, packages_id_seq, dead_letters_id_seq,
    counter_horizon_number_seq TO nommer;

-- Rows are copied right into the partition of their year: those that are there, and those that the owner will make.
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'messages'::regclass LOOP
        EXECUTE format('REVOKE ALL ON %s FROM nommer, grepper', partition);
        EXECUTE format('GRANT SELECT, INSERT ON %s TO nommer', partition);
    END LOOP;
END
$$;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO nommer;

-- grepper reads, by the parents alone, and no dead letters: these hold what nobody has looked at.
GRANT SELECT ON __diesel_schema_migrations, messages, users, packages, users_messages, packages_messages, message_subjects,
    counters, counter_notes TO grepper;
