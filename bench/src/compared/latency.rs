//! How long messages are on their way through both builds.

use anyhow::Result;
use devstack::{Rabbit, RabbitOptions};

use crate::asking::timings::Timings;
use crate::compared::pair::{Medians, Pair};
use crate::compared::section::{Finding, SLOWER, Section};
use crate::database::servers;
use crate::measured::latency::{self, Pace};
use crate::programs::Build;
use crate::report::table;

/// The time is divided by these; an even number, so that each is the first as often.
const ROUNDS: u32 = 4;

pub fn run(builds: &Pair<Build>, pace: &Pace) -> Result<Section> {
    let pace = Pace {
        seconds: pace.seconds.div_ceil(ROUNDS),
        ..*pace
    };
    let postgres = servers::postgres()?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let mut rounds: Vec<Pair<Timings>> = Vec::new();
    for round in 0..ROUNDS {
        let one = |build: &Build| latency::measure(build, (&postgres, &rabbit), &pace);
        rounds.push(builds.in_turn(round as usize, one)?);
    }
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (what, percent) in [("median", 50), ("p95", 95), ("p99", 99)] {
        let pairs: Vec<Pair<f64>> = rounds
            .iter()
            .map(|round| round.map(|timings| timings.percentile(percent)))
            .collect();
        let medians = Medians::of(&pairs)?;
        rows.push(medians.row(&format!("published to answered, {what}")));
        if percent == 50 {
            findings.push(Finding {
                group: "latency".to_owned(),
                what: what.to_owned(),
                ratio: medians.ratio,
                limit: SLOWER,
            });
        }
    }
    let note = format!("{pace}, {ROUNDS} times for each build, which take turns. Milliseconds.");
    let text = table("Latency", &note, &Medians::COLUMNS, &rows);
    Ok(Section { text, findings })
}
