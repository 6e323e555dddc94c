-- While a snapshot is open (a dump, a report, a prepared transaction), what is folded stays in the
-- table as dead rows. Notes carry who wrote them, so that readers go past these by an index.

LOCK TABLE counter_changes IN ACCESS EXCLUSIVE MODE;
ALTER TABLE counter_changes ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN counter_changes.xact IS 'The transaction that wrote it.';
CREATE INDEX ix_counter_changes_xact ON counter_changes (xact, kind, name);
-- A publication of all tables must not stop the folding; and no key is worth its index here.
ALTER TABLE counter_changes REPLICA IDENTITY FULL;

-- Each fold appends a row and deletes the one before: readers take the last, so that here, too, they
-- meet no dead ones.
CREATE TABLE counter_horizon (
    number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT counter_horizon_pkey PRIMARY KEY,
    cluster bigint NOT NULL,
    past xid8 NOT NULL,
    open xid8[] NOT NULL,
    settled xid8 NOT NULL,
    settled_at timestamp NOT NULL
);
COMMENT ON TABLE counter_horizon IS 'Whose notes are folded: those of all transactions before past, but for open ones. The last row counts.';
COMMENT ON COLUMN counter_horizon.cluster IS 'The server of whose transactions this speaks: a restored dump is on another.';
COMMENT ON COLUMN counter_horizon.past IS 'The first transaction that had not begun when notes were folded last.';
COMMENT ON COLUMN counter_horizon.open IS 'Transactions before it that had not ended, and the one that put notes together.';
COMMENT ON COLUMN counter_horizon.settled IS 'The last transaction that changed counters.';
COMMENT ON COLUMN counter_horizon.settled_at IS 'When that was. UTC.';
INSERT INTO counter_horizon (cluster, past, open, settled, settled_at)
SELECT system_identifier, '0', '{}', '0', '-infinity' FROM pg_control_system();

-- Without a row of this server, all notes count. Ordered, so that sessions which do not sort use the
-- index even where PostgreSQL believes the table to be small: it plans once, and then dead rows come.
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

-- Who may read or fold notes may still do so.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role,
               privilege_type AS privilege
        FROM pg_class CROSS JOIN aclexplode(relacl)
        WHERE oid = 'counter_changes'::regclass AND grantee <> relowner
    LOOP
        EXECUTE format('GRANT %s ON counter_horizon TO %s', granted.privilege, granted.role);
        IF granted.privilege = 'SELECT' THEN
            EXECUTE format('GRANT SELECT ON counter_notes TO %s', granted.role);
        ELSIF granted.privilege = 'DELETE' THEN
            EXECUTE format('GRANT INSERT ON counter_horizon TO %s', granted.role);
        END IF;
    END LOOP;
END $$;
