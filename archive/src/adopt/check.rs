//! Whether another archive can be taken over: errors, warnings and what is to be known, in words.

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use pythonic::iso_time;

use crate::adopt::adoption::Adoption;
use crate::adopt::facts::{self, Sent, ServerFacts};
use crate::adopt::{incumbent, ledger, plan};
use crate::error::StoreError;
use crate::span::Span;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Good to know.
    Note,
    /// It can go on; whether it should is for the operator.
    Warning,
    /// It cannot go on.
    Error,
}

/// Something that was found before anything was taken over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What was found, what it means, and what helps.
    pub text: String,
}

/// What was found, and how much is to be taken over.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// In the order in which it was looked for.
    pub findings: Vec<Finding>,
    /// About how many messages there are, by the statistics of the server.
    pub messages: u64,
    /// How many messages earlier runs have read.
    taken: u64,
}

/// The oldest server whose rows and catalogue are as they are read.
const OLDEST: i32 = 100_000;

/// The schemas that are known: with and without the view of recent topics, which is not read.
const REVISIONS: [&str; 2] = ["f4fdb5442d05", "429e6f2cba6f"];

/// Where the 32-bit keys of the other archive are near their end.
const MANY_IDS: u64 = 2_000_000_000;

/// The bytes that a message takes here beside its row: keys, indexes, counters.
const BYTES_BESIDE: u64 = 750;

impl Checked {
    fn add(&mut self, severity: Severity, text: impl Into<String>) {
        let text = text.into();
        self.findings.push(Finding { severity, text });
    }

    /// Whether it cannot go on.
    pub fn has_errors(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}

impl Adoption {
    /// Looks whether the other archive can be taken over. Nothing is changed.
    pub fn check(&self, span: Span) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        let mut new = self.new.get()?;
        let ours = facts::server(&mut new.connection)?;
        if ours.encoding != "UTF8" {
            let encoding = &ours.encoding;
            checked.add(
                Severity::Error,
                format!(
                    "the database of this archive has the encoding {encoding}, and must have UTF8"
                ),
            );
        }
        let here = ledger::identity(&mut new.connection)?;
        let mut old = self.old.get()?;
        let answer = incumbent::in_snapshot(&mut old.connection, |old| {
            let source = ledger::identity(old)?;
            let slices = ledger::slices(&mut new.connection, &source)?;
            checked.taken = slices.iter().map(|slice| slice.read).sum();
            if source == here {
                checked.add(
                    Severity::Error,
                    "both URLs lead to the same database: --from is that of the old archive",
                );
                return Ok(());
            }
            self.look(old, span, &ours, &mut checked)
        });
        answer.map(|()| checked)
    }

    fn look(
        &self,
        old: &mut PgConnection,
        span: Span,
        ours: &ServerFacts,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let theirs = facts::server(old)?;
        if theirs.version < OLDEST {
            checked.add(
                Severity::Error,
                "the old archive's PostgreSQL is older than version 10: upgrade it first",
            );
        }
        schema(old, checked)?;
        if checked.has_errors() {
            return Ok(());
        }
        encoding(&theirs, checked);
        time_zones(old, span, &theirs, checked)?;
        hypertable(old, checked)?;
        ids(old, checked)?;
        unstorable(old, span, checked)?;
        checked.messages = facts::about(old, span)?;
        self.sizes(old, ours, checked)
    }

    fn sizes(
        &self,
        old: &mut PgConnection,
        ours: &ServerFacts,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let (messages, bytes) = (facts::about(old, Span::ALL)?, facts::bytes(old)?);
        // What was taken over has its room already.
        let left = checked.messages.saturating_sub(checked.taken);
        let part = left as f64 / messages.max(1) as f64;
        let needed = ((bytes + messages * BYTES_BESIDE) as f64 * part.min(1.0)) as u64;
        checked.add(
            Severity::Note,
            format!(
                "about {} messages; what is not here yet takes about {}",
                checked.messages,
                in_units(needed)
            ),
        );
        match self.free(ours) {
            Some(free) if free < needed => checked.add(
                Severity::Error,
                format!("the disk of this archive has {} free: make room first", in_units(free)),
            ),
            Some(free) if free < needed + needed / 4 => checked.add(
                Severity::Warning,
                format!("the disk of this archive has no more than {} free", in_units(free)),
            ),
            Some(_) => {}
            None => checked.add(
                Severity::Note,
                "how much room the disk of this archive has cannot be seen from here: look yourself",
            ),
        }
        Ok(())
    }

    /// The free bytes of the disk that our server writes to, where it is on this machine.
    fn free(&self, ours: &ServerFacts) -> Option<u64> {
        let is_local = crate::database::address::Address::parse(&self.options.url)
            .is_ok_and(|address| address.is_local());
        let folder = ours.data.as_deref().filter(|_| is_local)?;
        let disk = nix::sys::statvfs::statvfs(folder).ok()?;
        Some(disk.blocks_available() as u64 * disk.fragment_size() as u64)
    }
}

