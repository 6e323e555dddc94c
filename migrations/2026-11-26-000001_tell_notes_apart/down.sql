-- A view does not lose a column; who may read it still may.
DO $$
DECLARE
    readers text[] := ARRAY(
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
        FROM pg_class CROSS JOIN aclexplode(relacl)
        WHERE oid = 'counter_notes'::regclass AND grantee <> relowner AND privilege_type = 'SELECT');
    reader text;
BEGIN
    DROP VIEW counter_notes;
    CREATE VIEW counter_notes AS
        SELECT note.kind, note.name, note.category, note.at, note.change, note.place
        FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
            SELECT CASE WHEN cluster = (SELECT system_identifier FROM pg_control_system()) THEN past END AS past, open
            FROM counter_horizon ORDER BY number DESC LIMIT 1) AS horizon ON true
        CROSS JOIN LATERAL (
            (SELECT kind, name, category, at, change, ctid AS place FROM counter_changes
             WHERE xact >= coalesce(horizon.past, '0') ORDER BY xact)
            UNION ALL
            (SELECT kind, name, category, at, change, ctid FROM counter_changes
             WHERE xact = ANY (horizon.open) AND xact < horizon.past ORDER BY xact)) AS note;
    COMMENT ON VIEW counter_notes IS 'The rows of counter_changes, found without a look at what is folded.';
    COMMENT ON COLUMN counter_notes.place IS 'The ctid of the row.';
    FOREACH reader IN ARRAY readers LOOP
        EXECUTE format('GRANT SELECT ON counter_notes TO %s', reader);
    END LOOP;
END $$;

-- What is not believed now is not believed then.
UPDATE counter_horizon SET cluster = CASE WHEN xmin = xact::xid THEN system_identifier ELSE 0 END FROM pg_control_system();
ALTER TABLE counter_horizon ALTER COLUMN cluster SET NOT NULL;
COMMENT ON COLUMN counter_horizon.cluster IS 'The server of whose transactions this speaks: a restored dump is on another.';
ALTER TABLE counter_horizon DROP COLUMN xact;
