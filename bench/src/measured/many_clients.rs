//! Many clients of grepper, of datagrepper and of PostgreSQL alone.

use std::time::Duration;

use anyhow::Result;
use devstack::Database;

use crate::asking::crowd::{self, Crowd};
use crate::asking::pgbench;
use crate::asking::shapes::{self, Shape};
use crate::history::names::Names;
use crate::programs::Server;
use crate::report::{number, or_dash, table};

/// How often each takes its turn to be asked by many.
const TURNS: u64 = 3;

/// Answers a section of the report; `servers` are ours and perhaps the peer.
pub fn run(servers: &[Server], database: &Database, names: &Names, seconds: u64) -> Result<String> {
    let turn = Duration::from_secs(seconds.div_ceil(TURNS));
    let mut rows = Vec::new();
    // Of HTTP alone, answers a second.
    let mut alive = None;
    for shape in shapes::crowded() {
        let statements = statements(shape, names);
        let mut crowds = vec![Crowd::default(); servers.len()];
        let mut floors = Vec::new();
        for _ in 0..TURNS {
            for (server, crowd) in servers.iter().zip(&mut crowds) {
                crowd.extend(Crowd::ask(server, shape, names, turn)?);
            }
            floors.extend(pgbench::rate(database, &statements, crowd::CLIENTS, turn)?);
        }
        let alive = *alive.get_or_insert(crowds[0].rate());
        rows.push(row(shape, &crowds, &floors, alive)?);
    }
    let (note, columns) = (note(seconds), columns(servers.len() > 1));
    Ok(table("Many clients", &note, &columns, &rows))
}

/// The ideal statements for what this shape asks; none if it asks nothing of the database.
fn statements(shape: &Shape, names: &Names) -> Vec<String> {
    let start = names.newest - 3 * 86_400;
    match shape.name {
        "topic, 3 days" => names
            .topics
            .iter()
            .map(|topic| pgbench::topic(topic, start, names.newest))
            .collect(),
        "by id" => names.ids.iter().map(|id| pgbench::by_id(id)).collect(),
        _ => Vec::new(),
    }
}

/// `floors` are pgbench's rates, `alive` is that of HTTP alone.
fn row(shape: &Shape, crowds: &[Crowd], floors: &[f64], alive: f64) -> Result<Vec<String>> {
    let ours = &crowds[0];
    let mut row = vec![shape.name.to_owned()];
    row.extend(cells(ours)?);
    row.push(number(ours.cost()));
    if let Some(peer) = crowds.get(1) {
        row.extend(cells(peer)?);
        row.push(number(ours.rate() / peer.rate()));
    }
    let pgbench = (!floors.is_empty()).then(|| floors.iter().sum::<f64>() / floors.len() as f64);
    let with_http = pgbench.map(|pgbench| 1.0 / (1.0 / pgbench + 1.0 / alive));
    for ceiling in [pgbench, with_http] {
        let share = ceiling.map(|ceiling| 100.0 * ours.rate() / ceiling);
        row.extend([ceiling, share].map(or_dash));
    }
    Ok(row)
}

fn cells(crowd: &Crowd) -> Result<[String; 3]> {
    let timings = crowd.timings()?;
    Ok([crowd.rate(), timings.percentile(50), timings.percentile(99)].map(number))
}

fn columns(peer: bool) -> Vec<&'static str> {
    let mut columns = vec!["shape", "a second", "median", "p99", "its CPU, µs"];
    if peer {
        columns.extend(["peer a second", "median", "p99", "ratio"]);
    }
    columns.extend(["pgbench a second", "% of it"]);
    columns.extend(["with HTTP a second", "% of it"]);
    columns
}

fn note(seconds: u64) -> String {
    format!(
        "{} clients for {seconds} s, in {TURNS} turns: answers a second, milliseconds. Its CPU: what grepper itself computes for an \
         answer. pgbench: as many clients asking PostgreSQL the ideal statement, without HTTP and JSON. With HTTP: \
         what a server could reach that needs the processors for this statement and for an answer without a question.",
        crowd::CLIENTS
    )
}
