//! How answers slow down as the archive grows.

use std::str::FromStr;

use anyhow::{Context, Error, Result, ensure};
use clap::Args;

use crate::asking::answers::{self, Asked, Limits};
use crate::asking::client::Client;
use crate::database::servers;
use crate::history::load::{self, Archive, History};
use crate::history::names::Names;
use crate::measured::queries::grepper;
use crate::report::{number, table};

/// Which archives to compare.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Messages x days of each archive; all are compared with the smallest.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "2000000x730,20000000x730,2000000x5475"
    )]
    archives: Vec<History>,
    #[command(flatten)]
    limits: Limits,
}

impl FromStr for History {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (messages, days) = text
            .split_once('x')
            .context("messages x days, such as 2000000x730")?;
        let history = Self {
            messages: messages.parse()?,
            days: days.parse()?,
        };
        ensure!(history.messages > 0 && history.days > 0, "neither may be 0");
        Ok(history)
    }
}

/// Answers sections of the report: the same shapes on each archive.
pub fn run(options: &Options) -> Result<String> {
    let postgres = servers::postgres_to_load()?;
    let (mut loaded, mut names, mut greppers) = (Vec::new(), Vec::new(), Vec::new());
    for history in &options.archives {
        let archive = load::load(&postgres, *history)?;
        names.push(Names::of(&postgres, &archive.database)?);
        greppers.push(grepper(&archive.database)?);
        loaded.push(archive);
    }
    let asked = greppers.iter().zip(&names).map(|(grepper, names)| Asked {
        client: Client::new(&grepper.url),
        names,
    });
    let measured = answers::time_all(&asked.collect::<Vec<_>>(), &options.limits)?;
    let titles: Vec<String> = options
        .archives
        .iter()
        .map(|history| format!("{} × {} d", history.messages, history.days))
        .collect();
    let base = (0..options.archives.len())
        .min_by_key(|n| (options.archives[*n].messages, options.archives[*n].days));
    let base = base.context("no archives")?;
    let mut columns = vec!["shape"];
    columns.extend(titles.iter().map(String::as_str));
    columns.extend(titles.iter().map(|_| "ratio"));
    let rows = measured.iter().map(|(shape, timings)| {
        let medians: Vec<f64> = timings
            .iter()
            .map(|timings| timings.percentile(50))
            .collect();
        let ratios = medians.iter().map(|median| median / medians[base]);
        let numbers = medians.iter().copied().chain(ratios).map(number);
        std::iter::once(shape.name.to_owned())
            .chain(numbers)
            .collect()
    });
    let note = "Messages × days. Medians in milliseconds. Ratios: each archive by the smallest.";
    let answers = table("Scale", note, &columns, &rows.collect::<Vec<_>>());
    Ok([archives(&options.archives, &titles, &loaded), answers].join("\n"))
}

fn archives(histories: &[History], titles: &[String], loaded: &[Archive]) -> String {
    let each = histories.iter().zip(loaded);
    let mut facts: Vec<Vec<(String, f64)>> = each
        .map(|(history, archive)| {
            let messages = f64::from(history.messages);
            let mut facts = vec![
                ("seconds to load".to_owned(), archive.seconds),
                (
                    "messages a second, loading".to_owned(),
                    messages / archive.seconds,
                ),
                ("bytes a body, mean".to_owned(), archive.body),
            ];
            facts.extend(archive.sizes.per_message(history.messages));
            facts
        })
        .collect();
    let names: Vec<String> = facts[0].iter().map(|(name, _)| name.clone()).collect();
    let mut columns = facts
        .iter_mut()
        .map(|facts| facts.drain(..).map(|(_, value)| number(value)))
        .collect::<Vec<_>>();
    let rows = names.into_iter().map(|name| {
        let values = columns.iter_mut().filter_map(Iterator::next);
        std::iter::once(name).chain(values).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let titles: Vec<&str> = std::iter::once("what")
        .chain(titles.iter().map(String::as_str))
        .collect();
    table("The archives", "", &titles, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_messages_by_days() {
        let history: History = "2000x730".parse().expect("both");
        assert_eq!((history.messages, history.days), (2000, 730));
        for text in ["2000", "x730", "0x1", "1x0", "2000x730x1"] {
            assert!(text.parse::<History>().is_err(), "{text}");
        }
    }
}
