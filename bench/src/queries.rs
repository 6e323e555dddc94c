//! grepper over HTTP, beside datagrepper with the same messages.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use devstack::{Database, Process};

use crate::answers::{self, Limits};
use crate::client::Client;
use crate::load::{self, Archive, History};
use crate::names::Names;
use crate::report::{number, table};
use crate::sizes::Sizes;
use crate::timings::Timings;
use crate::{crowd, incumbent, pgbench, servers, shapes};

/// What to ask, and how long.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    history: History,
    #[command(flatten)]
    limits: Limits,
}

/// A running grepper.
pub struct Grepper {
    pub url: String,
    _process: Process,
}

/// Starts the grepper beside this program, with its defaults.
pub fn grepper(database: &Database) -> Result<Grepper> {
    let mut command = Command::new(devstack::binary("grepper")?);
    command.args(["--listen", "127.0.0.1:0", "--database-url", &database.url]);
    let mut process = Process::spawn(&command)?;
    let line = process.wait_for_line("listening on http://", Duration::from_secs(30))?;
    let url = line.split_whitespace().last().context("an address")?.trim_end_matches('/').to_owned();
    Ok(Grepper { url, _process: process })
}

/// Answers sections of the report.
pub fn run(options: &Options, peers: bool) -> Result<String> {
    let postgres = servers::postgres()?;
    let archive = load::load(&postgres, options.history)?;
    let copy = if peers { Some(incumbent::copy_of(&postgres, &archive.database)?) } else { None };
    let copy_sizes = copy.as_ref().map(|copy| Sizes::of(&postgres, copy)).transpose()?;
    let names = Names::of(&postgres, &archive.database)?;
    let grepper = grepper(&archive.database)?;
    let datagrepper = copy.as_ref().map(incumbent::datagrepper).transpose()?;
    let urls: Vec<&str> =
        std::iter::once(grepper.url.as_str()).chain(datagrepper.as_ref().map(|peer| peer.url.as_str())).collect();
    Ok([
        about(options.history, &archive, copy_sizes.as_ref()),
        one_client(&urls, &names, &options.limits)?,
        many_clients(&urls, &archive.database, &names, options.limits.seconds)?,
    ]
    .join("\n"))
}

fn about(history: History, archive: &Archive, copy: Option<&Sizes>) -> String {
    let History { messages, days } = history;
    let row = |what: &str, ours: f64, peer: Option<f64>| {
        vec![what.to_owned(), number(ours), peer.map_or("–".to_owned(), number)]
    };
    let mut rows = vec![
        row("messages", messages.into(), copy.map(|_| messages.into())),
        row("days", days.into(), copy.map(|_| days.into())),
        row("bytes a body, mean", archive.body, copy.map(|_| archive.body)),
    ];
    let theirs = copy.map(|sizes| sizes.per_message(messages));
    for (part, (what, bytes)) in archive.sizes.per_message(messages).into_iter().enumerate() {
        rows.push(row(&what, bytes, theirs.as_ref().map(|theirs| theirs[part].1)));
    }
    table("The archive that is searched", "", &["what", "ours", "peer"], &rows)
}

fn one_client(urls: &[&str], names: &Names, limits: &Limits) -> Result<String> {
    let clients: Vec<Client> = urls.iter().map(|url| Client::new(url)).collect();
    let rows = answers::time_all(&clients, names, limits)?.into_iter().map(|(shape, timings)| {
        let mut row = vec![shape.name.to_owned()];
        for timings in &timings {
            row.push(timings.count().to_string());
            row.extend([50, 95, 99, 100].map(|percent| number(timings.percentile(percent))));
        }
        if let [ours, peer] = timings.as_slice() {
            row.push(number(peer.percentile(50) / ours.percentile(50)));
        }
        row
    });
    let mut columns = vec!["shape", "asked", "median", "p95", "p99", "max"];
    if urls.len() > 1 {
        columns.extend(["peer asked", "median", "p95", "p99", "max", "ratio"]);
    }
    let note = "One client, one request after the other; milliseconds from the request to the last byte of the answer. \
                Ratio: the peer's median by ours.";
    Ok(table("Queries", note, &columns, &rows.collect::<Vec<_>>()))
}

fn many_clients(urls: &[&str], database: &Database, names: &Names, seconds: u64) -> Result<String> {
    let days = |days: i64| names.newest - days * 86_400;
    let topics = names.topics.iter().map(|topic| pgbench::topic(topic, days(3), names.newest)).collect::<Vec<_>>();
    let ids = names.ids.iter().map(|id| pgbench::by_id(id)).collect::<Vec<_>>();
    let mut rows = Vec::new();
    for (name, statements) in [("topic, 3 days", topics), ("by id", ids)] {
        let shape = shapes::named(name).context("no such shape")?;
        let asked = urls.iter().map(|url| crowd::ask(url, shape, names, seconds)).collect::<Result<Vec<_>>>()?;
        let floor = pgbench::rate(database, &statements, crowd::CLIENTS, seconds)?;
        let cells = |(rate, timings): &(f64, Timings)| {
            [number(*rate), number(timings.percentile(50)), number(timings.percentile(99))]
        };
        let mut row = vec![name.to_owned()];
        row.extend(asked.iter().flat_map(cells));
        if let [ours, peer] = asked.as_slice() {
            row.push(number(ours.0 / peer.0));
        }
        row.push(floor.map_or("–".to_owned(), number));
        rows.push(row);
    }
    let mut columns = vec!["shape", "a second", "median", "p99"];
    if urls.len() > 1 {
        columns.extend(["peer a second", "median", "p99", "ratio"]);
    }
    columns.push("pgbench a second");
    let note = format!(
        "{} clients for {seconds} s: answers a second, milliseconds. pgbench: as many clients asking PostgreSQL the \
         ideal statement, without HTTP and JSON.",
        crowd::CLIENTS
    );
    Ok(table("Many clients", &note, &columns, &rows))
}
