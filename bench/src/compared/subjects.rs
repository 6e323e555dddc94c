//! What subjects cost: full queues, drained with the rules that tell them and without, one after the other.

use std::time::Instant;

use anyhow::{Result, ensure};
use devstack::{Database, Postgres, Rabbit, RabbitOptions};
use metadata::Rules;
use tempfile::TempDir;

use crate::compared::pair::{Medians, Pair};
use crate::compared::section::{Finding, Limit, Section};
use crate::database::servers;
use crate::database::sizes::Sizes;
use crate::drain::{FACTS, drain_by};
use crate::programs::Build;
use crate::report::{number, table};
use crate::statistics::median;

/// An even number, so that each is the first as often.
const ROUNDS: usize = 6;
/// How many of the messages a second must be left with subjects.
const LEFT: Limit = Limit::AtLeast(0.9);

/// What is told of a queue that was drained.
struct Drain {
    facts: Vec<f64>,
    /// Messages a second that `nommer extract subjects` goes through afterwards.
    extracted: f64,
}

pub fn run(messages: usize) -> Result<Section> {
    let postgres = servers::postgres()?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let rules = without_subjects()?;
    let ours = Build::ours()?;
    let builds = Pair {
        before: ours.clone().with_rules(rules.path()),
        after: ours.clone(),
    };
    let drain = |build: &Build, messages| drain((&postgres, &rabbit), build, &ours, messages);
    // Not counted: the servers warm up, too.
    drain(&builds.after, messages.div_ceil(10))?;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        rounds.push(builds.in_turn(round, |build| drain(build, messages))?);
    }
    section(&rounds, messages)
}

/// A folder of rules in which no message has subjects.
fn without_subjects() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let rules = Rules::embedded();
    let topics = serde_json::to_string(&rules.subject_topics())?;
    let text = format!("[[subjects]]\ntopics = {topics}\n");
    std::fs::write(folder.path().join("none.toml"), text)?;
    Ok(folder)
}

/// Drains a queue with one build; whole rules then find out the subjects of all messages, which changes only what was
/// drained without.
fn drain(
    servers: (&Postgres, &Rabbit),
    build: &Build,
    whole: &Build,
    messages: usize,
) -> Result<Drain> {
    let (postgres, _) = servers;
    let database = build.database(postgres)?;
    let mut facts = drain_by(build, servers, &database, messages)?
        .facts()
        .to_vec();
    facts.extend(sizes(postgres, &database, messages)?);
    let started = Instant::now();
    let extracted = whole.extract_subjects(&database).output()?;
    let extracting = started.elapsed().as_secs_f64();
    ensure!(extracted.status.success(), "not extracted: {extracted:?}");
    postgres.drop_database(&database.name)?;
    Ok(Drain {
        facts,
        extracted: messages as f64 / extracting,
    })
}

/// Bytes a message: of subjects, and of all.
fn sizes(postgres: &Postgres, database: &Database, messages: usize) -> Result<[f64; 2]> {
    let count = u32::try_from(messages)?;
    let parts = Sizes::of(postgres, database)?.per_message(count);
    let of = |wanted: &str| {
        let found = parts.iter().find(|(name, _)| name.ends_with(wanted));
        found.map_or(0.0, |(_, bytes)| *bytes)
    };
    Ok([of("subjects of messages"), of("all")])
}

fn section(rounds: &[Pair<Drain>], messages: usize) -> Result<Section> {
    let names = FACTS
        .into_iter()
        .chain(["bytes a message: subjects", "bytes a message: all"]);
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (which, fact) in names.enumerate() {
        let of = |round: &Pair<Drain>| round.map(|drain| drain.facts[which]);
        let pairs: Vec<Pair<f64>> = rounds.iter().map(of).collect();
        let medians = Medians::of(&pairs)?;
        rows.push(medians.row(fact));
        if which == 0 {
            findings.push(Finding {
                group: "ingest with subjects".to_owned(),
                what: fact.to_owned(),
                ratio: medians.ratio,
                limit: LEFT,
            });
        }
    }
    let note = format!(
        "{messages} messages in each of {ROUNDS} queues with the rules that tell subjects and as many without, in turns. Medians; \
         the ratios are those of what came one right after the other."
    );
    let columns = ["what", "without", "with", "with/without", "middle half"];
    let costs = table("What subjects cost", &note, &columns, &rows);
    Ok(Section {
        text: [costs, extraction(rounds)].join("\n"),
        findings,
    })
}

fn extraction(rounds: &[Pair<Drain>]) -> String {
    let rate = |of: fn(&Pair<Drain>) -> f64| {
        let middle = median(rounds.iter().map(of)).unwrap_or_default();
        number(middle)
    };
    let rows = [
        (
            "of messages without subjects",
            rate(|round| round.before.extracted),
        ),
        (
            "of messages that have theirs",
            rate(|round| round.after.extracted),
        ),
    ];
    let rows = rows.map(|(what, rate)| vec![what.to_owned(), rate]);
    let note = "`nommer extract subjects` over all that was drained, its start included. Medians.";
    table(
        "Extraction of subjects",
        note,
        &["what", "messages a second"],
        &rows,
    )
}
