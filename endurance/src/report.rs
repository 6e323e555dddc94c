//! The report, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::journal::clock;
use crate::outcome::Outcome;

/// Markdown: the verdict first, then tables.
pub fn text(outcome: &Outcome) -> String {
    let mut text = String::from("# Soak\n\n");
    if outcome.faults.is_empty() {
        text += "It held.\n";
    } else {
        let _ = writeln!(text, "It did NOT hold: {} faults.\n", outcome.faults.len());
        for fault in &outcome.faults {
            let _ = writeln!(text, "- {}", fault.replace('\n', "\n  "));
        }
    }
    let facts = outcome
        .facts
        .iter()
        .map(|(what, value)| vec![what.clone(), value.clone()]);
    text += &table("Facts", &["what", "value"], facts);
    let published = outcome.published.iter();
    let published = published.map(|(kind, count)| vec![(*kind).to_owned(), count.to_string()]);
    text += &table("Confirmed messages", &["kind", "messages"], published);
    text += &latencies(outcome);
    text += &memory(outcome);
    text += &events(outcome);
    for (log, findings) in &outcome.logs {
        let kinds = findings.kinds.iter();
        let rows = kinds.map(|(kind, count)| vec![kind.clone(), count.to_string()]);
        text += &table(
            &format!("Warnings and errors of {log}"),
            &["line", "times"],
            rows,
        );
    }
    text
}

fn latencies(outcome: &Outcome) -> String {
    let ms = |value: f64| format!("{value:.1}");
    let rows = outcome.minutes.iter().map(|minute| {
        vec![
            minute.minute.to_string(),
            minute.asked.to_string(),
            minute.undisturbed.to_string(),
            ms(minute.median),
            ms(minute.p95),
            ms(minute.max),
            ms(minute.max_of_all),
            minute.excused_failures.to_string(),
            minute.failures.to_string(),
        ]
    });
    let columns = [
        "minute",
        "asked",
        "undisturbed",
        "median ms",
        "p95 ms",
        "max ms",
        "max of all ms",
        "excused failures",
        "failures",
    ];
    let slowest = outcome.slowest.iter().map(|asked| {
        let status = asked
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        let took = ms(asked.took().as_secs_f64() * 1000.0);
        vec![clock(asked.from), took, status, asked.path.clone()]
    });
    table("Quiet clients", &columns, rows)
        + &table(
            "Their longest undisturbed waits",
            &["at", "ms", "status", "question"],
            slowest,
        )
}

fn memory(outcome: &Outcome) -> String {
    let rows = outcome.memory.iter().map(|(kind, memory)| {
        let by_minute: Vec<String> = memory.by_minute.values().map(u64::to_string).collect();
        vec![
            kind.clone(),
            memory.peak.to_string(),
            memory.most().to_string(),
            by_minute.join(" "),
        ]
    });
    let columns = ["process", "VmHWM MB", "RssAnon MB", "RssAnon by minute"];
    table("Memory", &columns, rows)
}

fn events(outcome: &Outcome) -> String {
    let rows = outcome.events.iter().map(|event| {
        let until = event.until.map_or("–".to_owned(), clock);
        vec![
            clock(event.from),
            until,
            event.what.clone(),
            event.outcome.clone(),
        ]
    });
    table("What was done", &["from", "until", "what", "outcome"], rows)
}

/// A section with a table.
pub fn table(title: &str, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!("\n## {title}\n\n| {} |\n", columns.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(columns.len()));
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| cell.trim().replace('|', "\\|").replace('\n', " "))
            .collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// The outcome, with times in seconds and ms, and memory in MB.
pub fn json(outcome: &Outcome) -> Value {
    let events: Vec<Value> = outcome.events.iter().map(|event| {
        json!({
            "from": event.from.as_secs_f64(), "until": event.until.map(|until| until.as_secs_f64()),
            "what": event.what, "outcome": event.outcome,
        })
    }).collect();
    let minutes: Vec<Value> = outcome
        .minutes
        .iter()
        .map(|minute| {
            json!({
                "minute": minute.minute, "asked": minute.asked, "undisturbed": minute.undisturbed,
                "median": minute.median, "p95": minute.p95, "max": minute.max,
                "max_of_all": minute.max_of_all,
                "excused_failures": minute.excused_failures, "failures": minute.failures,
            })
        })
        .collect();
    let memory: Vec<Value> = outcome.memory.iter().map(|(kind, memory)| {
        json!({"process": kind, "peak": memory.peak, "most": memory.most(), "by_minute": memory.by_minute})
    }).collect();
    let logs = outcome
        .logs
        .iter()
        .map(|(name, findings)| (name.clone(), json!(findings.kinds)));
    let facts = outcome
        .facts
        .iter()
        .map(|(what, value)| (what.clone(), Value::from(value.as_str())));
    json!({
        "held": outcome.faults.is_empty(),
        "faults": outcome.faults,
        "facts": Value::Object(facts.collect()),
        "published": outcome.published,
        "quiet_clients": minutes,
        "memory": memory,
        "events": events,
        "logs": Value::Object(logs.collect()),
    })
}
