//! Many clients of both builds.

use std::time::Duration;

use anyhow::Result;

use crate::asking::crowd::{self, Crowd};
use crate::asking::shapes::{self, Shape};
use crate::compared::pair::{Medians, Pair};
use crate::compared::section::{Finding, SLOWER, Section};
use crate::compared::sittings::SITTINGS;
use crate::history::names::Names;
use crate::programs::Server;
use crate::report::table;

/// How often each build is asked for each shape in a sitting, and for how long.
const TURNS: usize = 4;
const TURN: Duration = Duration::from_millis(500);

/// What the clients met with, turn by turn.
#[derive(Default)]
pub struct Crowds(Vec<(&'static Shape, Pair<Crowd>)>);

impl Crowds {
    /// Asks both servers for each shape.
    pub fn ask(&mut self, servers: &Pair<Server>, names: &Names, sitting: usize) -> Result<()> {
        for shape in shapes::crowded() {
            for turn in 0..TURNS {
                let one = |server: &Server| Crowd::ask(server, shape, names, TURN);
                let pair = servers.in_turn(sitting * TURNS + turn, one)?;
                self.0.push((shape, pair));
            }
        }
        Ok(())
    }

    /// A section of the report.
    pub fn section(&self) -> Result<Section> {
        let group = format!("{} clients", crowd::CLIENTS);
        let (mut rows, mut findings) = (Vec::new(), Vec::new());
        for shape in shapes::crowded() {
            let name = shape.name;
            let of_shape = self.0.iter().filter(|(asked, _)| asked.name == name);
            let turns: Vec<Pair<Facts>> = of_shape
                .map(|(_, pair)| pair.in_turn(0, Facts::of))
                .collect::<Result<_>>()?;
            let medians = |of: fn(&Facts) -> f64| {
                let pairs: Vec<Pair<f64>> = turns.iter().map(|pair| pair.map(of)).collect();
                Medians::of(&pairs)
            };
            let time = medians(|facts| facts.median)?;
            rows.push(medians(|facts| facts.rate)?.row(&format!("{name}: answers a second")));
            rows.push(time.row(&format!("{name}: median")));
            rows.push(medians(|facts| facts.p99)?.row(&format!("{name}: p99")));
            rows.push(medians(|facts| facts.cost)?.row(&format!("{name}: its CPU, µs")));
            findings.push(Finding {
                group: group.clone(),
                what: name.to_owned(),
                ratio: time.ratio,
                limit: SLOWER,
            });
        }
        let note = format!(
            "{group}, {} turns of {TURN:?} for each build; milliseconds. Its CPU: what grepper itself computes for an answer.",
            SITTINGS * TURNS
        );
        let text = table("Many clients", &note, &Medians::COLUMNS, &rows);
        Ok(Section { text, findings })
    }
}

/// What is told of a turn.
struct Facts {
    rate: f64,
    /// Milliseconds.
    median: f64,
    p99: f64,
    /// Microseconds an answer.
    cost: f64,
}

impl Facts {
    fn of(crowd: &Crowd) -> Result<Self> {
        let timings = crowd.timings()?;
        Ok(Self {
            rate: crowd.rate(),
            median: timings.percentile(50),
            p99: timings.percentile(99),
            cost: crowd.cost(),
        })
    }
}
