DROP TRIGGER counters_pass_over_years ON counters;
DROP FUNCTION counters_pass_over;
INSERT INTO counters (kind, name, category, span, start, count)
SELECT kind, name, category, 'y', date_trunc('year', start)::date, sum(count)
FROM counters WHERE kind = 's' AND span = 'm' GROUP BY 1, 2, 3, 5;
COMMENT ON TABLE counters IS 'How many messages there are, by what and when. counter_changes is to be added.';
