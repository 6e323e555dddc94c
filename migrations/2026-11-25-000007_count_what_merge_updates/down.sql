-- With its triggers.
DROP FUNCTION counters_note_merged CASCADE;
