//! grepper over HTTP, beside datagrepper with the same messages.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use devstack::{Database, Process};

use crate::asking::answers::{self, Asked, Limits};
use crate::asking::client::Client;
use crate::asking::shapes::{self, Shape};
use crate::asking::timings::Timings;
use crate::asking::{crowd, pgbench};
use crate::database::servers;
use crate::database::sizes::Sizes;
use crate::history::load::{self, Archive, History};
use crate::history::names::Names;
use crate::incumbent::programs as incumbent;
use crate::report::{number, table};
use crate::usage::Usage;

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
    process: Process,
}

/// Starts the grepper beside this program, with its defaults.
pub fn grepper(database: &Database) -> Result<Grepper> {
    let mut command = Command::new(devstack::binary("grepper")?);
    command.args(["--listen", "127.0.0.1:0", "--database-url", &database.url]);
    let mut process = Process::spawn(&command)?;
    let line = process.wait_for_line("listening on http://", Duration::from_secs(30))?;
    let url = line
        .split_whitespace()
        .last()
        .context("an address")?
        .trim_end_matches('/')
        .to_owned();
    Ok(Grepper { url, process })
}

/// Answers sections of the report.
pub fn run(options: &Options, peers: bool) -> Result<String> {
    let postgres = servers::postgres_to_load()?;
    let archive = load::load(&postgres, options.history)?;
    let copy = if peers {
        Some(incumbent::copy_of(&postgres, &archive.database)?)
    } else {
        None
    };
    let copy_sizes = copy
        .as_ref()
        .map(|copy| Sizes::of(&postgres, copy))
        .transpose()?;
    let names = Names::of(&postgres, &archive.database)?;
    let grepper = grepper(&archive.database)?;
    let datagrepper = copy.as_ref().map(incumbent::datagrepper).transpose()?;
    let mut servers = vec![Server {
        url: &grepper.url,
        process: &grepper.process,
    }];
    servers.extend(datagrepper.as_ref().map(|peer| Server {
        url: &peer.url,
        process: &peer.process,
    }));
    let one = one_client(&servers, &names, &options.limits)?;
    let before = memory(&servers);
    let many = many_clients(&servers, &archive.database, &names, options.limits.seconds)?;
    let after = memory(&servers);
    Ok([
        about(options.history, &archive, copy_sizes.as_ref()),
        one,
        many,
        memory_of([&before, &after]),
    ]
    .join("\n"))
}

/// What is asked.
struct Server<'a> {
    url: &'a str,
    process: &'a Process,
}

/// The most that each server held, in MB.
fn memory(servers: &[Server]) -> Vec<f64> {
    servers
        .iter()
        .map(|server| Usage::of(server.process.pid()).memory)
        .collect()
}

fn memory_of(measured: [&[f64]; 2]) -> String {
    let after = [
        "one client".to_owned(),
        format!("{} clients", crowd::CLIENTS),
    ];
    let rows = after.into_iter().zip(measured).map(|(after, memory)| {
        let ratio = if let [ours, peer] = memory {
            Some(peer / ours)
        } else {
            None
        };
        let mut row = vec![after];
        row.extend(memory.iter().copied().chain(ratio).map(number));
        row
    });
    let mut columns = vec!["after", "ours"];
    if measured[0].len() > 1 {
        columns.extend(["peer", "ratio"]);
    }
    let note = "MB at most, with all processes of the server. Ratio: the peer's by ours.";
    table(
        "Memory of the servers",
        note,
        &columns,
        &rows.collect::<Vec<_>>(),
    )
}

fn about(history: History, archive: &Archive, copy: Option<&Sizes>) -> String {
    let History { messages, days } = history;
    let row = |what: &str, ours: f64, peer: Option<f64>| {
        vec![
            what.to_owned(),
            number(ours),
            peer.map_or("–".to_owned(), number),
        ]
    };
    let mut rows = vec![
        row("messages", messages.into(), copy.map(|_| messages.into())),
        row("days", days.into(), copy.map(|_| days.into())),
        row(
            "bytes a body, mean",
            archive.body,
            copy.map(|_| archive.body),
        ),
    ];
    let theirs = copy.map(|sizes| sizes.per_message(messages));
    for (part, (what, bytes)) in archive.sizes.per_message(messages).into_iter().enumerate() {
        rows.push(row(
            &what,
            bytes,
            theirs.as_ref().map(|theirs| theirs[part].1),
        ));
    }
    table(
        "The archive that is searched",
        "",
        &["what", "ours", "peer"],
        &rows,
    )
}

