//! The floor of a query: PostgreSQL alone, asked the ideal statement by pgbench.

use std::io::ErrorKind;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devstack::Database;

/// What an answer needs of a message.
const COLUMNS: &str =
    "m.id, m.msg_id, m.i, m.topic, m.\"timestamp\", m.certificate, m.signature, m.category,
    m.agent_name, m.crypto, m.source_name, m.source_version, m.msg, m.headers::text,
    ARRAY(SELECT name FROM users_messages a JOIN users u ON u.id = user_id
          WHERE a.msg_id = m.id AND a.msg_timestamp = m.\"timestamp\"),
    ARRAY(SELECT name FROM packages_messages a JOIN packages p ON p.id = package_id
          WHERE a.msg_id = m.id AND a.msg_timestamp = m.\"timestamp\")";

/// All of one message.
pub fn by_id(id: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM messages m WHERE msg_id = {};",
        literal(id)
    )
}

/// The newest 25 of a topic, and how many there are.
pub fn topic(topic: &str, start: i64, end: i64) -> String {
    let time = |seconds: i64| format!("(to_timestamp({seconds}) AT TIME ZONE 'UTC')");
    let matching = format!(
        "topic = {} AND \"timestamp\" BETWEEN {} AND {}",
        literal(topic),
        time(start),
        time(end)
    );
    format!(
        "SELECT {COLUMNS}, (SELECT count(*) FROM messages WHERE {matching})
         FROM messages m WHERE {matching} ORDER BY \"timestamp\" DESC, id DESC LIMIT 25;"
    )
}

/// Statements a second of `clients` at once, chosen from `statements`; `None` without any or without
/// pgbench.
pub fn rate(
    database: &Database,
    statements: &[String],
    clients: usize,
    time: Duration,
) -> Result<Option<f64>> {
    if statements.is_empty() {
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let mut pgbench = Command::new("pgbench");
    pgbench
        .args(["--no-vacuum", "--protocol", "prepared", "--jobs", "2"])
        .args(["--client", &clients.to_string()])
        .args(["--time", &time.as_secs().max(1).to_string()]);
    // pgbench takes no more than 128 scripts.
    for (n, statement) in statements.iter().take(100).enumerate() {
        let script = folder.path().join(n.to_string());
        std::fs::write(&script, statement.replace('\n', " ") + "\n")?;
        pgbench.arg("--file").arg(script);
    }
    pgbench.arg(&database.url).env("PGOPTIONS", "-c jit=off");
    let output = match pgbench.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "pgbench: {errors}");
    Ok(Some(printed_rate(&String::from_utf8_lossy(
        &output.stdout,
    ))?))
}

fn printed_rate(output: &str) -> Result<f64> {
    let rate = output
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split_whitespace().next())
        .context("pgbench printed no rate")?;
    Ok(rate.parse()?)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
