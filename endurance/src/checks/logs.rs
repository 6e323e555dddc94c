//! What the programs and PostgreSQL wrote in their logs.

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::Path;

use crate::journal::lock;
use crate::scene::Scene;

/// Parts of lines with `ERROR` that are the truth about what was done here.
const EXPECTED: &[&str] = &[
    "the database does not take the batch; it is held",
    "the database is late with a batch; it is held",
    "the database is late with a probe; nothing is consumed before it",
    "a recurring task fails",
    "not consuming: will connect again",
    "waiting for the database before consuming",
    "the database is not available",
    // Stopped while the database takes nothing: the broker keeps what is left.
    "the deadline for shutting down has passed",
];

/// The kinds of warnings and errors of one log, with how often each came.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub kinds: BTreeMap<String, u32>,
    /// Lines that must not be there: of each kind the first, with how many there are.
    pub faults: BTreeMap<String, (String, u32)>,
}

impl Findings {
    fn fault(&mut self, line: &str) {
        let first = || (line.chars().take(300).collect(), 0);
        self.faults.entry(kind(line)).or_insert_with(first).1 += 1;
    }
}

/// Reads the logs of all, by their names, once the programs have ended.
pub fn of_all(scene: &Scene) -> BTreeMap<String, Findings> {
    let mut logs = BTreeMap::new();
    for program in scene.stack.programs() {
        let program = lock(program);
        logs.insert(program.name.clone(), of_program(program.log()));
    }
    let postgres = lock(&scene.stack.postgres);
    // The server's folder goes with it; its log is worth keeping.
    let log = scene.stack.folder.join("postgres.log");
    let _ = std::fs::copy(postgres.log_file(), &log);
    logs.insert("PostgreSQL".to_owned(), of_postgres(&log));
    logs
}

/// Reads the log of a program of ours.
fn of_program(log: &Path) -> Findings {
    let text = read_to_string(log).unwrap_or_default();
    let mut findings = Findings::default();
    for line in text.lines() {
        let error = line.contains(" ERROR ");
        let panic = line.contains("panicked at");
        if error || panic || line.contains(" WARN ") {
            *findings.kinds.entry(kind(line)).or_default() += 1;
        }
        let expected = EXPECTED.iter().any(|part| line.contains(part));
        if panic || (error && !expected) {
            findings.fault(line);
        }
    }
    findings
}

/// Reads PostgreSQL's log: errors are the answers to what was done, but it must not stumble.
fn of_postgres(log: &Path) -> Findings {
    let text = read_to_string(log).unwrap_or_default();
    let mut findings = Findings::default();
    for line in text.lines() {
        let levels = ["ERROR:", "FATAL:", "PANIC:", "WARNING:"];
        let level = levels.iter().find_map(|level| line.split_once(level));
        if let Some((_, message)) = level {
            *findings.kinds.entry(kind(message)).or_default() += 1;
        }
        let crash = line.contains("terminated by signal") && !line.contains("signal 9");
        if crash || line.contains("PANIC:") || line.contains("invalid page") {
            findings.fault(line);
        }
    }
    findings
}

/// The line without its time, and without what differs from one to the next.
fn kind(line: &str) -> String {
    let mut kind = String::new();
    let words = line
        .split_whitespace()
        .filter(|word| !word.starts_with("20"));
    for word in words.take(14) {
        let digits = word
            .chars()
            .map(|c| if c.is_ascii_digit() { '#' } else { c });
        kind.extend(digits);
        kind.push(' ');
    }
    while kind.contains("##") {
        kind = kind.replace("##", "#");
    }
    kind.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_kind_differ_in_numbers_only() {
        let line = |n| format!("2026-01-01T00:00:0{n}Z  WARN nommer: held tries={n} held=1{n}0");
        assert_eq!(kind(&line(1)), kind(&line(2)));
        assert_eq!(kind(&line(1)), "WARN nommer: held tries=# held=#");
    }
}
