//! Full queues, drained by both builds one after the other.

use anyhow::Result;
use devstack::{Postgres, Rabbit, RabbitOptions};

use crate::compared::pair::{Medians, Pair};
use crate::compared::section::{FEWER, Finding, Section};
use crate::database::servers;
use crate::drain::{FACTS, drain_by};
use crate::programs::Build;
use crate::report::table;

/// An even number, so that each is the first as often.
const ROUNDS: usize = 6;

pub fn run(builds: &Pair<Build>, messages: usize) -> Result<Section> {
    let postgres = servers::postgres()?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let drained = |build: &Build, messages| drained((&postgres, &rabbit), build, messages);
    // Not counted: the servers warm up, too.
    drained(&builds.after, messages.div_ceil(10))?;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        rounds.push(builds.in_turn(round, |build| drained(build, messages))?);
    }
    section(&rounds, messages)
}

fn drained(
    servers: (&Postgres, &Rabbit),
    build: &Build,
    messages: usize,
) -> Result<[f64; FACTS.len()]> {
    let database = build.database(servers.0)?;
    let drained = drain_by(build, servers, &database, messages)?;
    servers.0.drop_database(&database.name)?;
    Ok(drained.facts())
}

fn section(rounds: &[Pair<[f64; FACTS.len()]>], messages: usize) -> Result<Section> {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (which, fact) in FACTS.into_iter().enumerate() {
        let pairs: Vec<Pair<f64>> = rounds
            .iter()
            .map(|round| round.map(|facts| facts[which]))
            .collect();
        let medians = Medians::of(&pairs)?;
        rows.push(medians.row(fact));
        if which == 0 {
            findings.push(Finding {
                group: "ingest".to_owned(),
                what: fact.to_owned(),
                ratio: medians.ratio,
                limit: FEWER,
            });
        }
    }
    let note = format!(
        "{messages} messages in each of {ROUNDS} queues for each build, which take turns. Medians; the ratios are those of \
         what came one right after the other."
    );
    let text = table("Ingest", &note, &Medians::COLUMNS, &rows);
    Ok(Section { text, findings })
}
