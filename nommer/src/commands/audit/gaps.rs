//! What one archive has and the other one lacks, as it is told.

use std::collections::BTreeMap;

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

/// Where messages are missing, or that they are kept apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    Here,
    There,
    /// Here, as dead letters.
    PutAside,
}

/// Messages, by topic, with the numbers of the dead letters that hold them.
#[derive(Debug, Default)]
pub struct Gaps(BTreeMap<String, BTreeMap<Key, Option<i64>>>);

impl Gaps {
    /// Notes a message that is missing; answers whether it was not noted before.
    pub fn note(&mut self, topic: &str, key: Key) -> bool {
        let of_topic = self.0.entry(topic.to_owned()).or_default();
        of_topic.insert(key, None).is_none()
    }

    /// Notes a message that a dead letter holds, by its number.
    pub fn note_letter(&mut self, topic: &str, key: Key, number: i64) {
        let of_topic = self.0.entry(topic.to_owned()).or_default();
        of_topic.insert(key, Some(number));
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

fn line(side: Side, topic: &str, keys: &BTreeMap<Key, Option<i64>>, as_json: bool) -> String {
    let seconds = keys.keys().map(|key| key.second);
    let (first, last) = (seconds.clone().min(), seconds.max());
    let [from, to] = [first, last].map(|second| time(second.unwrap_or_default()));
    let category = metadata::category(topic);
    let some = keys.iter().take(MOST_IDS);
    let ids: Vec<&str> = some.clone().map(|(key, _)| key.id.as_str()).collect();
    let letters: Vec<i64> = some.filter_map(|(_, number)| *number).collect();
    if as_json {
        let mut told = json!({
            "from": from, "to": to, "category": category, "topic": topic, "messages": keys.len(), "ids": ids,
        });
        match side {
            Side::Here => told["missing"] = "here".into(),
            Side::There => told["missing"] = "there".into(),
            Side::PutAside => {
                told["put_aside"] = "here".into();
                told["letters"] = letters.into();
            }
        }
        return told.to_string();
    }
    let messages = counted(keys.len() as u64, "message");
    let more = if keys.len() > ids.len() { ", …" } else { "" };
    let ids = harmless(&ids.join(", "));
    let topic = harmless(topic);
    let side = match side {
        Side::Here => "missing here",
        Side::There => "missing there",
        Side::PutAside => "put aside here",
    };
    let letters = match &letters[..] {
        [] => String::new(),
        numbers => {
            let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
            let letters = if numbers.len() == 1 {
                "letter"
            } else {
                "letters"
            };
            format!(": dead {letters} {}{more}", numbers.join(", "))
        }
    };
    format!("{side}: {from} to {to}, {topic}: {messages} ({ids}{more}){letters}")
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

/// Parts that were not compared, as the peer failed before; those of one time that follow each other are told together.
pub fn uncompared(parts: &[Part], as_json: bool) -> Vec<String> {
    let same_time = |one: &Part, next: &Part| (one.from, one.to) == (next.from, next.to);
    let told = parts.chunk_by(same_time).filter_map(|parts| {
        let Part { from, to, .. } = parts.first()?;
        let [from, to] = [from, to].map(|at| time(at.and_utc().timestamp()));
        let named: Vec<&str> = parts.iter().flat_map(Part::names).collect();
        let and_others = parts.iter().any(Part::is_of_others);
        if as_json {
            return Some(
                json!({"uncompared": true, "from": from, "to": to, "of": named, "and_others": and_others})
                    .to_string(),
            );
        }
        let mut of = harmless(&named.join(", "));
        if and_others {
            of += if of.is_empty() { "others" } else { " and others" };
        }
        let of = if of.is_empty() { "all".to_owned() } else { of };
        Some(format!("not compared: {from} to {to}: {of}"))
    });
    told.collect()
}

fn time(second: i64) -> String {
    let time = DateTime::from_timestamp(second, 0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
