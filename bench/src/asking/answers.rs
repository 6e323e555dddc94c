//! Times the answers to one shape after another, of all servers in turn.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::asking::client::Client;
use crate::asking::shapes::{SHAPES, Shape};
use crate::asking::timings::Timings;
use crate::history::names::Names;
use crate::progress;

/// When enough was asked.
#[derive(Args, Clone, Debug)]
pub struct Limits {
    /// How many requests of each shape.
    #[arg(long, default_value_t = 200)]
    pub requests: usize,
    /// After how many seconds a shape has had its time, however few requests were answered.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
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

/// For each shape the times of each server, in the order of `servers`.
pub fn time_all(servers: &[Asked], limits: &Limits) -> Result<Vec<(&'static Shape, Vec<Timings>)>> {
    let bar = progress::bar("asking", SHAPES.len() as u64);
    let mut all = Vec::new();
    for shape in SHAPES {
        warm_up(servers, shape)?;
        all.push((shape, time(servers, shape, limits)?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// The servers take turns, so that the machine is as fast or slow for one as for another.
fn time(servers: &[Asked], shape: &Shape, limits: &Limits) -> Result<Vec<Timings>> {
    let limit = Duration::from_secs(limits.seconds);
    let mut times = vec![Vec::<Duration>::new(); servers.len()];
    // What was asked to warm up is not asked again: it may be remembered.
    let past = WARM_UP + limits.requests.max(1);
    for first in (WARM_UP..past).step_by(TURN) {
        for (Asked { client, names }, times) in servers.iter().zip(&mut times) {
            for n in first..past.min(first + TURN) {
                if times.iter().sum::<Duration>() <= limit {
                    times.push(client.time(&client.request(&shape.question(names, n)))?);
                }
            }
        }
    }
    times
        .into_iter()
        .map(|times| Timings::new(times).context("nothing was asked"))
        .collect()
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
