//! How fast an archive of the incumbent is taken over, beside PostgreSQL's own way to move its tables.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use devstack::{Database, Postgres};

use crate::database::servers;
use crate::history::{History, load};
use crate::incumbent::tables;
use crate::programs::Build;
use crate::report::{number, table};
use crate::statistics::median;
use crate::usage::Usage;

/// What is taken over, and how often.
#[derive(Args, Clone, Copy, Debug)]
pub struct Takeover {
    #[command(flatten)]
    history: History,
    /// How often each way is measured, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// How many slices nommer reads at once.
    #[arg(long, default_value_t = 2)]
    jobs: u32,
}

/// What one run of nommer took.
struct Adopted {
    /// Seconds, verification included.
    seconds: f64,
    /// Messages a second, without it.
    rate: f64,
    /// The most memory, in MB.
    memory: f64,
}

/// Answers a section of the report.
pub fn run(takeover: &Takeover) -> Result<String> {
    let old = servers::postgres_to_load()?;
    let archive = load::load(&old, takeover.history)?;
    let source = tables::copy_of(&old, &archive.database)?;
    old.drop_database(&archive.database.name)?;
    let new = servers::postgres_with_checkpoints()?;
    let (mut adopted, mut restored) = (Vec::new(), Vec::new());
    for round in 0..takeover.rounds {
        // Neither is always the first, or after the other.
        for way in [round % 2, 1 - round % 2] {
            if way == 0 {
                adopted.push(adopt(&new, &source, takeover.jobs)?);
            } else {
                restored.push(dump_and_restore(&new, &source)?);
            }
        }
    }
    Ok(section(takeover, &adopted, &restored))
}

fn adopt(postgres: &Postgres, source: &Database, jobs: u32) -> Result<Adopted> {
    let build = Build::ours()?;
    let database = build.database(postgres)?;
    postgres.run_sql("postgres", "CHECKPOINT")?;
    let start = Instant::now();
    let mut child = build
        .adopt(source, &database, jobs)
        .stdout(Stdio::piped())
        .spawn()
        .context("nommer")?;
    let mut memory: f64 = 0.0;
    while child.try_wait()?.is_none() {
        memory = memory.max(Usage::of(Some(child.id())).memory);
        std::thread::sleep(Duration::from_millis(50));
    }
    let seconds = start.elapsed().as_secs_f64();
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "nommer adopt: {said}");
    let rate = said.lines().find_map(|line| {
        line.split_once(" a second: ")?
            .0
            .rsplit(' ')
            .next()?
            .parse()
            .ok()
    });
    postgres.drop_database(&database.name)?;
    Ok(Adopted {
        seconds,
        rate: rate.context("no rate")?,
        memory,
    })
}

/// Seconds.
fn dump_and_restore(postgres: &Postgres, source: &Database) -> Result<f64> {
    let database = postgres.fresh_database()?;
    postgres.run_sql("postgres", "CHECKPOINT")?;
    let start = Instant::now();
    let mut dump = Command::new("pg_dump")
        .args(["-Fc", &source.url])
        .stdout(Stdio::piped())
        .spawn()
        .context("pg_dump")?;
    let archive = dump.stdout.take().context("pg_dump's output")?;
    let restore = Command::new("pg_restore")
        .args(["--dbname", &database.url])
        .stdin(archive)
        .status()
        .context("pg_restore")?;
    ensure!(dump.wait()?.success() && restore.success(), "not restored");
    let seconds = start.elapsed().as_secs_f64();
    postgres.drop_database(&database.name)?;
    Ok(seconds)
}

fn section(takeover: &Takeover, adopted: &[Adopted], restored: &[f64]) -> String {
    let History { messages, days } = takeover.history;
    let middle = |values: &mut dyn Iterator<Item = f64>| number(median(values).unwrap_or(f64::NAN));
    let each = |values: &mut dyn Iterator<Item = f64>| {
        let values: Vec<String> = values.map(number).collect();
        values.join(", ")
    };
    let seconds = |run: &Adopted| run.seconds;
    let ratios = |(restored, adopted): (&f64, &Adopted)| restored / adopted.seconds;
    let rows = [
        (
            "nommer adopt, from its checks to the end of its comparison, counters included: s",
            each(&mut adopted.iter().map(seconds)),
        ),
        (
            "pg_dump -Fc into pg_restore, to the last index: s",
            each(&mut restored.iter().copied()),
        ),
        (
            "how many times faster nommer is",
            middle(&mut restored.iter().zip(adopted).map(ratios)),
        ),
        (
            "nommer adopt, while it copies: messages a second",
            middle(&mut adopted.iter().map(|run| run.rate)),
        ),
        (
            "nommer adopt: MB of memory at most",
            middle(&mut adopted.iter().map(|run| run.memory)),
        ),
    ];
    let rows: Vec<Vec<String>> = rows
        .map(|(what, number)| vec![what.to_owned(), number])
        .into();
    let note = format!(
        "{messages} messages of {days} days, from one server to another; {} rounds, each way in turns, and medians. nommer has counters and compares both archives, which pg_restore does not; that builds its indexes when all rows are there.",
        takeover.rounds
    );
    table("Taking an archive over", &note, &["what", ""], &rows)
}
