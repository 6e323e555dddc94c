DROP TABLE stream_offsets;
