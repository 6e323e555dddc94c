-- What sessions of grepper set, as the defaults of its role: for PgBouncer 1.21 or later in transaction mode, which
-- passes none of it on and shares sessions of the server among clients. Run it as who may alter the role; see
-- grepper.md. Where all this is there, grepper sets nothing by statements.
ALTER ROLE grepper SET timezone = 'UTC';
ALTER ROLE grepper SET datestyle = 'ISO, YMD';
ALTER ROLE grepper SET standard_conforming_strings = on;
ALTER ROLE grepper SET default_transaction_isolation = 'read committed';
ALTER ROLE grepper SET default_transaction_deferrable = off;
ALTER ROLE grepper SET default_transaction_read_only = on;
ALTER ROLE grepper SET transform_null_equals = off;
ALTER ROLE grepper SET client_connection_check_interval = '1s';
ALTER ROLE grepper SET idle_session_timeout = 0;
ALTER ROLE grepper SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE grepper SET lock_timeout = 0;
-- As --statement-timeout-ms.
ALTER ROLE grepper SET statement_timeout = '30s';
ALTER ROLE grepper SET max_parallel_workers_per_gather = 0;
ALTER ROLE grepper SET jit = off;
ALTER ROLE grepper SET plan_cache_mode = force_generic_plan;
ALTER ROLE grepper SET enable_bitmapscan = off;
ALTER ROLE grepper SET enable_hashjoin = off;
ALTER ROLE grepper SET enable_mergejoin = off;
ALTER ROLE grepper SET enable_sort = off;
