//! What is done to both clusters.

use std::thread;

use anyhow::{Result, anyhow};
use devstack::Rabbit;
use devstack::cluster::PatroniCluster;

use crate::cluster::faults::Field;
use crate::cluster::{broker_faults, database_faults};

/// Everything: the database and the brokers at the same time where it is to be short.
///
/// # Errors
/// When something does not come back.
pub fn all(field: &mut Field, cluster: &mut PatroniCluster, brokers: &mut [Rabbit]) -> Result<()> {
    let (journal, short) = (field.journal, field.short);
    let watched = field.setting.watched.clone();
    if !short {
        database_faults::all(field, cluster)?;
        return broker_faults::all(journal, &watched, brokers, short);
    }
    thread::scope(|scope| {
        let of_brokers = scope.spawn(|| broker_faults::all(journal, &watched, brokers, short));
        let of_database = database_faults::all(field, cluster);
        let of_brokers = of_brokers.join();
        of_database.and(of_brokers.map_err(|_| anyhow!("a panic"))?)
    })
}