fn schema(old: &mut PgConnection, checked: &mut Checked) -> QueryResult<()> {
    let missing = facts::missing(old)?;
    if missing == ["messages.agent_name"] {
        checked.add(
            Severity::Error,
            "the old archive's schema is older than datanommer.models 1.4: run `alembic upgrade head` of datanommer first",
        );
    } else if !missing.is_empty() {
        let missing = missing.join(", ");
        checked.add(
            Severity::Error,
            format!("the old database is no archive of datanommer: there is no {missing}"),
        );
    }
    if !missing.is_empty() {
        return Ok(());
    }
    let unreadable = facts::unreadable(old)?;
    if !unreadable.is_empty() {
        let tables = unreadable.join(", ");
        checked.add(
            Severity::Error,
            format!(
                "the role may not read {tables} of the old archive: GRANT SELECT ON {tables} TO it"
            ),
        );
    }
    for column in facts::without_index(old)? {
        checked.add(
            Severity::Warning,
            format!("the old archive has no index on {column}: each slice reads all of its table"),
        );
    }
    match facts::revision(old)? {
        Some(revision) if REVISIONS.contains(&revision.as_str()) => {}
        Some(revision) => checked.add(
            Severity::Warning,
            format!("the old archive's schema has the revision {revision}, which is not known here; its columns are"),
        ),
        None => checked.add(
            Severity::Note,
            "the old archive does not tell the revision of its schema; its columns are known",
        ),
    }
    Ok(())
}

fn encoding(theirs: &ServerFacts, checked: &mut Checked) {
    match theirs.encoding.as_str() {
        "UTF8" => {}
        "SQL_ASCII" => checked.add(
            Severity::Warning,
            "the old database has the encoding SQL_ASCII: messages that are not UTF-8 are put aside among the dead letters",
        ),
        other => checked.add(
            Severity::Note,
            format!("the old database has the encoding {other}: its server converts texts to UTF-8"),
        ),
    }
}

/// The incumbent converts times into the time zone of its session before it stores them.
fn time_zones(
    old: &mut PgConnection,
    span: Span,
    theirs: &ServerFacts,
    checked: &mut Checked,
) -> QueryResult<()> {
    let meaning =
        "datanommer stores times in the time zone of its session; they are copied as they are";
    let zone = &theirs.time_zone;
    if !is_utc(zone) {
        checked.add(
            Severity::Warning,
            format!("sessions of the old database begin in the time zone {zone}: {meaning}"),
        );
    }
    for told in facts::time_zones(old)? {
        if !told.rsplit(": ").next().is_some_and(is_utc) {
            checked.add(
                Severity::Warning,
                format!("the old database sets a time zone for {told}: {meaning}"),
            );
        }
    }
    let (first, last) = plan::years();
    let newest = facts::newest(old, span.intersection(Span::between(first, last)))?;
    let shifted: Vec<TimeDelta> = newest.iter().filter_map(shift).collect();
    if let Some(shift) = shifted.first() {
        let (count, minutes) = (shifted.len(), shift.num_minutes());
        checked.add(
            Severity::Warning,
            format!(
                "of the newest {} messages, {count} are stored with another time than their sent-at header says, one by {minutes} minutes: {meaning}",
                newest.len()
            ),
        );
    }
    Ok(())
}

/// By how much the time of a row is another one than that of its header; `None` if it is not.
fn shift(sent: &Sent) -> Option<TimeDelta> {
    let said = iso_time::parse(sent.said.as_deref()?)?;
    Some(sent.stored - said).filter(|shift| shift.abs() >= TimeDelta::seconds(1))
}

fn is_utc(zone: &str) -> bool {
    let zone = zone.trim_matches(['\'', '"']).to_ascii_uppercase();
    let zone = zone.strip_prefix("ETC/").unwrap_or(&zone);
    [
        "UTC",
        "UCT",
        "GMT",
        "GMT0",
        "ZULU",
        "UNIVERSAL",
        "GREENWICH",
    ]
    .contains(&zone)
}

fn hypertable(old: &mut PgConnection, checked: &mut Checked) -> QueryResult<()> {
    let chunks = facts::chunks(old)?;
    if facts::is_hypertable(old)? {
        let compressed = facts::compressed(old)?;
        let how = match compressed {
            0 => String::new(),
            _ => format!(", {compressed} of them compressed, which take more room here"),
        };
        checked.add(
            Severity::Note,
            format!("messages are a hypertable of {chunks} chunks{how}: they are read through it"),
        );
    } else if chunks > 0 {
        checked.add(
            Severity::Note,
            format!("messages have {chunks} tables below them: they are read through it"),
        );
    }
    Ok(())
}

fn ids(old: &mut PgConnection, checked: &mut Checked) -> QueryResult<()> {
    let last = facts::last_id(old)?;
    if last >= MANY_IDS && facts::has_narrow_ids(old)? {
        checked.add(
            Severity::Warning,
            format!("the old archive has given out {last} of its 2147483647 keys, and stores nothing after the last; here keys are wider, and messages get new ones"),
        );
    }
    Ok(())
}

fn unstorable(old: &mut PgConnection, span: Span, checked: &mut Checked) -> QueryResult<()> {
    let (first, last) = plan::years();
    let before = Span::before(first);
    let after = Span::since(last);
    let mut count = 0;
    if span.from.is_none() {
        count += plan::count(old, before)?;
    }
    if span.to.is_none() {
        count += plan::count(old, after)?;
    }
    if count > 0 {
        checked.add(
            Severity::Warning,
            format!("{count} messages have times before the year 1 or after 9999: they are put aside among the dead letters"),
        );
    }
    Ok(())
}

fn in_units(bytes: u64) -> String {
    match bytes {
        0..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_utc_are_known_whatever_their_spelling() {
        for zone in ["UTC", "Etc/UTC", "'utc'", "GMT", "Etc/Universal"] {
            assert!(is_utc(zone), "{zone}");
        }
        for zone in ["Europe/London", "", "Etc/GMT+1", "UTC+1"] {
            assert!(!is_utc(zone), "{zone}");
        }
    }
}
