-- Which messages were taken over, and which had been stored here before: those differ from the other archive's where
-- the rules are others, and are no fault.
ALTER TABLE adoption_slices ADD COLUMN keys int8range[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN adoption_slices.keys IS 'The keys that its messages got when they were stored. Empty where an older program stored them, which did not record them.';
