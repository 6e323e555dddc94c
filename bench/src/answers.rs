//! Times the answers to one shape after another, of all servers in turn.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::client::Client;
use crate::names::Names;
use crate::progress;
use crate::shapes::{SHAPES, Shape};
use crate::timings::Timings;

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

/// Not timed, and compared: connections open and caches fill here.
const WARM_UP: usize = 5;

/// For each shape the times of each client's server, in the order of `clients`.
pub fn time_all(clients: &[Client], names: &Names, limits: &Limits) -> Result<Vec<(&'static Shape, Vec<Timings>)>> {
    let bar = progress::bar("asking", SHAPES.len() as u64);
    let mut all = Vec::new();
    for shape in SHAPES {
        agree(clients, shape, names)?;
        let timings = clients.iter().map(|client| time(client, shape, names, limits));
        all.push((shape, timings.collect::<Result<Vec<_>>>()?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn time(client: &Client, shape: &Shape, names: &Names, limits: &Limits) -> Result<Timings> {
    let end = Instant::now() + Duration::from_secs(limits.seconds);
    let mut times = Vec::new();
    for n in 0..limits.requests.max(1) {
        times.push(client.time(&client.request(&shape.question(names, n)))?);
        if Instant::now() > end {
            break;
        }
    }
    Timings::new(times).context("nothing was asked")
}

/// A fast answer that is wrong is worth nothing: all servers must count the same.
fn agree(clients: &[Client], shape: &Shape, names: &Names) -> Result<()> {
    for n in 0..WARM_UP {
        let question = shape.question(names, n);
        let totals =
            clients.iter().map(|client| client.total(&client.request(&question))).collect::<Result<Vec<_>>>()?;
        ensure!(totals.windows(2).all(|pair| pair[0] == pair[1]), "{totals:?} are the totals of {question:?}");
    }
    Ok(())
}
