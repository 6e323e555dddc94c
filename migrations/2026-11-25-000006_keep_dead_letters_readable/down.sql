-- Texts stay as they are written: to the previous version they are texts as others.
COMMENT ON COLUMN dead_letters.properties IS 'AMQP basic properties; values without a JSON counterpart are tagged. json, as jsonb refuses the character NUL.';
ALTER TABLE dead_letters DROP COLUMN discarded_at, DROP COLUMN discard_reason;
