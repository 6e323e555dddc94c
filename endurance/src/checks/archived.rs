//! Compares the ledger with the archive, message by message.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::ledger::{Entry, Expected, Fate};
use crate::messages::NUMBER;
use crate::sql;

/// How many numbers of a fault are told.
const TOLD: usize = 10;

/// Where each message was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// By number: how many rows there are, and how many users and packages the last of them has.
    pub archived: BTreeMap<u32, (u32, u32, u32)>,
    /// By number: how many dead letters, and the reason of the last.
    pub put_aside: BTreeMap<u32, (u32, String)>,
    /// Rows and dead letters without a number.
    pub unknown: u32,
}

impl Found {
    /// Reads the numbers of all that was stored after the message with this key.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn read(url: &str, after: i64) -> Result<Self> {
        let mut found = Self::default();
        let ties = |table| {
            format!(
                "(SELECT count(*) FROM {table} t WHERE t.msg_id = m.id AND t.msg_timestamp = m.timestamp)"
            )
        };
        let (users, packages) = (ties("users_messages"), ties("packages_messages"));
        let query = format!(
            "SELECT headers ->> '{NUMBER}', {users}, {packages} FROM messages m WHERE id > {after}"
        );
        for row in sql::rows(url, &query)? {
            let numbers: Vec<Option<u32>> = row.split('|').map(|cell| cell.parse().ok()).collect();
            let &[number, Some(users), Some(packages)] = numbers.as_slice() else {
                continue;
            };
            match number {
                Some(number) => {
                    let row = found.archived.entry(number).or_default();
                    *row = (row.0 + 1, users, packages);
                }
                None => found.unknown += 1,
            }
        }
        let letters = sql::rows(url, "SELECT properties FROM dead_letters ORDER BY id")?;
        let reasons = sql::rows(url, "SELECT reason FROM dead_letters ORDER BY id")?;
        for (letter, reason) in letters.iter().zip(reasons) {
            let properties: Value = serde_json::from_str(letter).context("reading properties")?;
            match properties["headers"][NUMBER].as_u64() {
                Some(number) => {
                    let letter = found.put_aside.entry(number as u32).or_default();
                    *letter = (letter.0 + 1, reason);
                }
                None => found.unknown += 1,
            }
        }
        Ok(found)
    }

    /// What is not as it must be.
    pub fn faults(&self, entries: &[Entry]) -> Vec<String> {
        let mut faults: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (number, entry) in (0..).zip(entries) {
            for fault in self.faults_of(number, *entry) {
                let fault = format!("{fault} ({})", entry.kind);
                faults.entry(fault).or_default().push(number);
            }
        }
        let mut lines: Vec<String> = faults
            .into_iter()
            .map(|(fault, numbers)| {
                let told = &numbers[..numbers.len().min(TOLD)];
                format!("{} messages {fault}, such as {told:?}", numbers.len())
            })
            .collect();
        if self.unknown > 0 {
            lines.push(format!("{} rows without a number", self.unknown));
        }
        lines
    }

    fn faults_of(&self, number: u32, entry: Entry) -> Vec<String> {
        let nothing = (0, String::new());
        let (aside, reason) = self.put_aside.get(&number).unwrap_or(&nothing);
        let (archived, users, packages) = self.archived.get(&number).copied().unwrap_or_default();
        let mut faults = Vec::new();
        let (right, wrong) = match entry.expected {
            Expected::Archived => (archived, *aside),
            Expected::PutAside => (*aside, archived),
        };
        if right == 0 && entry.fate == Fate::Confirmed {
            faults.push("lost".to_owned());
        }
        if right > 1 {
            faults.push("doubled".to_owned());
        }
        if wrong > 0 {
            faults.push(format!("at the wrong place: {reason:?}"));
        }
        if let (Some(expected), 1) = (entry.ties, archived)
            && expected != (users, packages)
        {
            faults.push("with other users or packages than published".to_owned());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_doubles_missing_ties_and_wrong_places_are_found() {
        let entry = |expected, fate, ties| Entry {
            kind: "k",
            expected,
            fate,
            ties,
        };
        let entries = [
            entry(Expected::Archived, Fate::Confirmed, Some((1, 0))),
            entry(Expected::Archived, Fate::Confirmed, None),
            entry(Expected::Archived, Fate::Uncertain, None),
            entry(Expected::Archived, Fate::Confirmed, None),
            entry(Expected::PutAside, Fate::Confirmed, None),
            entry(Expected::Archived, Fate::Confirmed, Some((1, 0))),
        ];
        let mut found = Found::default();
        found.archived.insert(0, (1, 1, 0));
        found.archived.insert(3, (2, 0, 0));
        found.archived.insert(4, (1, 0, 0));
        found.archived.insert(5, (1, 0, 0));
        let faults = found.faults(&entries);
        let expected = [
            "1 messages at the wrong place: \"\" (k), such as [4]",
            "1 messages doubled (k), such as [3]",
            "2 messages lost (k), such as [1, 4]",
            "1 messages with other users or packages than published (k), such as [5]",
        ];
        assert_eq!(faults, expected);
    }
}
