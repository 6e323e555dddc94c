//! What one archive has and the other one lacks, as it is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use serde_json::json;

use super::part::Part;
use crate::commands::text::harmless;
use crate::words::counted;

/// So many ids of a gap are told.
const MOST_IDS: usize = 20;

/// By what a message is known in two archives: its id, and the second when it was sent, since 1970.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    pub id: String,
    pub second: i64,
}

/// Where messages are missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    Here,
    There,
}

/// Messages that are missing, by topic.
#[derive(Debug, Default)]
pub struct Gaps(BTreeMap<String, BTreeSet<Key>>);

impl Gaps {
    /// Notes a message that is missing; answers whether it was not noted before.
    pub fn note(&mut self, topic: &str, key: Key) -> bool {
        self.0.entry(topic.to_owned()).or_default().insert(key)
    }

    /// How many messages are missing.
    pub fn messages(&self) -> u64 {
        self.0.values().map(|keys| keys.len() as u64).sum()
    }

    /// A line for each topic.
    pub fn lines(&self, side: Side, as_json: bool) -> Vec<String> {
        let gaps = self.0.iter();
        gaps.map(|(topic, keys)| line(side, topic, keys, as_json))
            .collect()
    }
}

fn line(side: Side, topic: &str, keys: &BTreeSet<Key>, as_json: bool) -> String {
    let side = match side {
        Side::Here => "here",
        Side::There => "there",
    };
    let seconds = keys.iter().map(|key| key.second);
    let (first, last) = (seconds.clone().min(), seconds.max());
    let [from, to] = [first, last].map(|second| time(second.unwrap_or_default()));
    let category = metadata::category(topic);
    let ids: Vec<&str> = keys
        .iter()
        .map(|key| key.id.as_str())
        .take(MOST_IDS)
        .collect();
    if as_json {
        let told = json!({
            "missing": side, "from": from, "to": to, "category": category, "topic": topic,
            "messages": keys.len(), "ids": ids,
        });
        return told.to_string();
    }
    let messages = counted(keys.len() as u64, "message");
    let more = if keys.len() > ids.len() { ", …" } else { "" };
    let ids = harmless(&ids.join(", "));
    let topic = harmless(topic);
    format!("missing {side}: {from} to {to}, {topic}: {messages} ({ids}{more})")
}

/// A part of which the messages are not told, as nobody can say which are missing.
pub fn unequal(part: &Part, ours: u64, theirs: u64, as_json: bool) -> String {
    let [from, to] = [part.from, part.to].map(|at| time(at.and_utc().timestamp()));
    match as_json {
        true => json!({"unequal": true, "from": from, "to": to, "here": ours, "there": theirs})
            .to_string(),
        false => format!(
            "unequal: {from} to {to}: {ours} here, {theirs} there, and all that can be compared of them is equal"
        ),
    }
}

/// A part of which the peer can tell nothing, as it fails when it is asked.
pub fn unread(part: &Part, reason: &str, as_json: bool) -> String {
    let [from, to] = [part.from, part.to].map(|at| time(at.and_utc().timestamp()));
    let named: Vec<&str> = part.names().collect();
    if as_json {
        return json!({"unread": true, "from": from, "to": to, "of": named, "reason": reason})
            .to_string();
    }
    let of = match named.is_empty() {
        true => String::new(),
        false => format!(", {}", harmless(&named.join(", "))),
    };
    format!("unread: {from} to {to}{of}: {reason}")
}

fn time(second: i64) -> String {
    let time = DateTime::from_timestamp(second, 0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
