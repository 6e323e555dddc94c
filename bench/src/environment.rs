//! On what was measured, and what.

use std::process::Command;

use anyhow::Result;
use chrono::Utc;
use devstack::{Postgres, PostgresOptions, Rabbit, RabbitOptions};

use crate::report::table;

/// A section of the report; `more` are facts that come last.
pub fn section(more: Vec<(String, String)>) -> Result<String> {
    let postgres = Postgres::start(PostgresOptions::default())?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let processors =
        std::thread::available_parallelism().map_or("?".to_owned(), |count| count.to_string());
    let model = field("/proc/cpuinfo", "model name");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty"]);
    let facts = [
        ("command", format!("bench {}", arguments.join(" "))),
        ("date", Utc::now().format("%Y-%m-%d %H:%M UTC").to_string()),
        ("source", first_line(&mut git)),
        ("processors", format!("{processors} × {model}")),
        ("memory", field("/proc/meminfo", "MemTotal")),
        (
            "PostgreSQL",
            postgres.run_sql("postgres", "SHOW server_version")?,
        ),
        (
            "RabbitMQ",
            rabbit.rabbitmqctl(["version"])?.trim().to_owned(),
        ),
    ];
    let facts = facts.map(|(name, fact)| (name.to_owned(), fact));
    let rows: Vec<Vec<String>> = facts
        .into_iter()
        .chain(more)
        .map(|(name, fact)| vec![name, fact])
        .collect();
    Ok(table("Measured on", "", &["what", "which"], &rows))
}

/// The first value of `name: value` lines.
fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text
        .lines()
        .find(|line| line.starts_with(name))
        .unwrap_or_default();
    line.split_once(':')
        .map_or("?", |(_, value)| value.trim())
        .to_owned()
}

fn first_line(command: &mut Command) -> String {
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    text.lines().next().unwrap_or("?").to_owned()
}
