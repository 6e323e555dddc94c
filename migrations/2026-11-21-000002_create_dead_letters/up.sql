CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL,
    reason text NOT NULL,
    received_at timestamp NOT NULL,
    last_received_at timestamp NOT NULL,
    deliveries bigint NOT NULL DEFAULT 1,
    queue varchar NOT NULL,
    exchange varchar NOT NULL,
    routing_key varchar NOT NULL,
    properties json NOT NULL,
    body bytea NOT NULL
);
CREATE UNIQUE INDEX ix_dead_letters_digest ON dead_letters (digest);
CREATE INDEX ix_dead_letters_received_at ON dead_letters (received_at, id);
COMMENT ON TABLE dead_letters IS 'Deliveries that could not be archived, kept whole.';
COMMENT ON COLUMN dead_letters.digest IS 'SHA-256 of routing key, properties and body: a delivery that comes again is counted, not kept twice.';
COMMENT ON COLUMN dead_letters.reason IS 'Why it could not be archived.';
COMMENT ON COLUMN dead_letters.received_at IS 'When it came first. UTC.';
COMMENT ON COLUMN dead_letters.last_received_at IS 'When it came last. UTC.';
COMMENT ON COLUMN dead_letters.deliveries IS 'How many times it came.';
COMMENT ON COLUMN dead_letters.properties IS 'AMQP basic properties; values without a JSON counterpart are tagged. json, as jsonb refuses the character NUL.';
COMMENT ON COLUMN dead_letters.body IS 'The raw bytes.';
