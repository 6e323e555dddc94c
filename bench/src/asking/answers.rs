//! Times the answers to one shape after another, of all servers in turn.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;

use crate::asking::client::Client;
use crate::asking::shapes::{SHAPES, Shape};
use crate::asking::turns::{Turns, backwards};
use crate::history::names::Names;
use crate::progress;

/// When enough was asked.
#[derive(Args, Clone, Debug)]
pub struct Limits {
    /// How many requests of each shape.
    #[arg(long, default_value_t = 200)]
    pub requests: usize,
    /// After how many seconds a shape has had its time, however few requests were answered.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub seconds: u64,
    /// Only shapes whose names have this in them; of `queries`, without what many clients ask.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}

impl Limits {
    /// Whether a shape is to be asked.
    pub fn wants(&self, shape: &Shape) -> bool {
        let only = self.only.as_ref();
        only.is_none_or(|only| shape.name.contains(only.as_str()))
    }
}

/// How many requests a server gets before it is the next one's turn: enough to fill the processor's
/// caches once more.
const TURN: usize = 20;

/// Not timed, and compared: connections open and caches fill here.
const WARM_UP: usize = 5;

/// A server, and what to ask it for: the same `names` are those of the same messages.
pub struct Asked<'a> {
    pub client: Client,
    pub names: &'a Names,
}

/// What all servers answered to one shape, in their order.
pub type Answers = (&'static Shape, Vec<Turns>);

/// For each shape the times of each server, in the order of `servers`. Where all is done in several
/// sittings, `sitting` is the number of this one.
pub fn time_all(servers: &[Asked], limits: &Limits, sitting: usize) -> Result<Vec<Answers>> {
    time_some(servers, SHAPES.iter(), limits, sitting)
}

/// As [`time_all`], for these shapes.
pub fn time_some(
    servers: &[Asked],
    shapes: impl Iterator<Item = &'static Shape>,
    limits: &Limits,
    sitting: usize,
) -> Result<Vec<Answers>> {
    let shapes: Vec<_> = shapes.collect();
    let bar = progress::bar("asking", shapes.len() as u64);
    let mut all = Vec::new();
    for shape in shapes {
        warm_up(servers, shape)?;
        all.push((shape, time(servers, shape, limits, sitting)?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// The servers take turns, so that the machine is as fast or slow for one as for another.
fn time(servers: &[Asked], shape: &Shape, limits: &Limits, sitting: usize) -> Result<Vec<Turns>> {
    let limit = Duration::from_secs(limits.seconds);
    let mut times = vec![Turns::default(); servers.len()];
    // What was asked to warm up is not asked again: it may be remembered.
    let past = WARM_UP + limits.requests.max(1);
    for (turn, first) in (WARM_UP..past).step_by(TURN).enumerate() {
        let mut order: Vec<usize> = (0..servers.len()).collect();
        // In the first turn of a sitting, much is new to all: each must be the first in some of them.
        if backwards(sitting) != backwards(turn) {
            order.reverse();
        }
        for which in order {
            let numbers = first..past.min(first + TURN);
            let left = limit.saturating_sub(times[which].total());
            times[which].push(take_turn(&servers[which], shape, numbers, left)?);
        }
    }
    Ok(times)
}

/// Asks the questions of these numbers, until their answers took more than `limit`.
fn take_turn(
    Asked { client, names }: &Asked,
    shape: &Shape,
    numbers: impl Iterator<Item = usize>,
    limit: Duration,
) -> Result<Vec<Duration>> {
    let (mut times, mut total) = (Vec::new(), Duration::ZERO);
    for n in numbers {
        if total >= limit {
            break;
        }
        let time = client.time(&client.request(&shape.question(names, n)))?;
        times.push(time);
        total += time;
    }
    Ok(times)
}

/// A fast answer that is wrong is worth nothing: servers of the same messages must count the same.
fn warm_up(servers: &[Asked], shape: &Shape) -> Result<()> {
    for n in 0..WARM_UP {
        let mut known: Option<(&Names, Option<u64>)> = None;
        for Asked { client, names } in servers {
            let question = shape.question(names, n);
            let total = client.total(&client.request(&question))?;
            if let Some((of, expected)) = known
                && std::ptr::eq(of, *names)
            {
                ensure!(
                    total == expected,
                    "{expected:?} and {total:?} are the totals of {question:?}"
                );
            }
            known = Some((names, total));
        }
    }
    Ok(())
}
