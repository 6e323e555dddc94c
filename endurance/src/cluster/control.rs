//! A loss where commits wait for nobody.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use devstack::Signal;
use devstack::cluster::PatroniCluster;

use crate::checks::archived::Found;
use crate::cluster::database_faults::{lose_with_what_was_received, signal_receivers};
use crate::cluster::faults::{Field, note};
use crate::ledger::{Entry, Expected, Fate};
use crate::sql;

const PATIENCE: Duration = Duration::from_secs(60);
/// What is stored while nobody else receives it.
const AT_STAKE: u64 = 300;

/// Commits wait for no standby from now on.
///
/// # Errors
/// When the cluster does not do that.
pub fn without_waiting(cluster: &PatroniCluster, url: &str) -> Result<()> {
    cluster.configure(r#"{"synchronous_mode": false}"#)?;
    let start = Instant::now();
    while !sql::run(url, &["SHOW synchronous_standby_names"])?.is_empty() {
        ensure!(start.elapsed() < PATIENCE, "commits still wait");
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Loses what the primary alone has.
///
/// # Errors
/// When nothing is stored, or no other node leads then.
pub fn lose(field: &mut Field, cluster: &mut PatroniCluster) -> Result<()> {
    field.wait_for_stored(AT_STAKE)?;
    let (journal, watched) = (field.journal, field.setting.watched.clone());
    note(
        journal,
        &watched,
        "control: the primary is lost, commits waited for nobody",
        || {
            let primary = cluster.primary()?;
            signal_receivers(cluster, primary, Signal::SIGSTOP)?;
            field.wait_for_stored(AT_STAKE)?;
            lose_with_what_was_received(cluster, primary)
        },
    )
}

/// How many confirmed messages are not in the archive, of entries that begin with number `first`.
pub fn lost(found: &Found, entries: &[Entry], first: usize) -> usize {
    let is_lost = |(number, entry): &(u32, &Entry)| {
        entry.fate == Fate::Confirmed
            && entry.expected == Expected::Archived
            && !found.archived.contains_key(number)
    };
    (first as u32..).zip(entries).filter(is_lost).count()
}
