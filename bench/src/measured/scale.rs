//! How answers slow down as the archive grows.

use anyhow::{Context, Result};
use clap::Args;
use devstack::Postgres;

use crate::asking::answers::{self, Asked, Limits};
use crate::asking::client::Client;
use crate::database::servers;
use crate::history::History;
use crate::history::load::{self, Archive};
use crate::history::names::Names;
use crate::programs::Build;
use crate::report::{number, table};

/// Which archives to compare.
#[derive(Args, Clone, Debug)]
pub struct Archives {
    /// Messages x days of each archive; all are compared with the smallest.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "2000000x730,20000000x730,2000000x5475"
    )]
    archives: Vec<History>,
    #[command(flatten)]
    pub limits: Limits,
}

/// An archive that was filled, and what to ask it for.
pub struct Loaded {
    history: History,
    pub archive: Archive,
    pub names: Names,
}

impl Loaded {
    /// What it is called in reports.
    pub fn title(&self) -> String {
        let History { messages, days } = self.history;
        format!("{messages} × {days} d")
    }

    /// What is told of it.
    fn facts(&self) -> Vec<(String, f64)> {
        let messages = self.history.messages;
        let Archive {
            body,
            seconds,
            sizes,
            ..
        } = &self.archive;
        let mut facts = vec![
            ("seconds to load".to_owned(), *seconds),
            (
                "messages a second, loading".to_owned(),
                f64::from(messages) / seconds,
            ),
            ("bytes a body, mean".to_owned(), *body),
        ];
        facts.extend(sizes.per_message(messages));
        facts
    }
}

/// Fills all archives, in databases of one server.
pub fn load_all(postgres: &Postgres, archives: &Archives) -> Result<Vec<Loaded>> {
    let mut loaded = Vec::new();
    for history in &archives.archives {
        let archive = load::load(postgres, *history)?;
        loaded.push(Loaded {
            history: *history,
            names: Names::of(postgres, &archive.database)?,
            archive,
        });
    }
    Ok(loaded)
}

/// Answers sections of the report: the same shapes on each archive.
pub fn run(archives: &Archives) -> Result<String> {
    let postgres = servers::postgres_to_load()?;
    let loaded = load_all(&postgres, archives)?;
    Ok([about(&loaded), answers(&loaded, &archives.limits)?].join("\n"))
}

/// A section on the archives themselves.
pub fn about(loaded: &[Loaded]) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for archive in loaded {
        for (row, (fact, value)) in archive.facts().into_iter().enumerate() {
            if rows.len() == row {
                rows.push(vec![fact]);
            }
            rows[row].push(number(value));
        }
    }
    let titles: Vec<String> = loaded.iter().map(Loaded::title).collect();
    let mut columns = vec!["what"];
    columns.extend(titles.iter().map(String::as_str));
    table("The archives", "", &columns, &rows)
}

fn answers(loaded: &[Loaded], limits: &Limits) -> Result<String> {
    let (mut servers, mut asked) = (Vec::new(), Vec::new());
    for Loaded { archive, names, .. } in loaded {
        let server = Build::ours()?.grepper(&archive.database)?;
        let client = Client::new(&server.url);
        asked.push(Asked { client, names });
        servers.push(server);
    }
    let base = (0..loaded.len())
        .min_by_key(|which| {
            let History { messages, days } = loaded[*which].history;
            (messages, days)
        })
        .context("no archives")?;
    let mut rows = Vec::new();
    for (shape, turns) in answers::time_all(&asked, limits, 0)? {
        let mut medians = Vec::new();
        for turns in &turns {
            medians.push(turns.timings()?.percentile(50));
        }
        let ratios = medians.iter().map(|median| median / medians[base]);
        let mut row = vec![shape.name.to_owned()];
        row.extend(medians.iter().copied().chain(ratios).map(number));
        rows.push(row);
    }
    let titles: Vec<String> = loaded.iter().map(Loaded::title).collect();
    let mut columns = vec!["shape"];
    columns.extend(titles.iter().map(String::as_str));
    columns.extend(titles.iter().map(|_| "ratio"));
    let note = "Messages × days. Medians in milliseconds. Ratios: each archive by the smallest.";
    Ok(table("Scale", note, &columns, &rows))
}
