-- The incumbent's tools ask this table which schema they meet.
CREATE TABLE alembic_version (
    version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY
);
COMMENT ON TABLE alembic_version IS 'The version of the schema in the count of datanommer.models.';
INSERT INTO alembic_version VALUES ('f4fdb5442d05');
