//! What is published: mostly what a bus carries, and some of all that is large, old, odd or broken.

mod draft;
mod odd;
mod poison;

use chrono::{DateTime, TimeDelta, Utc};
use lapin::BasicProperties;
use lapin::types::AMQPValue;
use simulator::{Random, Traffic};

use crate::ledger::{Expected, Ledger};
use crate::messages::draft::{Draft, decent};

/// The header with a message's number, by which it is found again.
pub const NUMBER: &str = "soak";

/// A message on its way to the broker.
#[derive(Clone)]
pub struct Outgoing {
    pub number: u32,
    /// Whether it can be told from another that is equal, so that it may be sent again.
    pub repeatable: bool,
    /// Whether it is sent twice, as by a publisher that lost its confirmation.
    pub twice: bool,
    pub routing_key: String,
    pub properties: BasicProperties,
    pub body: Vec<u8>,
}

/// An endless source of messages, all of which follow from the seed but for their times.
pub struct Mix {
    random: Random,
    traffic: Traffic,
}

impl Mix {
    /// The messages of `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            traffic: Traffic::new(seed),
        }
    }

    /// The next message, noted in the ledger.
    pub fn next(&mut self, ledger: &Ledger) -> Outgoing {
        let mut twice = false;
        let mut draft = match self.random.between(0, 999) {
            0..2 => poison::draft(&mut self.random),
            2 => large(&mut self.random),
            3..33 => odd::draft(&mut self.random),
            33..63 => self.ordinary("old or early", another_time),
            63..73 => {
                twice = true;
                self.ordinary("twice", |_| Utc::now())
            }
            _ => self.ordinary("ordinary", |_| Utc::now()),
        };
        let number = ledger.add(draft.kind, draft.expected, draft.ties);
        let value = AMQPValue::LongInt(i32::try_from(number).unwrap_or(i32::MAX));
        draft.headers.insert(NUMBER.into(), value);
        Outgoing {
            number,
            repeatable: draft.repeatable,
            twice,
            routing_key: draft.routing_key,
            properties: draft.properties.with_headers(draft.headers),
            body: draft.body,
        }
    }

    fn ordinary(&mut self, kind: &'static str, time: fn(&mut Random) -> DateTime<Utc>) -> Draft {
        let sample = self.traffic.message(time(&mut self.random));
        let properties = sample.properties();
        let headers = properties.headers().clone().unwrap_or_default();
        Draft {
            kind,
            expected: Expected::Archived,
            ties: Some((sample.users.len() as u32, sample.packages.len() as u32)),
            repeatable: true,
            routing_key: sample.topic,
            properties,
            headers,
            body: sample.body.into_bytes(),
        }
    }
}

/// Up to fifteen years ago, or three ahead.
fn another_time(random: &mut Random) -> DateTime<Utc> {
    let seconds = random.between(0, 18 * 365 * 86_400) as i64 - 15 * 365 * 86_400;
    Utc::now() + TimeDelta::seconds(seconds)
}

/// 50 kB to 5 MB, mostly of the smaller ones.
fn large(random: &mut Random) -> Draft {
    let size = 50_000 + (random.unit().powi(3) * 5_000_000.0) as usize;
    let mut draft = decent("large", random);
    let text = random.hex(size);
    draft.body =
        format!(r#"{{"text": "{text}", "builds": [{{"nvr": "bash-5.2-1.fc43"}}]}}"#).into_bytes();
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_messages_bear_their_number_and_poison_is_expected_to_be_put_aside() {
        let (ledger, mut mix) = (Ledger::default(), Mix::new(1));
        for number in 0..5000 {
            let message = mix.next(&ledger);
            assert_eq!(message.number, number);
            let headers = message.properties.headers().as_ref().unwrap();
            assert_eq!(headers.inner()[NUMBER], AMQPValue::LongInt(number as i32));
        }
        let kinds: std::collections::BTreeSet<_> = ledger
            .entries()
            .iter()
            .map(|entry| (entry.kind, entry.expected == Expected::PutAside))
            .collect();
        assert!(kinds.contains(&("ordinary", false)));
        assert!(kinds.iter().any(|(_, aside)| *aside));
        assert!(kinds.len() > 15, "{kinds:?}");
    }
}
