//! The schema's migrations, embedded in the program.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::database::connection::ConnectionOptions;
use crate::database::locks::{self, MIGRATION};
use crate::error::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// Applies the migrations that are not applied yet; answers their names.
pub fn apply(options: &ConnectionOptions) -> Result<Vec<String>, StoreError> {
    exclusively(options, |connection| {
        refuse_foreign_schema(connection)?;
        let applied = connection
            .run_pending_migrations(MIGRATIONS)
            .map_err(StoreError::Refused)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
}

/// Rolls the newest migrations back, as many as `count`; answers their names.
pub fn revert(options: &ConnectionOptions, count: usize) -> Result<Vec<String>, StoreError> {
    exclusively(options, |connection| {
        let applied = connection
            .applied_migrations()
            .map_err(StoreError::Refused)?
            .len();
        (0..count.min(applied))
            .map(|_| {
                connection
                    .revert_last_migration(MIGRATIONS)
                    .map(|v| v.to_string())
                    .map_err(StoreError::Refused)
            })
            .collect()
    })
}

/// Fails with [`StoreError::Schema`], saying what to run, unless the database has exactly the
/// migrations that this program knows.
pub fn check(options: &ConnectionOptions) -> Result<(), StoreError> {
    let connection = &mut options.pool().get()?.connection;
    let known: Vec<MigrationVersion<'_>> = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(StoreError::Refused)?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect();
    let applied = if exists(connection, "__diesel_schema_migrations")? {
        applied(connection)?
    } else {
        Vec::new()
    };
    if let Some(unknown) = applied.iter().find(|version| !known.contains(version)) {
        return Err(StoreError::Schema(format!(
            "the database has migration {unknown}, which this version of the program does not know: \
             upgrade the program"
        )));
    }
    let missing = known
        .iter()
        .filter(|version| !applied.contains(version))
        .count();
    match missing {
        0 => Ok(()),
        missing => Err(StoreError::Schema(format!(
            "the database lacks {missing} of {} migrations: run `nommer migrate`",
            known.len()
        ))),
    }
}

fn exclusively<T>(
    options: &ConnectionOptions,
    work: impl FnOnce(&mut PgConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let connection = &mut options.pool().get()?.connection;
    locks::take(connection, MIGRATION)?;
    let answer = work(connection);
    locks::give_back(connection, MIGRATION)?;
    answer
}

/// Tables that other migrations made must not be taken for ours.
fn refuse_foreign_schema(connection: &mut PgConnection) -> Result<(), StoreError> {
    if exists(connection, "messages")? && !exists(connection, "__diesel_schema_migrations")? {
        return Err(StoreError::Schema(
            "the database holds a table `messages` that these migrations did not make: use an empty database"
                .to_owned(),
        ));
    }
    Ok(())
}

/// As diesel's own function for it, which wants the right to make the table.
fn applied(connection: &mut PgConnection) -> Result<Vec<MigrationVersion<'static>>, StoreError> {
    let rows: Vec<Applied> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(connection)?;
    Ok(rows.into_iter().map(|row| row.version.into()).collect())
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    exists: bool,
}

fn exists(connection: &mut PgConnection, table: &str) -> Result<bool, StoreError> {
    let Exists { exists } = diesel::sql_query("SELECT to_regclass($1) IS NOT NULL AS exists")
        .bind::<diesel::sql_types::Text, _>(table)
        .get_result(connection)?;
    Ok(exists)
}
