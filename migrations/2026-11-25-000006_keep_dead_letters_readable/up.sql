-- What an operator has decided about a dead letter.
ALTER TABLE dead_letters ADD COLUMN discarded_at timestamp, ADD COLUMN discard_reason text;
COMMENT ON COLUMN dead_letters.discarded_at IS 'When an operator discarded it. UTC. NULL if it waits for a decision.';
COMMENT ON COLUMN dead_letters.discard_reason IS 'Why it was discarded.';
COMMENT ON COLUMN dead_letters.properties IS 'AMQP basic properties; values without a JSON counterpart are tagged. A text that holds the character NUL is $hex: and the digits of its bytes.';

-- PostgreSQL takes the escape of NUL into json, and then fails to read any member of such a document.
DO $$
DECLARE
    letter record;
    token text;
    piece text;
    digits text;
    written text;
    -- One that begins with an escape of NUL, and one without any up to there.
    nul constant text := '\\u0000';
    others constant text := '(?:[^\\]|\\[^u]|\\u(?!0000))';
BEGIN
    FOR letter IN SELECT id, properties::text AS old FROM dead_letters WHERE properties::text ~ nul LOOP
        written := '';
        FOR token IN SELECT part[1] FROM regexp_matches(letter.old, '"(?:[^"\\]|\\.)*"|[^"]+', 'g') WITH ORDINALITY AS parts (part, n) ORDER BY n LOOP
            IF token ~ ('^"' || others || '*' || nul) THEN
                digits := '';
                FOR piece IN SELECT part[1] FROM regexp_matches(substr(token, 2, length(token) - 2), nul || '|' || others || '+', 'g') WITH ORDINALITY AS parts (part, n) ORDER BY n LOOP
                    digits := digits || CASE WHEN piece ~ ('^' || nul) THEN '00'
                        ELSE encode(convert_to(('["' || piece || '"]')::json ->> 0, 'UTF8'), 'hex') END;
                END LOOP;
                token := '"$hex:' || digits || '"';
            END IF;
            written := written || token;
        END LOOP;
        UPDATE dead_letters SET properties = written::json WHERE id = letter.id;
    END LOOP;
END $$;