fn one_client(servers: &[Server], names: &Names, limits: &Limits) -> Result<String> {
    let asked: Vec<Asked> = servers
        .iter()
        .map(|server| Asked {
            client: Client::new(server.url),
            names,
        })
        .collect();
    let rows = answers::time_all(&asked, limits)?
        .into_iter()
        .map(|(shape, timings)| {
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
    if servers.len() > 1 {
        columns.extend(["peer asked", "median", "p95", "p99", "max", "ratio"]);
    }
    let note = "One client, one request after the other; milliseconds from the request to the last byte of the answer. \
                Ratio: the peer's median by ours.";
    Ok(table("Queries", note, &columns, &rows.collect::<Vec<_>>()))
}

fn many_clients(
    servers: &[Server],
    database: &Database,
    names: &Names,
    seconds: u64,
) -> Result<String> {
    let days = |days: i64| names.newest - days * 86_400;
    let topics = names
        .topics
        .iter()
        .map(|topic| pgbench::topic(topic, days(3), names.newest))
        .collect::<Vec<_>>();
    let ids = names
        .ids
        .iter()
        .map(|id| pgbench::by_id(id))
        .collect::<Vec<_>>();
    let mut rows = Vec::new();
    // Of HTTP alone, answers a second.
    let mut alive = None;
    for (name, statements) in [
        ("nothing: is it alive?", Vec::new()),
        ("topic, 3 days", topics),
        ("by id", ids),
    ] {
        let shape = shapes::named(name).context("no such shape")?;
        let mut crowds: Vec<Crowd> = servers.iter().map(|_| Crowd::default()).collect();
        let mut floors = Vec::new();
        for _ in 0..ROUNDS {
            for (server, crowd) in servers.iter().zip(&mut crowds) {
                crowd.ask(server, shape, names, seconds.div_ceil(ROUNDS))?;
            }
            floors.extend(pgbench::rate(
                database,
                &statements,
                crowd::CLIENTS,
                seconds.div_ceil(ROUNDS),
            )?);
        }
        let ours = crowds[0].rate();
        let pgbench =
            (!floors.is_empty()).then(|| floors.iter().sum::<f64>() / floors.len() as f64);
        let alive = *alive.get_or_insert(ours);
        let both = pgbench.map(|pgbench| 1.0 / (1.0 / pgbench + 1.0 / alive));

        let mut row = vec![name.to_owned()];
        row.extend(crowds[0].cells()?);
        row.push(number(crowds[0].computed / crowds[0].times.len() as f64));
        if let Some(peer) = crowds.get(1) {
            row.extend(peer.cells()?);
            row.push(number(ours / peer.rate()));
        }
        let percent = |whole: Option<f64>| whole.map(|whole| 100.0 * ours / whole);
        let ceilings = [pgbench, percent(pgbench), both, percent(both)];
        row.extend(ceilings.map(|ceiling| ceiling.map_or("–".to_owned(), number)));
        rows.push(row);
    }
    let mut columns = vec!["shape", "a second", "median", "p99", "its CPU, µs"];
    if servers.len() > 1 {
        columns.extend(["peer a second", "median", "p99", "ratio"]);
    }
    columns.extend([
        "pgbench a second",
        "% of it",
        "with HTTP a second",
        "% of it",
    ]);
    let note = format!(
        "{} clients for {seconds} s, in {ROUNDS} turns: answers a second, milliseconds. Its CPU: what grepper itself computes for an \
         answer. pgbench: as many clients asking PostgreSQL the ideal statement, without HTTP and JSON. With HTTP: \
         what a server could reach that needs the processors for this statement and for an answer without a question.",
        crowd::CLIENTS
    );
    Ok(table("Many clients", &note, &columns, &rows))
}

/// How often each takes its turn to be asked by many.
const ROUNDS: u64 = 3;

/// What many clients of one server met with.
#[derive(Default)]
struct Crowd {
    seconds: f64,
    times: Vec<Duration>,
    /// Microseconds.
    computed: f64,
}

impl Crowd {
    fn ask(&mut self, server: &Server, shape: &Shape, names: &Names, seconds: u64) -> Result<()> {
        let before = Usage::of(server.process.pid());
        let (elapsed, times) = crowd::ask(server.url, shape, names, seconds)?;
        self.computed += Usage::of(server.process.pid()).computed_since(before);
        self.seconds += elapsed.as_secs_f64();
        self.times.extend(times);
        Ok(())
    }

    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }

    fn cells(&self) -> Result<[String; 3]> {
        let timings = Timings::new(self.times.clone()).context("no answers")?;
        Ok([self.rate(), timings.percentile(50), timings.percentile(99)].map(number))
    }
}
