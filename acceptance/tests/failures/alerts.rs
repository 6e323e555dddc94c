//! Each alert of the project fires by what it is for, in a real Prometheus, and goes when that is mended as the
//! runbook says.

mod archive;
mod behind;
mod bus;
mod crowded;
mod database;
mod filling;
mod full;
pub mod graphs;
mod grepper;
mod programs;
mod prometheus;
mod room;
mod scraped;
mod shortened;
mod states;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use devstack::{Database, Rabbit, RabbitOptions, free_port};

use crate::alerts::prometheus::Prometheus;
use crate::stack::Stack;

/// A file of the project.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).expect(path)
}

/// A configuration with a listener for who watches at this port, also after a restart.
fn watched_at(port: u16, configuration: &str) -> String {
    // Top-level tables come in any order.
    format!("{configuration}\n[monitoring]\naddress = '127.0.0.1'\nport = {port}\n")
}

/// nommer on servers of its own and a Prometheus that watches it; nothing where there is none.
fn start_watched(
    configuration: impl FnOnce(&Rabbit, &Database) -> String,
) -> Option<(Stack, Prometheus)> {
    let port = free_port().expect("a port");
    let prometheus = Prometheus::watching(&[("nommer", port)])?;
    let stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        watched_at(port, &configuration(rabbit, database))
    });
    Some((stack, prometheus))
}

#[test]
fn each_alert_is_caused_by_a_test() {
    let caused = [
        archive::ALERTS,
        behind::ALERTS,
        bus::REDELIVERIES,
        bus::CERTIFICATES,
        crowded::ALERTS,
        database::ALERTS,
        filling::ALERTS,
        full::ALERTS,
        grepper::ALERTS,
        programs::ALERTS,
        room::ALERTS,
    ];
    let caused: BTreeSet<&str> = caused.into_iter().flatten().copied().collect();
    let rules = read("deploy/prometheus/rules.yml");
    let alerts = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    assert_eq!(caused, alerts.collect());
}
