//! What happens to the primary, its standbys and etcd.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use devstack::Signal;
use devstack::cluster::PatroniCluster;

use crate::cluster::faults::{Field, note};
use crate::sql;

type Fault = fn(&mut Field, &mut PatroniCluster) -> Result<String>;

/// What is done, how often, and how often where it is to be short.
const FAULTS: [(&str, Fault, usize, usize); 6] = [
    ("kill -9 of the primary", kill_primary, 3, 1),
    ("switchover", switch_over, 3, 1),
    ("the synchronous standby stops", stop_standby, 1, 1),
    ("etcd is gone", lose_etcd, 1, 1),
    ("the primary is lost with its data", lose_primary, 2, 0),
    (
        "waits for standbys are cancelled, nommer is killed five times, the primary is lost with its data",
        lose_what_waits,
        1,
        1,
    ),
];

/// All, one after the other; the cluster is whole before the next.
///
/// # Errors
/// When it does not get whole again, or nothing is stored.
pub fn all(field: &mut Field, cluster: &mut PatroniCluster) -> Result<()> {
    let (journal, watched) = (field.journal, field.setting.watched.clone());
    for (what, fault, long, short) in FAULTS {
        for _ in 0..if field.short { short } else { long } {
            note(journal, &watched, what, || fault(field, cluster))?;
            cluster.wait_until_whole()?;
        }
    }
    Ok(())
}

fn kill_primary(field: &mut Field, cluster: &mut PatroniCluster) -> Result<String> {
    let primary = cluster.primary()?;
    cluster.nodes[primary].kill_postmaster()?;
    field.wait_for_stored(100)?;
    let now = cluster.primary()?;
    let same = if now == primary {
        "the same"
    } else {
        "another"
    };
    Ok(format!("{same} leads"))
}

fn switch_over(_: &mut Field, cluster: &mut PatroniCluster) -> Result<String> {
    cluster.switch_over()?;
    Ok("another leads".to_owned())
}

fn stop_standby(field: &mut Field, cluster: &mut PatroniCluster) -> Result<String> {
    let standby = cluster.synchronous_standby()?;
    cluster.nodes[standby].signal_all(Signal::SIGSTOP);
    let stopped = field.seconds(8, 30);
    thread::sleep(stopped);
    cluster.nodes[standby].signal_all(Signal::SIGCONT);
    Ok(format!("for {stopped:?}"))
}

fn lose_etcd(field: &mut Field, cluster: &mut PatroniCluster) -> Result<String> {
    cluster.etcd.kill()?;
    let away = field.seconds(8, 30);
    thread::sleep(away);
    cluster.etcd.start_again()?;
    Ok(format!("for {away:?}"))
}

fn lose_primary(_: &mut Field, cluster: &mut PatroniCluster) -> Result<String> {
    let (primary, start) = (cluster.primary()?, Instant::now());
    cluster.nodes[primary].lose()?;
    let next = cluster.primary()?;
    let after = start.elapsed();
    cluster.nodes[primary].start()?;
    let names = [primary, next].map(|place| cluster.nodes[place].name().to_owned());
    Ok(format!(
        "{} leads after {after:.1?}, {} joins again",
        names[1], names[0]
    ))
}

fn lose_what_waits(field: &mut Field, cluster: &mut PatroniCluster) -> Result<String> {
    let primary = cluster.primary()?;
    signal_receivers(cluster, primary, Signal::SIGSTOP)?;
    let mut cancelled = 0;
    for _ in 0..5 {
        for _ in 0..3 {
            cancelled += cancel_waits(&field.setting.database_url)?;
            thread::sleep(Duration::from_millis(200));
        }
        for nommer in &mut field.setting.nommers {
            nommer.kill()?;
            nommer.start_again()?;
        }
        // It takes messages soon after its start, if at all.
        thread::sleep(Duration::from_secs(1));
    }
    cancelled += cancel_waits(&field.setting.database_url)?;
    let outcome = lose_with_what_was_received(cluster, primary)?;
    Ok(format!("{cancelled} waits were cancelled; {outcome}"))
}

/// How many commits that wait for a standby were told not to.
fn cancel_waits(url: &str) -> Result<u32> {
    let cancel =
        "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    Ok(sql::run(url, &[cancel])?.parse()?)
}

/// Sends a signal to what receives the log on all but the primary.
///
/// # Errors
/// When one receives nothing.
pub fn signal_receivers(cluster: &PatroniCluster, primary: usize, signal: Signal) -> Result<()> {
    for (place, node) in cluster.nodes.iter().enumerate() {
        if place != primary {
            node.signal_receiver(signal)?;
        }
    }
    Ok(())
}

/// The primary is lost while nobody received its log, and so is what was on the way.
///
/// # Errors
/// When no other node leads then.
pub fn lose_with_what_was_received(cluster: &mut PatroniCluster, primary: usize) -> Result<String> {
    let start = Instant::now();
    cluster.nodes[primary].lose()?;
    // One that goes on would still read what is in its socket.
    signal_receivers(cluster, primary, Signal::SIGKILL)?;
    let next = cluster.primary()?;
    let after = start.elapsed();
    cluster.nodes[primary].start()?;
    let name = cluster.nodes[next].name();
    Ok(format!("{name} leads after {after:.1?}"))
}
