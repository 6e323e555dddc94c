//! PostgreSQL's own way to move rows.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use devstack::{Database, Postgres};

use crate::usage::Usage;

/// The tables that the incumbent has, too.
const TABLES: [&str; 5] = [
    "users",
    "packages",
    "messages",
    "users_messages",
    "packages_messages",
];
/// The table of ours beside these that is filled while messages come.
const SUBJECTS: &str = "message_subjects";

/// The floor of ingest: copies all tables of `from` into `to`, which is migrated and empty; answers
/// how long PostgreSQL took to load them, and its processor time in seconds. They pass through files, written before the clock starts.
pub fn floor(postgres: &Postgres, from: &Database, to: &Database) -> Result<(Duration, f64)> {
    let folder = tempfile::tempdir()?;
    for table in TABLES.into_iter().chain([SUBJECTS]) {
        let file = File::create(folder.path().join(table))?;
        let copy = format!("COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)");
        run(psql(from, &copy).stdout(file))?;
    }
    postgres.run_sql("postgres", "CHECKPOINT")?;
    let (start, before) = (Instant::now(), Usage::of(postgres.pid()).seconds);
    for table in TABLES.into_iter().chain([SUBJECTS]) {
        let file = File::open(folder.path().join(table))?;
        run(psql(to, &format!("COPY {table} FROM STDIN (FORMAT binary)")).stdin(file))?;
    }
    Ok((start.elapsed(), Usage::of(postgres.pid()).seconds - before))
}

/// Copies its input, as text, into a table that it empties. Where the server needs no log for copies
/// of itself, rows that are written in the transaction that empties their table go into none.
pub fn fill(database: &Database, table: &str) -> Command {
    let name = table.split(' ').next().unwrap_or_default();
    let mut psql = psql(database, &format!("TRUNCATE {name}"));
    psql.args([
        "--single-transaction",
        "--command",
        &format!("COPY {table} FROM STDIN"),
    ])
    .stdin(Stdio::piped());
    psql
}

/// Copies all tables as text, which the incumbent's narrower ids can read.
pub fn through_pipes(from: &Database, to: &Database) -> Result<()> {
    for table in TABLES {
        // Oldest first, as they would have come.
        let order = if table == "messages" {
            "ORDER BY \"timestamp\", id"
        } else {
            ""
        };
        let copy = format!("COPY (SELECT * FROM {table} {order}) TO STDOUT");
        let mut source = psql(from, &copy)
            .stdout(Stdio::piped())
            .spawn()
            .context("psql")?;
        let rows = source.stdout.take().context("psql's output")?;
        run(psql(to, &format!("COPY {table} FROM STDIN")).stdin(rows))?;
        ensure!(source.wait()?.success(), "copying {table} out");
    }
    Ok(())
}

fn psql(database: &Database, sql: &str) -> Command {
    let mut psql = Command::new("psql");
    psql.args([
        "--no-psqlrc",
        "--quiet",
        "--set",
        "ON_ERROR_STOP=1",
        "--command",
        sql,
    ])
    .arg(&database.url);
    psql
}

fn run(command: &mut Command) -> Result<()> {
    ensure!(command.status().context("psql")?.success(), "{command:?}");
    Ok(())
}
