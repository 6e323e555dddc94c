-- How far streams of the broker are read. It is kept after what was read is stored, so that a restored database has
-- the place of its backup: who goes on from there leaves out nothing.
CREATE TABLE stream_offsets (
    virtual_host text NOT NULL,
    queue text NOT NULL,
    stored_before bigint NOT NULL,
    digest bytea NOT NULL,
    sent_at timestamp NOT NULL,
    CONSTRAINT stream_offsets_pkey PRIMARY KEY (virtual_host, queue)
);
COMMENT ON TABLE stream_offsets IS 'How far streams are read, by whoever stores what a restored archive lacks.';
COMMENT ON COLUMN stream_offsets.virtual_host IS 'Of the broker.';
COMMENT ON COLUMN stream_offsets.queue IS 'The stream.';
COMMENT ON COLUMN stream_offsets.stored_before IS 'What the stream had before this offset is stored, or among the dead letters.';
COMMENT ON COLUMN stream_offsets.digest IS 'SHA-256 of routing key, id and body of the message before it: another stream of this name has another one there.';
COMMENT ON COLUMN stream_offsets.sent_at IS 'When that message was sent, or was read where it does not say. UTC.';

-- Who stores messages also reads streams.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class CROSS JOIN aclexplode(relacl)
        WHERE oid = 'messages'::regclass AND grantee <> relowner AND privilege_type = 'INSERT'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON stream_offsets TO %s', granted.role);
    END LOOP;
END $$;
