//! RabbitMQ servers that are one cluster.

use std::thread;

use anyhow::{Result, anyhow};

use crate::rabbit::Rabbit;
use crate::rabbit_options::RabbitOptions;

/// Starts so many servers as one cluster; what they are set up with is the same for all.
///
/// # Errors
/// As of [`Rabbit::start`].
pub fn start_brokers(count: usize, options: &RabbitOptions) -> Result<Vec<Rabbit>> {
    let first = Rabbit::start(options.clone())?;
    let others = thread::scope(|scope| {
        let starting: Vec<_> = (1..count)
            .map(|_| scope.spawn(|| first.join(options)))
            .collect();
        let joined = starting.into_iter().map(|thread| {
            let joined = thread.join();
            joined.map_err(|_| anyhow!("starting RabbitMQ panicked"))?
        });
        joined.collect::<Result<Vec<_>>>()
    })?;
    // Who has the directory of nodes ends last.
    Ok(others.into_iter().chain([first]).collect())
}
