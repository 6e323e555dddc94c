#!/bin/sh
# Creates the role grepper reads with. The postgres image runs this once, when its
# volume is new.
set -eu

psql --set ON_ERROR_STOP=1 --set password="$GREPPER_PASSWORD" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE grepper LOGIN PASSWORD :'password';
ALTER ROLE grepper SET default_transaction_read_only = on;
-- nommer has yet to make its tables, and will make more of them each year.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO grepper;
SQL
