//! `nommer dead-letters retry`

use std::collections::BTreeMap;

use archive::{DeadLetter, DeadLetters, NewMessage, Retried};
use metadata::Rules;
use service::say;

use super::missing;
use super::options::RetryOptions;
use super::walk::for_each;
use crate::commands::text::harmless;
use crate::config::settings::Config;
use crate::delivery::{decode, exported, restored};
use crate::exit::Exit;
use crate::words::counted;

/// So many different reasons are told; others are counted together.
const MOST_REASONS: usize = 1000;

/// What the rules of now make of a letter.
fn decoded(letter: &DeadLetter, rules: &Rules) -> Result<NewMessage, String> {
    if exported::is_imported(letter) {
        let decoded = exported::decode(&letter.body, letter.received_at, rules);
        match exported::is_adopted(letter) {
            // What is no body stands in an array there, which is not what is wrong.
            true => decoded.map_err(|_| letter.reason.clone()),
            false => decoded,
        }
    } else {
        decode::decode(&restored::received(letter), rules)
    }
}

/// Decodes the letters again and stores what can be stored, each in a transaction of its own: after
/// any end, even that of the machine, the next run does the rest.
pub fn run(config: &Config, letters: &DeadLetters, asked: &RetryOptions) -> Result<(), Exit> {
    let rules = Rules::load(config.rules_directory.as_deref())?;
    let missing = missing::complaint(letters, &asked.filter())?;
    let (mut stored, mut duplicates, mut refused) = (0_u64, 0_u64, 0_u64);
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let answer = for_each(letters, &asked.filter(), |head| {
        let retried = letters.retry(head.id, asked.dry_run, |letter| {
            decoded(&letter.letter, &rules)
        })?;
        match retried {
            Retried::Stored => stored += 1,
            Retried::Duplicate => duplicates += 1,
            Retried::Gone => {}
            Retried::Refused(reason) => {
                refused += 1;
                let known = reasons.len() < MOST_REASONS || reasons.contains_key(&reason);
                let reason = if known {
                    reason
                } else {
                    "other reasons".to_owned()
                };
                *reasons.entry(reason).or_default() += 1;
            }
        }
        Ok(true)
    });
    for (reason, count) in &reasons {
        say(format_args!("{count:>8}  {}", harmless(reason)));
    }
    let duplicate = match duplicates {
        1 => "a duplicate",
        _ => "duplicates",
    };
    let would = if asked.dry_run { "would be " } else { "" };
    say(format_args!(
        "{stored} {would}stored, {duplicates} {would}recognised as {duplicate}, {refused} {would}refused again"
    ));
    answer?;
    let refused =
        (refused > 0).then(|| format!("{} cannot be stored", counted(refused, "dead letter")));
    let complaints: Vec<String> = refused.into_iter().chain(missing).collect();
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(Exit::Failed(complaints.join("; "))),
    }
}
