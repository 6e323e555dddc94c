//! Several clients at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::asking::client::{Client, Request};
use crate::asking::shapes::Shape;
use crate::asking::timings::Timings;
use crate::history::names::Names;
use crate::programs::Server;
use crate::usage::Usage;

/// How many.
pub const CLIENTS: usize = 8;
/// How many different requests are made before the clock starts.
const REQUESTS: usize = 1000;

/// What many clients of one server met with.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    /// For how long they asked.
    seconds: f64,
    times: Vec<Duration>,
    /// What the server computed, in microseconds.
    computed: f64,
}

impl Crowd {
    /// Asks `server` without a pause.
    pub fn ask(server: &Server, shape: &Shape, names: &Names, time: Duration) -> Result<Self> {
        let client = Client::new(&server.url);
        let requests: Vec<Request> = (0..REQUESTS)
            .map(|n| client.request(&shape.question(names, n)))
            .collect();
        let before = Usage::of(server.process.pid());
        let start = Instant::now();
        let times = all_at_once(&server.url, &requests, start + time)?;
        Ok(Self {
            seconds: start.elapsed().as_secs_f64(),
            times,
            computed: Usage::of(server.process.pid()).computed_since(before),
        })
    }

    /// Adds what was met with at another time.
    pub fn extend(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.times.extend(other.times);
        self.computed += other.computed;
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }

    /// Microseconds that the server computed for an answer.
    pub fn cost(&self) -> f64 {
        self.computed / self.times.len() as f64
    }

    /// How long the answers took.
    ///
    /// # Errors
    /// When there are none.
    pub fn timings(&self) -> Result<Timings> {
        Timings::new(self.times.clone()).context("no answers")
    }
}

/// How long each answer took.
fn all_at_once(url: &str, requests: &[Request], end: Instant) -> Result<Vec<Duration>> {
    let next = AtomicUsize::new(0);
    let one = || -> Result<Vec<Duration>> {
        let client = Client::new(url);
        let mut times = Vec::new();
        while Instant::now() < end {
            let number = next.fetch_add(1, Ordering::Relaxed);
            times.push(client.time(&requests[number % requests.len()])?);
        }
        Ok(times)
    };
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(one)).collect();
        let answers = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?);
        answers.collect::<Result<Vec<_>>>()
    })?;
    Ok(times.concat())
}
