//! Each broker is killed in turn, or the first one where it is to be short.

use std::thread;
use std::time::Duration;

use anyhow::Result;
use devstack::Rabbit;

use crate::cluster::faults::note;
use crate::journal::Journal;

/// How long a broker is away.
const AWAY: Duration = Duration::from_secs(5);

/// One after the other; each is back before the next one goes.
///
/// # Errors
/// When one does not come back.
pub fn all(
    journal: &Journal,
    watched: &[String],
    brokers: &mut [Rabbit],
    short: bool,
) -> Result<()> {
    let count = if short { 1 } else { brokers.len() };
    for (number, broker) in (1..).zip(&mut brokers[..count]) {
        let what = format!("kill -9 of RabbitMQ {number} of 3");
        note(journal, watched, &what, || {
            broker.kill()?;
            thread::sleep(AWAY);
            broker.start_again()?;
            Ok("was started again".to_owned())
        })?;
    }
    Ok(())
}
