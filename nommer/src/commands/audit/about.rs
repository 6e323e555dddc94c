//! Is each message stored with what it is about? The rules are asked once more.

use std::collections::BTreeMap;

use archive::{Message, Order, Position, Reader, Search, Span, StoreError, StoredSubjects};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use metadata::{MessageView, Rules};

use super::finding::Finding;
use crate::commands::text::harmless;
use crate::delivery::decode;
use crate::words::counted;

/// So many messages are in memory at once.
const PAGE: u32 = 500;
/// So many messages of a sampled day are looked at.
const MOST_OF_DAY: u32 = 1000;
/// So many topics are named.
const MOST_TOPICS: usize = 5;

/// Messages whose subjects are not those that the rules tell: all that is told of them is one finding, as there are as
/// many as messages where the rules are newer than the archive.
#[derive(Default)]
struct Differing {
    looked_at: u64,
    number: u64,
    with_none: u64,
    topics: BTreeMap<String, u64>,
    sent: Option<(NaiveDateTime, NaiveDateTime)>,
}

/// Compares what is stored of messages with what the rules tell: of some of these days, or of all there are.
pub fn check(
    reader: &Reader,
    rules: &Rules,
    sampled: Option<&[NaiveDate]>,
    tell: &mut dyn FnMut(Finding),
) -> Result<(), StoreError> {
    let mut differing = Differing::default();
    match sampled {
        None => {
            differing.look(reader, rules, Span::default(), u32::MAX)?;
        }
        Some(days) => {
            for day in days {
                let begin = day.and_time(NaiveTime::MIN);
                // Others at each run.
                let chance = (uuid::Uuid::new_v4().as_u128() % 86_400) as i64;
                let (middle, end) = (
                    begin + TimeDelta::seconds(chance),
                    begin + TimeDelta::days(1),
                );
                let left = differing.look(reader, rules, span(middle, end), MOST_OF_DAY)?;
                differing.look(reader, rules, span(begin, middle), left)?;
            }
        }
    }
    differing.finding().into_iter().for_each(tell);
    Ok(())
}

fn span(from: NaiveDateTime, to: NaiveDateTime) -> Span {
    Span {
        from: Some(from),
        to: Some(to),
    }
}

impl Differing {
    /// Looks at `most` messages of this time; answers how many of these there were not.
    fn look(
        &mut self,
        reader: &Reader,
        rules: &Rules,
        time: Span,
        most: u32,
    ) -> Result<u32, StoreError> {
        let search = Search {
            time,
            order: Order::Ascending,
            ..Search::default()
        };
        let mut walk = reader.walk(&search, None);
        let mut left = most;
        while left > 0 {
            let messages = walk.step(left.min(PAGE))?;
            if messages.is_empty() {
                break;
            }
            if most < u32::MAX {
                left -= u32::try_from(messages.len()).unwrap_or(left);
            }
            self.compare(reader, rules, &messages)?;
        }
        Ok(left)
    }

    fn compare(
        &mut self,
        reader: &Reader,
        rules: &Rules,
        messages: &[Message],
    ) -> Result<(), StoreError> {
        let positions = messages.iter().map(|message| Position {
            timestamp: message.timestamp,
            id: message.id,
        });
        let stored = reader.subjects(&positions.collect::<Vec<_>>())?;
        for (message, stored) in messages.iter().zip(&stored) {
            // What cannot be read has the subjects that it has.
            let Ok(body) = pythonic::json::valid_json(&message.msg) else {
                continue;
            };
            self.looked_at += 1;
            let told = decode::subjects(&rules.read(&MessageView {
                topic: &message.topic,
                headers: message.headers.as_deref().unwrap_or_default(),
                body: &body,
            }));
            if !stored.are(&told, &message.topic) {
                self.note(message, *stored == StoredSubjects::default());
            }
        }
        Ok(())
    }

    fn note(&mut self, message: &Message, has_none: bool) {
        self.number += 1;
        self.with_none += u64::from(has_none);
        *self.topics.entry(message.topic.clone()).or_default() += 1;
        let at = message.timestamp;
        let (first, last) = self.sent.unwrap_or((at, at));
        self.sent = Some((first.min(at), last.max(at)));
    }

    fn finding(&self) -> Option<Finding> {
        let (first, last) = self.sent?;
        let mut topics: Vec<_> = self.topics.iter().collect();
        topics.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
        let mut named: Vec<String> = topics
            .iter()
            .take(MOST_TOPICS)
            .map(|(topic, number)| format!("{} ({number})", harmless(topic)))
            .collect();
        if topics.len() > MOST_TOPICS {
            named.push(format!("{} more", topics.len() - MOST_TOPICS));
        }
        Some(Finding {
            check: "subjects",
            name: self.number.to_string(),
            says: format!(
                "of {} looked at, sent from {} to {}, are stored with other subjects than the rules tell, {} of them with \
                 none: {}; `nommer extract subjects` stores what the rules tell, as after each change of rules",
                counted(self.looked_at, "message"),
                first.format("%Y-%m-%dT%H:%M:%SZ"),
                last.format("%Y-%m-%dT%H:%M:%SZ"),
                self.with_none,
                named.join(", ")
            ),
        })
    }
}
