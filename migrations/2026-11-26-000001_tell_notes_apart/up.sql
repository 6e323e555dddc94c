-- Readers learn which transaction a note is of, by which they know what they have counted already.
-- And a horizon tells by itself that it is of this server, which each reader looked up in a file.

ALTER TABLE counter_horizon ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN counter_horizon.xact IS
    'The transaction that wrote it. A copy of the row, in a dump that was restored or a replica, is written by another: so it says nothing.';
-- The program of before still tells it.
ALTER TABLE counter_horizon ALTER COLUMN cluster DROP NOT NULL;
COMMENT ON COLUMN counter_horizon.cluster IS 'Not used any more.';

-- Without a row that was written here, all notes count. A number that comes again by chance does no
-- harm: what this server writes after it is not before past. Ordered, so that sessions which do not
-- sort use the index even where PostgreSQL believes the table to be small: it plans once, and then
-- dead rows come.
CREATE OR REPLACE VIEW counter_notes AS
    SELECT note.kind, note.name, note.category, note.at, note.change, note.place, note.xact
    FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
        SELECT CASE WHEN xmin = xact::xid AND past <= xact THEN past END AS past, open
        FROM counter_horizon ORDER BY number DESC LIMIT 1) AS horizon ON true
    CROSS JOIN LATERAL (
        (SELECT kind, name, category, at, change, ctid AS place, xact FROM counter_changes
         WHERE xact >= coalesce(horizon.past, '0') ORDER BY xact)
        UNION ALL
        (SELECT kind, name, category, at, change, ctid, xact FROM counter_changes
         WHERE xact = ANY (horizon.open) AND xact < horizon.past ORDER BY xact)) AS note;
COMMENT ON COLUMN counter_notes.xact IS 'The transaction that wrote it, or that put it together from others.';
