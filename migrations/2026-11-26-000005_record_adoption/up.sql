-- What was taken over from another archive: slices of its time, each recorded by the transaction that stored its
-- messages. So a run that was interrupted goes on where it was, and one that comes later reads what has changed.
CREATE TABLE adoption_slices (
    source text NOT NULL,
    since timestamp NOT NULL,
    until timestamp NOT NULL,
    read bigint NOT NULL,
    stored bigint NOT NULL,
    put_aside bigint NOT NULL,
    done_at timestamp NOT NULL,
    CONSTRAINT adoption_slices_pkey PRIMARY KEY (source, since)
);
COMMENT ON TABLE adoption_slices IS 'Which messages of another archive were taken over. They do not overlap.';
COMMENT ON COLUMN adoption_slices.source IS 'The other archive: the identifier of its server, and the oid of its database.';
COMMENT ON COLUMN adoption_slices.since IS 'Messages of that time and later. UTC; -infinity for no bound.';
COMMENT ON COLUMN adoption_slices.until IS 'Messages before that time. UTC; infinity for no bound.';
COMMENT ON COLUMN adoption_slices.read IS 'How many messages there were when it was read last.';
COMMENT ON COLUMN adoption_slices.stored IS 'How many of them were stored. Those that were neither stored nor put aside were here before.';
COMMENT ON COLUMN adoption_slices.put_aside IS 'How many of them are in dead_letters, as they cannot be stored.';
COMMENT ON COLUMN adoption_slices.done_at IS 'When it was read last. UTC.';

-- Who stores messages also takes over.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class CROSS JOIN aclexplode(relacl)
        WHERE oid = 'messages'::regclass AND grantee <> relowner AND privilege_type = 'INSERT'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON adoption_slices TO %s', granted.role);
    END LOOP;
END $$;
