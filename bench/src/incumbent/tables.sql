-- The tables of datanommer.models 1.5.0, as its create-db makes them, without TimescaleDB.

CREATE TABLE users (id serial PRIMARY KEY, name text);
CREATE TABLE packages (id serial PRIMARY KEY, name text);

CREATE TABLE messages (
    id serial NOT NULL,
    msg_id varchar,
    i integer NOT NULL,
    topic varchar NOT NULL,
    "timestamp" timestamp NOT NULL,
    certificate text,
    signature text,
    category varchar NOT NULL,
    agent_name varchar,
    crypto text,
    source_name varchar,
    source_version varchar,
    msg text NOT NULL,
    headers jsonb
);

CREATE TABLE users_messages (
    user_id integer NOT NULL REFERENCES users (id),
    msg_id integer NOT NULL,
    msg_timestamp timestamp NOT NULL
);
CREATE TABLE packages_messages (
    package_id integer NOT NULL REFERENCES packages (id),
    msg_id integer NOT NULL,
    msg_timestamp timestamp NOT NULL
);
