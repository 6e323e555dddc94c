//! The clusters of PostgreSQL and of RabbitMQ.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use devstack::cluster::{PatroniCluster, missing_programs, start_brokers};
use devstack::{RabbitOptions, psql};

/// How much longer than a good machine a busy one may take.
const BUSY: u32 = 3;

#[test]
fn they_are_up_within_a_minute_and_haproxy_knows_who_leads() -> Result<()> {
    let missing = missing_programs();
    if !missing.is_empty() {
        println!("skipped: not installed: {}", missing.join(", "));
        return Ok(());
    }
    let start = Instant::now();
    let (cluster, brokers) = thread::scope(|scope| {
        let brokers = scope.spawn(|| start_brokers(3, &RabbitOptions::default()));
        let cluster = PatroniCluster::start()?;
        println!("PostgreSQL is there after {:.1?}", start.elapsed());
        let brokers = brokers.join().map_err(|_| anyhow!("a panic"))??;
        anyhow::Ok((cluster, brokers))
    })?;
    println!("all are there after {:.1?}", start.elapsed());
    assert!(start.elapsed() < BUSY * Duration::from_secs(60));
    let nodes = brokers[0].rabbitmqctl(["cluster_status"])?;
    for broker in &brokers {
        assert!(nodes.contains(&broker.port().to_string()), "{nodes}");
    }
    let url = cluster.url("postgres") + "?target_session_attrs=read-write";
    let run = |url: &str, sql| -> Result<String> {
        let output = psql(url)?.args(["--command", sql]).output()?;
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    };
    run(&url, "CREATE TABLE numbers AS SELECT 7 AS n")?;
    let haproxy = &cluster.haproxy;
    for (port, expected) in [
        (haproxy.primary_port, "7|f"),
        (haproxy.replicas_port, "7|t"),
    ] {
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let read = || run(&url, "SELECT n, pg_is_in_recovery() FROM numbers");
        // HAProxy looks once a second who is what.
        while start.elapsed() < Duration::from_secs(120) && read()? != expected {
            thread::sleep(Duration::from_millis(200));
        }
        assert_eq!(read()?, expected);
    }
    Ok(())
}

/// Lines of the documentation, without how far they are indented.
fn documented() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operating.md");
    let text = std::fs::read_to_string(path).expect("documentation");
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_documentation_shows_what_is_tried_here() {
    let documented = documented();
    let patroni = include_str!("../src/cluster/patroni.yml");
    let (_, settings) = patroni.split_once("bootstrap:").expect("settings");
    let (settings, _) = settings.split_once("  initdb:").expect("settings");
    let haproxy = include_str!("../src/cluster/haproxy.cfg");
    let (_, behaviour) = haproxy.split_once("defaults").expect("defaults");
    // Each site has its own of these.
    let own = |line: &&str| line.contains("HOST") || line.contains(":5000");
    let shown = behaviour.lines().filter(|line| !own(line));
    let shown = shown.filter(|line| !line.contains("frontend primary"));
    for line in settings.lines().chain(shown).map(str::trim) {
        assert!(documented.iter().any(|shown| shown == line), "{line}");
    }
}
