DROP TABLE adoption_slices;
