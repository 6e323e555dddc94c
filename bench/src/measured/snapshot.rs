//! How answers slow down while an open snapshot keeps what is folded as dead rows.
//!
//! Two archives begin as copies of one and are given the same messages in small batches; in the
//! database of one of them a transaction stays open. Databases have no dead rows in common.

use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use archive::{NewMessage, Outcome, Upkeep, Writer};
use chrono::Utc;
use clap::Args;
use devstack::{Database, Postgres};

use crate::asking::answers::{self, Answers, Asked, Limits};
use crate::asking::client::Client;
use crate::asking::shapes;
use crate::asking::turns::Turns;
use crate::database::servers;
use crate::database::session::Session;
use crate::history::names::Names;
use crate::history::{History, load, rows};
use crate::programs::{Build, Server};
use crate::report::{number, table};

/// What is stored while the snapshot is open.
#[derive(Args, Clone, Debug)]
pub struct Beside {
    /// How many messages are stored in small batches. Their times are those of the last day.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    messages: u32,
    /// After how many of them answers are timed, again and again.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Messages x days that are there before.
    #[arg(long, default_value = "200000x365")]
    archive: History,
    #[command(flatten)]
    limits: Limits,
}

/// Messages of a batch: nommer waits 20 ms for them, so they are few on a quiet bus.
const BATCH: usize = 20;
/// Messages between runs of nommer's upkeep. At its 5 seconds that is a rate of 60 a second.
const BETWEEN_KEEPS: usize = 300;
/// While dead rows stay, counters are folded every quarter of an hour, of which a day has so many.
/// The messages of a day are stored in less, so the run does this in proportion.
const QUARTERS: usize = 96;
/// Other messages than those that are there.
const SEED: u64 = 2;

/// An archive under writing, and its grepper.
struct Side {
    database: Database,
    writer: Writer,
    upkeep: Upkeep,
    server: Server,
}

/// What was measured after so many messages.
struct Moment {
    stored: usize,
    answers: Vec<Answers>,
    /// Dead rows of notes and of counters, as the server believes, without and with the snapshot.
    dead: [String; 2],
}

/// Answers sections of the report.
pub fn run(beside: &Beside) -> Result<String> {
    let postgres = servers::postgres()?;
    let (sides, mut names) = alike(&postgres, beside.archive)?;
    let mut snapshot = Session::open(&sides[1].database)?;
    snapshot.number("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM counters")?;
    let end = Utc::now();
    names.newest = end.timestamp();
    let mut moments = vec![measure(&postgres, &sides, &names, beside, 0)?];
    let (most, every) = (beside.messages as usize, beside.every as usize);
    let day = History {
        messages: beside.messages,
        days: 1,
    };
    let mut stored = 0;
    for samples in day.samples(SEED, end) {
        let messages = samples.into_iter().map(rows::new_message);
        let messages = messages.collect::<Result<Vec<_>>>()?;
        store(&sides, &messages, stored, most)?;
        let before = stored;
        stored += messages.len();
        if stored / every > before / every || stored == most {
            moments.push(measure(&postgres, &sides, &names, beside, stored)?);
        }
    }
    report(&moments)
}

/// Two copies of one archive, and what to ask both for.
fn alike(postgres: &Postgres, history: History) -> Result<([Side; 2], Names)> {
    let free = load::load(postgres, history)?.database;
    let names = Names::of(postgres, &free)?;
    let name = format!("{}_held", free.name);
    postgres.create_database_from(&name, &free.name)?;
    let url = postgres.url(&name);
    let held = Database { name, url };
    Ok(([Side::of(free)?, Side::of(held)?], names))
}

impl Side {
    fn of(database: Database) -> Result<Self> {
        let options = servers::options(&database.url);
        Ok(Self {
            writer: Writer::new(&options),
            upkeep: Upkeep::new(&options),
            server: Build::ours()?.grepper(&database)?,
            database,
        })
    }

