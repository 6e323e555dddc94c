"""Makes the tables of the incumbent in an empty database, by the published models alone. Their create-db wants
TimescaleDB; a function that does nothing stands for it while they make tables."""

import sys

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from datanommer import models
from datanommer.models.view import create_view
from sqlalchemy import create_engine, text

engine = create_engine(sys.argv[1], future=True)
with engine.begin() as connection:
    connection.execute(text("CREATE FUNCTION create_hypertable(text, text) RETURNS void LANGUAGE sql AS ''"))
models.DeclarativeBase.metadata.create_all(engine)
with engine.begin() as connection:
    connection.execute(text("DROP FUNCTION create_hypertable"))
    create_view(connection)
    revisions = ScriptDirectory(f"{models.__path__[0]}/alembic")
    MigrationContext.configure(connection).stamp(revisions, "head")
