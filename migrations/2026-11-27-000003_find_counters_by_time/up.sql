-- Which names have the most messages of a time is asked of all counters of that time; the key leads only to those of a
-- name. Counts are no part of the index, so that counters that change stay where they are.
CREATE INDEX ix_counters_time ON counters (kind, span, start);
