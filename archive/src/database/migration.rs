//! The schema's migrations, embedded in the program.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::database::backend::Backend;
use crate::database::connection::{self, ConnectionOptions, PgPool};
use crate::database::locks::{self, MIGRATION};
use crate::database::session::Session;
use crate::database::watch::Wait;
use crate::error::StoreError;

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// Applies the migrations that are not applied yet; answers their names.
pub fn apply(options: &ConnectionOptions) -> Result<Vec<String>, StoreError> {
    let mut applied = Vec::new();
    apply_each(options, |name| applied.push(name.to_owned()))?;
    Ok(applied)
}

/// Applies the migrations that are not applied yet, each in a transaction of its own, and tells the
/// name of each once that is committed: what was told is done, whatever comes after it.
pub fn apply_each(
    options: &ConnectionOptions,
    mut told: impl FnMut(&str),
) -> Result<(), StoreError> {
    exclusively(options, |session| {
        let pending = watched(session, "what is missing", |connection| {
            refuse_foreign_schema(connection)?;
            refuse_new_schema(&applied(connection)?)?;
            connection
                .pending_migrations(MIGRATIONS)
                .map_err(StoreError::Refused)
        })?;
        for migration in &pending {
            let name = migration.name().to_string();
            without_stopping_others(session, &name, |connection| {
                let version = connection.run_migration(migration);
                version.map(drop).map_err(StoreError::Refused)
            })?;
            told(&name);
        }
        Ok(())
    })
}

/// Rolls the newest migrations back, as many as `count`; answers their names.
pub fn revert(options: &ConnectionOptions, count: usize) -> Result<Vec<String>, StoreError> {
    let mut reverted = Vec::new();
    revert_each(options, count, |name| reverted.push(name.to_owned()))?;
    Ok(reverted)
}

/// Rolls the newest migrations back, as many as `count`, and tells the name of each as [`apply_each`]
/// does.
pub fn revert_each(
    options: &ConnectionOptions,
    count: usize,
    mut told: impl FnMut(&str),
) -> Result<(), StoreError> {
    exclusively(options, |session| {
        let newest = newest_first(session)?;
        for name in newest.iter().take(count) {
            without_stopping_others(session, name, |connection| {
                let reverted = connection.revert_last_migration(MIGRATIONS);
                reverted.map(drop).map_err(StoreError::Refused)
            })?;
            told(name);
        }
        Ok(())
    })
}

/// The names of the migrations that the database has, the newest first.
pub fn applied_names(options: &ConnectionOptions) -> Result<Vec<String>, StoreError> {
    newest_first(&mut *options.pool().get()?)
}

fn newest_first(session: &mut Session) -> Result<Vec<String>, StoreError> {
    let mut versions = watched(session, "what is there", |connection| {
        Ok(applied(connection)?)
    })?;
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let known = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(StoreError::Refused)?;
    let name = |version: MigrationVersion<'_>| {
        let known = known.iter().find(|known| known.name().version() == version);
        known.map_or_else(|| version.to_string(), |known| known.name().to_string())
    };
    Ok(versions.into_iter().map(name).collect())
}

/// Fails with [`StoreError::Schema`], saying what to run, unless the database has exactly the
/// migrations that this program knows.
pub fn check(options: &ConnectionOptions) -> Result<(), StoreError> {
    check_on(&options.pool())
}

pub(crate) fn check_on(pool: &PgPool) -> Result<(), StoreError> {
    let timeout = Some(connection::PATIENCE);
    let (encoding, applied) = connection::run(pool, "check", &"schema", timeout, |connection| {
        Ok((refuse_foreign_encoding(connection), applied(connection)?))
    })?;
    encoding?;
    refuse_new_schema(&applied)?;
    refuse_old_schema(&applied)
}

