//! grepper over HTTP, beside datagrepper with the same messages.

use anyhow::Result;
use clap::Args;

use crate::asking::answers::{self, Asked, Limits};
use crate::asking::client::Client;
use crate::asking::crowd;
use crate::asking::pages::OF_PAGES;
use crate::asking::shapes::{OF_GROUPS, OF_SUBJECTS, SHAPES};
use crate::database::servers;
use crate::database::sizes::Sizes;
use crate::history::History;
use crate::history::load::{self, Archive};
use crate::history::names::Names;
use crate::incumbent::{programs, tables};
use crate::measured::many_clients;
use crate::programs::{Build, Server};
use crate::report::{number, or_dash, table};

/// What to ask, and how long.
#[derive(Args, Clone, Debug)]
pub struct Searches {
    #[command(flatten)]
    pub history: History,
    #[command(flatten)]
    pub limits: Limits,
}

/// Answers sections of the report.
pub fn run(Searches { history, limits }: &Searches, peers: bool) -> Result<String> {
    let postgres = servers::postgres_to_load()?;
    let archive = load::load(&postgres, *history)?;
    let names = Names::of(&postgres, &archive.database)?;
    let mut servers = vec![Build::ours()?.grepper(&archive.database)?];
    let mut sizes = None;
    if peers {
        let copy = tables::copy_of(&postgres, &archive.database)?;
        sizes = Some(Sizes::of(&postgres, &copy)?);
        servers.push(programs::datagrepper(&copy)?);
    }
    let one = one_client(&servers, &names, limits)?;
    let about = about(*history, &archive, sizes.as_ref());
    if limits.only.is_some() {
        return Ok([about, one].join("\n"));
    }
    let memory = || servers.iter().map(Server::memory).collect::<Vec<_>>();
    let before = memory();
    let many = many_clients::run(&servers, &archive.database, &names, limits.seconds)?;
    let after = memory();
    Ok([about, one, many, memory_of([&before, &after])].join("\n"))
}

fn about(history: History, archive: &Archive, copy: Option<&Sizes>) -> String {
    let row = |what: &str, ours: f64, peer: Option<f64>| {
        vec![what.to_owned(), number(ours), or_dash(peer)]
    };
    let same = |what: &str, value: f64| row(what, value, copy.map(|_| value));
    let mut rows = vec![
        same("messages", history.messages.into()),
        same("days", history.days.into()),
        same("bytes a body, mean", archive.body),
    ];
    let theirs = copy.map(|sizes| sizes.per_message(history.messages));
    let ours = archive.sizes.per_message(history.messages);
    for (part, (what, bytes)) in ours.into_iter().enumerate() {
        let peer = theirs.as_ref().map(|theirs| theirs[part].1);
        rows.push(row(&what, bytes, peer));
    }
    let columns = ["what", "ours", "peer"];
    table("The archive that is searched", "", &columns, &rows)
}

fn one_client(servers: &[Server], names: &Names, limits: &Limits) -> Result<String> {
    let asked: Vec<Asked> = servers
        .iter()
        .map(|server| Asked {
            client: Client::new(&server.url),
            names,
        })
        .collect();
    let mut rows = Vec::new();
    let own = match servers.len() {
        1 => [OF_SUBJECTS, OF_GROUPS, OF_PAGES],
        _ => [&[][..]; 3],
    };
    let shapes = SHAPES.iter().chain(own.into_iter().flatten());
    let shapes = shapes.filter(|shape| limits.wants(shape));
    for (shape, turns) in answers::time_some(&asked, shapes, limits, 0)? {
        let timings = turns
            .iter()
            .map(super::super::asking::turns::Turns::timings)
            .collect::<Result<Vec<_>>>()?;
        let mut row = vec![shape.name.to_owned()];
        for timings in &timings {
            row.push(timings.count().to_string());
            row.extend([50, 95, 99, 100].map(|percent| number(timings.percentile(percent))));
        }
        if let [ours, peer] = timings.as_slice() {
            row.push(number(peer.percentile(50) / ours.percentile(50)));
        }
        rows.push(row);
    }
    let mut columns = vec!["shape", "asked", "median", "p95", "p99", "max"];
    if servers.len() > 1 {
        columns.extend(["peer asked", "median", "p95", "p99", "max", "ratio"]);
    }
    let note = "One client, one request after the other; milliseconds from the request to the last byte of the answer. \
                Ratio: the peer's median by ours.";
    Ok(table("Queries", note, &columns, &rows))
}

fn memory_of(measured: [&[f64]; 2]) -> String {
    let after = [
        "one client".to_owned(),
        format!("{} clients", crowd::CLIENTS),
    ];
    let mut rows = Vec::new();
    for (after, memory) in after.into_iter().zip(measured) {
        let mut row = vec![after];
        row.extend(memory.iter().copied().map(number));
        if let [ours, peer] = memory {
            row.push(number(peer / ours));
        }
        rows.push(row);
    }
    let mut columns = vec!["after", "ours"];
    if measured[0].len() > 1 {
        columns.extend(["peer", "ratio"]);
    }
    let note = "MB at most, with all processes of the server. Ratio: the peer's by ours.";
    table("Memory of the servers", note, &columns, &rows)
}
