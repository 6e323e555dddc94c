//! The tables that datanommer's models make, empty or with the messages of an archive.

use anyhow::Result;
use devstack::{Database, Postgres};

use crate::database::{copy, servers};

const TABLES: &str = include_str!("tables.sql");
const INDEXES: &str = include_str!("indexes.sql");

/// A new database with the incumbent's tables and indexes.
pub fn empty(postgres: &Postgres) -> Result<Database> {
    let database = postgres.fresh_database()?;
    postgres.run_sql(&database.name, TABLES)?;
    postgres.run_sql(&database.name, INDEXES)?;
    Ok(database)
}

/// A new database with the incumbent's tables and the rows of `archive`. The indexes come last, which makes them as small as they
/// can be.
pub fn copy_of(postgres: &Postgres, archive: &Database) -> Result<Database> {
    service::complain(format_args!("copying into the incumbent's tables"));
    let database = postgres.fresh_database()?;
    postgres.run_sql(&database.name, TABLES)?;
    copy::through_pipes(archive, &database)?;
    postgres.run_sql(&database.name, INDEXES)?;
    servers::tidy(postgres, &database)?;
    Ok(database)
}
