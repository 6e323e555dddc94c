DROP INDEX ix_counters_time;
