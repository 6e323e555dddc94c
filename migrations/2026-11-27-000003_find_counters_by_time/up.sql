-- Which names have the most messages of a time is asked of all counters of that time; the key leads only to those of a
-- name.
CREATE INDEX ix_counters_time ON counters (kind, span, start);