    /// Stores messages, of which `most` come in all and `before` have come, and does what nommer's
    /// upkeep does meanwhile.
    fn store(&self, mut messages: Vec<NewMessage>, before: usize, most: usize) -> Result<()> {
        let mut stored = before;
        for batch in messages.chunks_mut(BATCH) {
            let time = batch.last().context("chunks are not empty")?.timestamp;
            let outcomes = self.writer.store(batch)?;
            ensure!(outcomes.iter().all(|outcome| *outcome == Outcome::Stored));
            let past = stored;
            stored += batch.len();
            if stored * QUARTERS / most > past * QUARTERS / most {
                self.upkeep.fold_counters()?;
            } else if stored / BETWEEN_KEEPS > past / BETWEEN_KEEPS {
                self.upkeep.keep_counters(time)?;
            }
        }
        Ok(())
    }
}

fn store(sides: &[Side; 2], messages: &[NewMessage], before: usize, most: usize) -> Result<()> {
    thread::scope(|scope| {
        let start = |side| scope.spawn(move || Side::store(side, messages.to_vec(), before, most));
        for writer in sides.each_ref().map(start) {
            writer.join().map_err(|_| anyhow!("a writer panicked"))??;
        }
        Ok(())
    })
}

fn measure(
    postgres: &Postgres,
    sides: &[Side; 2],
    names: &Names,
    beside: &Beside,
    stored: usize,
) -> Result<Moment> {
    let asked = sides.each_ref().map(|side| Asked {
        client: Client::new(&side.server.url),
        names,
    });
    let sitting = stored / beside.every as usize;
    let answers = answers::time_some(&asked, shapes::ordinary(), &beside.limits, sitting)?;
    let dead = |side: &Side| {
        let sql = "SELECT concat_ws(' / ', pg_stat_get_dead_tuples('counter_changes'::regclass),
                                    pg_stat_get_dead_tuples('counters'::regclass))";
        postgres.run_sql(&side.database.name, sql)
    };
    let dead = [dead(&sides[0])?, dead(&sides[1])?];
    service::complain(format_args!("{stored} messages, dead rows {dead:?}"));
    Ok(Moment {
        stored,
        answers,
        dead,
    })
}

/// Tables with a row a shape and a column a moment.
fn report(moments: &[Moment]) -> Result<String> {
    let (mut times, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
    for (place, (shape, _)) in moments[0].answers.iter().enumerate() {
        let row = |cell: &dyn Fn(&[Turns]) -> Result<f64>| {
            let mut row = vec![shape.name.to_owned()];
            for moment in moments {
                row.push(number(cell(&moment.answers[place].1)?));
            }
            anyhow::Ok(row)
        };
        for (side, times) in times.iter_mut().enumerate() {
            times.push(row(&|turns| Ok(turns[side].timings()?.percentile(50)))?);
        }
        ratios.push(row(&|turns| Ok(turns[1].ratio(&turns[0])?.middle))?);
    }
    let [without, with] = times;
    let gathered = ["without", "with"].into_iter().enumerate();
    let gathered = gathered.map(|(side, what)| {
        let dead = moments.iter().map(|moment| moment.dead[side].clone());
        [what.to_owned()].into_iter().chain(dead).collect()
    });
    let stored = moments.iter().map(|moment| moment.stored.to_string());
    let titles: Vec<String> = ["messages stored".to_owned()]
        .into_iter()
        .chain(stored)
        .collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    Ok([
        table(
            "Beside an open snapshot",
            "With the snapshot by without.",
            &titles,
            &ratios,
        ),
        table("With it", "Medians in milliseconds.", &titles, &with),
        table("Without it", "Medians in milliseconds.", &titles, &without),
        table(
            "Dead rows",
            "Of notes / of counters.",
            &titles,
            &gathered.collect::<Vec<_>>(),
        ),
    ]
    .join("\n"))
}
