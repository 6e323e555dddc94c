-- With their triggers.
DROP FUNCTION counters_note_association CASCADE;
DROP FUNCTION counters_note_messages CASCADE;
DROP VIEW counters_actual;
DROP TABLE counter_changes;
DROP TABLE counters;
