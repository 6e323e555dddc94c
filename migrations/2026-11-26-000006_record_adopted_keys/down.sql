ALTER TABLE adoption_slices DROP COLUMN keys;
