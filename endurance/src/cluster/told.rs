//! What was seen, and its report.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use service::say;

use crate::cluster::readers::Answer;
use crate::cluster::writes::Writes;
use crate::journal::{Event, Journal, clock};
use crate::ledger::Ledger;
use crate::report::table;

/// What was seen.
#[derive(Default)]
pub struct Told {
    pub answers: Vec<Answer>,
    pub writes: Writes,
    pub lost_by_control: usize,
}

impl Told {
    /// Writes the report; answers whether all held.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&self, journal: &Journal, ledger: &Ledger, folder: &Path) -> Result<bool> {
        let faults = journal.faults();
        let mut text = match faults.is_empty() {
            true => "# Clusters\n\nIt held.\n".to_owned(),
            false => format!(
                "# Clusters\n\nIt did NOT hold:\n\n- {}\n",
                faults.join("\n- ")
            ),
        };
        let confirmed: usize = ledger.confirmed().values().sum();
        let failed = self.answers.iter().filter(|answer| is_failure(answer));
        let facts = [
            ("confirmed messages", confirmed.to_string()),
            ("lost by the control", self.lost_by_control.to_string()),
            ("answers", self.answers.len().to_string()),
            ("of them 5xx or none", failed.count().to_string()),
        ];
        let facts = facts.into_iter();
        let facts = facts.map(|(what, value)| vec![what.to_owned(), value]);
        text += &table("Facts", &["what", "value"], facts);
        text += &table("Shares", &["program", "what", "how many"], self.shares());
        let rows = journal.events();
        let rows = rows.iter().map(|event| self.row(event));
        let columns = [
            "from",
            "until",
            "what",
            "seconds without writes",
            "answers",
            "5xx",
            "no answer",
            "longest answer s",
            "outcome",
        ];
        text += &table("Faults", &columns, rows);
        say(format_args!("\n{text}"));
        std::fs::write(folder.join("report.md"), text)?;
        say(format_args!("soak: the report is in {}", folder.display()));
        Ok(faults.is_empty())
    }

    /// What each program did of the work.
    fn shares(&self) -> impl Iterator<Item = Vec<String>> {
        let row = |program: String, what: &str, count: u64| {
            vec![program, what.to_owned(), count.to_string()]
        };
        let stored = (1..).zip(&self.writes.stored);
        let stored = stored
            .map(move |(number, count)| row(format!("nommer-{number}"), "messages stored", *count));
        let mut answers = BTreeMap::<usize, u64>::new();
        for answer in &self.answers {
            *answers.entry(answer.grepper + 1).or_default() += 1;
        }
        let answers = answers.into_iter();
        stored.chain(answers.map(move |(number, count)| {
            row(format!("grepper-{number}"), "requests answered", count)
        }))
    }

    fn row(&self, event: &Event) -> Vec<String> {
        let until = event.until.unwrap_or(Duration::MAX);
        let during = |at: Duration| event.from <= at && at <= until;
        let answers: Vec<&Answer> = self
            .answers
            .iter()
            .filter(|answer| during(answer.at))
            .collect();
        let count = |is: fn(&Answer) -> bool| answers.iter().filter(|answer| is(answer)).count();
        let longest = answers.iter().map(|answer| answer.took).max();
        vec![
            clock(event.from),
            event.until.map_or("–".to_owned(), clock),
            event.what.clone(),
            format!("{:.1}", self.gap(event.from, until).as_secs_f64()),
            answers.len().to_string(),
            count(|answer| answer.status.is_some_and(|status| status >= 500)).to_string(),
            count(|answer| answer.status.is_none()).to_string(),
            format!("{:.1}", longest.unwrap_or_default().as_secs_f64()),
            event.outcome.clone(),
        ]
    }

    /// The longest time within which nothing was stored.
    fn gap(&self, from: Duration, until: Duration) -> Duration {
        let within = self
            .writes
            .times
            .iter()
            .filter(|at| from <= **at && **at <= until);
        let ends = within.clone().skip(1);
        let first = within
            .clone()
            .next()
            .map(|first| first.saturating_sub(from));
        let gaps = within
            .zip(ends)
            .map(|(one, next)| next.saturating_sub(*one));
        gaps.chain(first)
            .max()
            .unwrap_or(until.saturating_sub(from))
    }
}

fn is_failure(answer: &Answer) -> bool {
    answer.status.is_none_or(|status| status >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_time_without_writes_is_told() {
        let seconds = |all: &[u64]| all.iter().map(|at| Duration::from_secs(*at)).collect();
        let told = Told {
            writes: Writes {
                times: seconds(&[1, 2, 9, 10]),
                ..Writes::default()
            },
            ..Told::default()
        };
        let gap = |from, until| {
            let gap = told.gap(Duration::from_secs(from), Duration::from_secs(until));
            gap.as_secs()
        };
        assert_eq!(gap(0, 10), 7);
        assert_eq!(gap(3, 10), 6);
        assert_eq!(gap(11, 15), 4);
    }
}
