DROP VIEW counter_notes;
DROP TABLE counter_horizon;
ALTER TABLE counter_changes REPLICA IDENTITY DEFAULT;
-- With its index.
ALTER TABLE counter_changes DROP COLUMN xact;
