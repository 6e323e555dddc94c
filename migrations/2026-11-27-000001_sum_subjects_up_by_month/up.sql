-- Of subjects there are many, so that their counters are most of what is changed when notes are folded, while few are
-- ever asked for: months are the largest buckets of theirs, at most 180 in fifteen years.
DELETE FROM counters WHERE kind = 's' AND span = 'y';
COMMENT ON TABLE counters IS 'How many messages there are, by what and when: each is counted in its day, month and year, components among subjects in day and month. counter_changes is to be added.';

-- A program that does not know this yet may run on for a while.
CREATE FUNCTION counters_pass_over() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER counters_pass_over_years BEFORE INSERT ON counters FOR EACH ROW
    WHEN (NEW.kind = 's' AND NEW.span = 'y') EXECUTE FUNCTION counters_pass_over();
