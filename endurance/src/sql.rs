//! psql, as an admin uses it: each call is a session of its own.

use std::process::Command;

use anyhow::{Context, Result, bail};
use chrono::{Datelike, Utc};

/// Runs `statements` one after the other in one session, each in a transaction of its own unless it
/// holds several, and answers the rows, one a line, with columns separated by `|`.
///
/// # Errors
/// With what psql wrote, at the first statement that fails.
pub fn run<T: AsRef<str>>(url: &str, statements: &[T]) -> Result<String> {
    let mut psql = Command::new("psql");
    acceptance::clean(&mut psql)
        .env("PGAPPNAME", "soak")
        .env("PGCONNECT_TIMEOUT", "5")
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .args(["--set", "ON_ERROR_STOP=1"]);
    for statement in statements {
        psql.args(["--command", statement.as_ref()]);
    }
    let output = psql.arg(url).output().context("starting psql")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}

/// The rows of one query.
///
/// # Errors
/// As [`run`].
pub fn rows(url: &str, query: &str) -> Result<Vec<String>> {
    let text = run(url, &[query])?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The partition in which messages of today are.
pub fn partition() -> String {
    format!("messages_y{}", Utc::now().year())
}
