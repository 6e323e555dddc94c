//! psql, which talks SQL for tests and measurements.

use std::process::Command;

use anyhow::Result;

use crate::locate;

/// The psql that belongs to our servers, for the database at `url`: it prints rows only, one a line,
/// columns separated by `|`. None of the caller's settings (`PGOPTIONS`, `PGTZ`, `.psqlrc`) reach it.
///
/// # Errors
/// When it is not installed.
pub fn psql(url: &str) -> Result<Command> {
    let mut psql = Command::new(locate::program(&locate::postgres()?, "psql")?);
    without_pg_variables(&mut psql);
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .args(["--dbname", url]);
    Ok(psql)
}

/// Keeps the caller's PGOPTIONS, PGTZ, PGDATA and the like away from our programs.
pub(crate) fn without_pg_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
}