/// Fails with [`StoreError::Schema`], saying what to run, if the database has migrations that this
/// program does not know.
pub(crate) fn refuse_new_schema(applied: &[MigrationVersion<'_>]) -> Result<(), StoreError> {
    let known = known()?;
    match applied.iter().find(|version| !known.contains(version)) {
        None => Ok(()),
        Some(unknown) => Err(StoreError::Schema(format!(
            "the database has migration {unknown}, which this version of the program does not know: \
             upgrade the program"
        ))),
    }
}

/// Fails with [`StoreError::Schema`], saying what to run, if the database lacks migrations that this
/// program knows.
pub(crate) fn refuse_old_schema(applied: &[MigrationVersion<'_>]) -> Result<(), StoreError> {
    let known = known()?;
    let missing = known.iter().filter(|version| !applied.contains(version));
    match missing.count() {
        0 => Ok(()),
        missing => Err(StoreError::Schema(format!(
            "the database lacks {missing} of {} migrations: run `nommer migrate`",
            known.len()
        ))),
    }
}

fn known() -> Result<Vec<MigrationVersion<'static>>, StoreError> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(StoreError::Refused)?;
    let versions = migrations
        .iter()
        .map(|migration| migration.name().version());
    Ok(versions.map(|version| version.as_owned()).collect())
}

/// Runs `work` while no other program does the same. After an error, the end of the session gives the
/// lock back.
fn exclusively<T>(
    options: &ConnectionOptions,
    work: impl FnOnce(&mut Session) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let session = &mut *options.pool().get()?;
    watched(session, "turn", |connection| {
        Ok(locks::take(connection, MIGRATION)?)
    })?;
    let answer = work(session)?;
    watched(session, "turn", |connection| {
        Ok(locks::give_back(connection, MIGRATION)?)
    })?;
    Ok(answer)
}

/// Changes the schema in one transaction, again and again while it does not get its locks.
///
/// Who waits for a lock has all others wait behind: one open report would stop the writers. That it
/// was the locks cannot be told from other failures, as PostgreSQL's code for it cannot be had; so
/// what took as long is tried again, for [`connection::PATIENCE`].
fn without_stopping_others(
    session: &mut Session,
    name: &str,
    change: impl Fn(&mut PgConnection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let started = Instant::now();
    session.connection.batch_execute(LOCKS_WITHIN)?;
    let backend = session.backend.clone();
    let mut tries = 0_u64;
    loop {
        tries += 1;
        let tried = Instant::now();
        let (answer, holdup) = with_holdup(&backend, || watched(session, name, &change));
        let error = match answer {
            Err(StoreError::Refused(error)) if tried.elapsed() >= LOCK_TIMEOUT => error,
            answer => return answer,
        };
        if started.elapsed() >= connection::PATIENCE {
            let held_up = holdup.map(|holdup| format!("{error}; {holdup}").into());
            return Err(StoreError::Refused(held_up.unwrap_or(error)));
        }
        // At first, and then ever more rarely.
        if tries.is_power_of_two() {
            let (waits_for, held_up_by) = holdup.map(|it| (it.table, it.holder)).unzip();
            let error = error.to_string();
            tracing::warn!(
                migration = name,
                waits_for,
                held_up_by,
                error,
                "not applied yet, perhaps as others hold locks: will try again"
            );
        }
        std::thread::sleep(LET_THROUGH);
    }
}

/// Why a migration does not get on.
struct Holdup {
    /// The tables that it waits for.
    table: String,
    /// Who has locks on them.
    holder: String,
}

impl std::fmt::Display for Holdup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it waits for {}, held up by {}", self.table, self.holder)
    }
}

/// Does the work of a session, and answers also whom it waited for, as far as that was seen: the server
/// knows it while it waits, and not after that.
fn with_holdup<T>(backend: &Backend, work: impl FnOnce() -> T) -> (T, Option<Holdup>) {
    let (done, is_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let looks = scope.spawn(move || {
            let mut seen = None;
            for _ in 0..MOST_LOOKS {
                let Err(mpsc::RecvTimeoutError::Timeout) = is_done.recv_timeout(BETWEEN_LOOKS)
                else {
                    break;
                };
                if let (Some(table), Some(holder)) = (backend.waits_for(), backend.held_up_by()) {
                    seen = Some(Holdup { table, holder });
                }
            }
            seen
        });
        let answer = work();
        drop(done);
        (answer, looks.join().unwrap_or_default())
    })
}

/// How often it is looked whom a migration waits for: twice while it waits for a lock.
const BETWEEN_LOOKS: Duration = Duration::from_millis(400);
/// Migrations take their locks at their beginning.
const MOST_LOOKS: usize = 20;
/// How long others wait behind a migration that waits for a lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);
const LOCKS_WITHIN: &str = "SET lock_timeout = '1s'";
/// How long others have between two attempts.
const LET_THROUGH: Duration = Duration::from_secs(2);

/// Runs a `part` of the work, which may take for ever, with a line in the log now and then.
fn watched<T>(
    session: &mut Session,
    part: &str,
    work: impl FnOnce(&mut PgConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let wait = Wait {
        shape: part.to_owned(),
        ..session.wait("migrate")
    };
    let _watched = wait.watch()?;
    work(&mut session.connection)
}

/// What is sent on the bus may have any letters, and one message that cannot be stored would hold all others up.
fn refuse_foreign_encoding(connection: &mut PgConnection) -> Result<(), StoreError> {
    let encoding = diesel::select(sql::<Text>("current_setting('server_encoding')"));
    let encoding: String = encoding.get_result(connection)?;
    if encoding == "UTF8" {
        return Ok(());
    }
    Err(StoreError::Schema(format!(
        "the database has the encoding {encoding}, which cannot hold all messages: use one that was made with --encoding=UTF8"
    )))
}

/// Tables that other migrations made must not be taken for ours.
pub(crate) fn refuse_foreign_schema(connection: &mut PgConnection) -> Result<(), StoreError> {
    refuse_foreign_encoding(connection)?;
    if exists(connection, "messages")? && !exists(connection, "__diesel_schema_migrations")? {
        return Err(StoreError::Schema(
            "the database holds a table `messages` that these migrations did not make: use an empty database"
                .to_owned(),
        ));
    }
    Ok(())
}

/// The migrations that the database has, as diesel's own function tells them, which wants the right to
/// make their table.
pub(crate) fn applied(
    connection: &mut PgConnection,
) -> QueryResult<Vec<MigrationVersion<'static>>> {
    if !exists(connection, "__diesel_schema_migrations")? {
        return Ok(Vec::new());
    }
    let rows: Vec<Applied> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(connection)?;
    Ok(rows.into_iter().map(|row| row.version.into()).collect())
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    exists: bool,
}

fn exists(connection: &mut PgConnection, table: &str) -> QueryResult<bool> {
    let Exists { exists } = diesel::sql_query("SELECT to_regclass($1) IS NOT NULL AS exists")
        .bind::<Text, _>(table)
        .get_result(connection)?;
    Ok(exists)
}
