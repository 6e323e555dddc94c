//! `nommer counters`

use archive::{Upkeep, WrongCounter, migration};
use chrono::Utc;
use clap::Subcommand;
use service::say;

use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// So many wrong counters are told.
const MOST_TOLD: u32 = 100;

/// What to do with the counters.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum CountersCommand {
    /// Count everything and list the counters that say something else, at most 100, and users, packages and subjects without a message. Ends with 1 if there are any.
    Verify,
    /// Mend them: make all counters anew, while others write and read.
    Rebuild,
}

/// Proves the counters or mends them.
pub fn run(config: &Config, command: CountersCommand) -> Result<(), Exit> {
    let options = database::options(config)?;
    migration::check(&options).map_err(|error| database::refused(&options, error))?;
    let upkeep = Upkeep::new(&options);
    match command {
        CountersCommand::Verify => {
            let wrong = upkeep.verify_counters(MOST_TOLD)?;
            for counter in &wrong {
                say(described(counter));
            }
            let lost = upkeep.lost_ties()?;
            if lost > 0 {
                say(format!(
                    "{lost} users, packages and subjects are of messages that are not there"
                ));
            }
            if wrong.is_empty() && lost == 0 {
                say("all counters are right");
                return Ok(());
            }
            let more = if wrong.len() == MOST_TOLD as usize {
                " or more"
            } else {
                ""
            };
            Err(Exit::Failed(format!(
                "{}{more} counters and {lost} users, packages and subjects are wrong: run `nommer counters rebuild`",
                wrong.len()
            )))
        }
        CountersCommand::Rebuild => {
            let rebuilt = upkeep.rebuild_counters();
            rebuilt.map_err(|error| database::refused(&options, error))?;
            while upkeep.index_counters(Utc::now().naive_utc())? > 0 {}
            say("all counters are made anew");
            Ok(())
        }
    }
}

/// What is wrong with a counter, in a line: `agent "bob", day 2026-10-27: says 29, there are 26`.
pub fn described(counter: &WrongCounter) -> String {
    let whose = match counter.kind.as_str() {
        "c" => "category",
        "t" => "topic",
        "a" => "agent",
        "u" => "user",
        "p" => "package",
        "s" => "component",
        _ => "all messages",
    };
    let mut line = whose.to_owned();
    if !counter.name.is_empty() {
        line += &format!(" {:?}", counter.name);
    }
    if !counter.category.is_empty() {
        line += &format!(" of category {:?}", counter.category);
    }
    let (unit, format) = match counter.span.as_str() {
        "h" => ("hour", "%Y-%m-%dT%H"),
        "d" => ("day", "%Y-%m-%d"),
        "m" => ("month", "%Y-%m"),
        _ => ("year", "%Y"),
    };
    let (start, says) = (counter.start.format(format), counter.says);
    let ids = if counter.of_postings { " ids" } else { "" };
    line + &format!(
        ", {unit} {start}: says {says}{ids}, there are {}",
        counter.actual
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_counter_is_told_in_words() {
        let counter = |kind: &str, name: &str, category: &str, span: &str| WrongCounter {
            kind: kind.to_owned(),
            name: name.to_owned(),
            category: category.to_owned(),
            span: span.to_owned(),
            start: chrono::NaiveDateTime::default(),
            says: 29,
            actual: 26,
            of_postings: kind == "p",
        };
        for (counter, line) in [
            (
                counter("a", "bob", "", "d"),
                r#"agent "bob", day 1970-01-01: says 29, there are 26"#,
            ),
            (
                counter("t", "x.y", "x", "h"),
                r#"topic "x.y" of category "x", hour 1970-01-01T00: says 29, there are 26"#,
            ),
            (
                counter("s", "7", "", "d"),
                r#"component "7", day 1970-01-01: says 29, there are 26"#,
            ),
            (
                counter("m", "", "", "y"),
                "all messages, year 1970: says 29, there are 26",
            ),
            (
                counter("p", "pie", "", "m"),
                r#"package "pie", month 1970-01: says 29 ids, there are 26"#,
            ),
        ] {
            assert_eq!(described(&counter), line);
        }
    }
}
