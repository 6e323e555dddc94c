//! The floor: what PostgreSQL needs to take the same rows into the same tables, by COPY.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use devstack::{Database, Postgres};

const TABLES: [&str; 5] = ["users", "packages", "messages", "users_messages", "packages_messages"];

/// Copies all tables of `from` into `to`, which is migrated and empty; answers how long PostgreSQL
/// took to load them. They pass through files, which are written before the clock starts.
pub fn measure(postgres: &Postgres, from: &Database, to: &Database) -> Result<Duration> {
    let folder = std::env::temp_dir().join(format!("bench-copy-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for table in TABLES {
        let file = File::create(folder.join(table))?;
        let copy = format!("COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)");
        let mut psql = Command::new("psql");
        let status = psql.args(["--quiet", "--command", &copy]).arg(&from.url).stdout(file).status().context("psql")?;
        ensure!(status.success(), "copying {table} out");
    }
    postgres.run_sql("postgres", "CHECKPOINT")?;
    let start = Instant::now();
    for table in TABLES {
        let file = File::open(folder.join(table))?;
        let copy = format!("COPY {table} FROM STDIN (FORMAT binary)");
        let mut psql = Command::new("psql");
        let status = psql.args(["--quiet", "--command", &copy]).arg(&to.url).stdin(file).status().context("psql")?;
        ensure!(status.success(), "copying {table} in");
    }
    let elapsed = start.elapsed();
    std::fs::remove_dir_all(folder)?;
    Ok(elapsed)
}
