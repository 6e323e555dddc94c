//! The course of a soak: quiet at first, then disturbed, then proved.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use simulator::Random;

use crate::background::{analyst, dump, memory, quiet, watch};
use crate::checks::{archived::Found, drain, logs, totals};
use crate::disturbances::{Planned, TRACKS};
use crate::journal::lock;
use crate::latencies;
use crate::options::Options;
use crate::outcome::{Outcome, Seen};
use crate::publisher::Publisher;
use crate::scene::Scene;
use crate::stack::QUEUE;

/// In the first minute only messages come and ordinary questions are asked.
const QUIET: Duration = Duration::from_secs(60);
/// Disturbances end so long before the end, so that it also recovers under load.
const LAST: Duration = Duration::from_secs(15);

/// Publishes and disturbs, then proves.
///
/// # Errors
/// When the machinery fails, as opposed to what is proved by it.
pub fn run(scene: &Scene, options: &Options) -> Result<Outcome> {
    let length = Duration::from_secs(options.minutes * 60).max(QUIET * 2);
    let stop_publishing = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let publisher = Publisher {
            urls: std::slice::from_ref(&scene.stack.broker_url),
            rate: f64::from(options.rate),
            seed: options.seed,
            journal: &scene.journal,
            ledger: &scene.ledger,
            stop: &stop_publishing,
        };
        let publishing = scope.spawn(move || publisher.run());
        let seen = disturb(scene, options.seed, length);
        stop_publishing.store(true, Ordering::Relaxed);
        let published = publishing
            .join()
            .map_err(|_| anyhow!("the publisher panicked"))?;
        if let Err(error) = published {
            scene.journal.fault(&format!("publisher: {error:#}"));
        }
        seen
    })?;
    Ok(prove(scene, options, seen))
}

/// Runs all that disturbs and looks on, for `length`.
fn disturb(scene: &Scene, seed: u64, length: Duration) -> Result<Seen> {
    let mut random = Random::new(seed);
    let plans = TRACKS.each_ref().map(|track| {
        let plan = track.plan(&mut random, QUIET, length.saturating_sub(LAST));
        let lines: Vec<String> = plan.iter().map(Planned::describe).collect();
        scene.journal.say(&format!(
            "planned for {}:\n      {}",
            track.name,
            lines.join("\n      ")
        ));
        plan
    });
    let panicked = |_| anyhow!("a thread of the soak panicked");
    thread::scope(|scope| {
        let clients: Vec<_> = (seed..)
            .zip(&scene.stack.addresses)
            .map(|(seed, address)| scope.spawn(move || quiet::run(scene, address, seed)))
            .collect();
        let memory = scope.spawn(|| memory::run(scene));
        scope.spawn(|| watch::run(scene));
        for (track, plan) in TRACKS.iter().zip(&plans) {
            scope.spawn(move || track.run(scene, plan));
        }
        while scene.journal.now() < QUIET {
            thread::sleep(Duration::from_secs(1));
        }
        let dumps = scope.spawn(|| dump::run(scene));
        let snapshots = scope.spawn(move || analyst::run(scene, seed));
        while scene.journal.now() < length {
            thread::sleep(Duration::from_secs(1));
            if scene.journal.now().as_secs().is_multiple_of(60) {
                progress(scene);
            }
        }
        scene.over.store(true, Ordering::Relaxed);
        analyst::send_away(scene);
        let mut asked = Vec::new();
        for client in clients {
            asked.extend(client.join().map_err(panicked)?);
        }
        Ok(Seen {
            asked,
            memory: memory.join().map_err(panicked)?,
            dumps: dumps.join().map_err(panicked)??,
            snapshots: snapshots.join().map_err(panicked)?,
            length,
        })
    })
}

fn progress(scene: &Scene) {
    let confirmed: usize = scene.ledger.confirmed().values().sum();
    let faults = scene.journal.faults().len();
    scene.journal.say(&format!(
        "{confirmed} messages are confirmed, {faults} faults so far"
    ));
}

/// Looks for each message, and proves counters, totals and logs.
fn prove(scene: &Scene, options: &Options, seen: Seen) -> Outcome {
    scene.journal.say("draining the queue");
    let mut facts = Vec::new();
    let mut fact = |what: &str, value: String| facts.push((what.to_owned(), value));
    let drained = drain::wait(|| lock(&scene.stack.rabbit).queue_depth(QUEUE));
    if let Some(took) = without_fault(scene, "draining", drained) {
        let seconds = took.as_secs_f64();
        fact(
            "drained after the last message in",
            format!("{seconds:.1} s"),
        );
    }
    for (what, value) in compare(scene, options) {
        fact(what, value);
    }
    let dumps = seen.dumps;
    fact(
        "pg_dump",
        format!("{} complete, {} not", dumps.complete, dumps.failed),
    );
    fact(
        "snapshots kept open",
        format!("{} complete", seen.snapshots),
    );
    fact("seed", options.seed.to_string());
    fact(
        "disturbed for",
        format!("{} min", seen.length.as_secs() / 60),
    );
    let baseline = latencies::baseline(&seen.asked, QUIET);
    fact(
        "a quiet client's median at first",
        format!("{baseline:.1} ms"),
    );
    stop_programs(scene);
    outcome(scene, seen, facts, baseline)
}

/// Puts together what was found, with what is wrong by it.
fn outcome(scene: &Scene, seen: Seen, facts: Vec<(String, String)>, baseline: f64) -> Outcome {
    let minutes = latencies::by_minute(&seen.asked);
    let logs = logs::of_all(scene);
    let mut faults = scene.journal.faults();
    faults.extend(latencies::faults(&minutes, baseline));
    faults.extend(memory::faults(&seen.memory));
    for (name, findings) in &logs {
        let lines = findings.faults.values();
        faults.extend(lines.map(|(line, times)| format!("log of {name}, {times} times: {line}")));
    }
    Outcome {
        facts,
        faults,
        events: scene.journal.events(),
        published: scene.ledger.confirmed(),
        minutes,
        slowest: latencies::slowest(&seen.asked),
        memory: seen.memory,
        logs,
    }
}

/// Compares messages, totals and counters; answers what was counted meanwhile.
fn compare(scene: &Scene, options: &Options) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    scene.journal.say("comparing all messages");
    let found = Found::read(&scene.stack.database_url, 0);
    if let Some(found) = without_fault(scene, "comparing messages", found) {
        for fault in found.faults(&scene.ledger.entries()) {
            scene.journal.fault(&fault);
        }
        facts.push(("in the archive", found.archived.len().to_string()));
        facts.push(("put aside", found.put_aside.len().to_string()));
    }
    scene.journal.say("comparing totals");
    let wrong = totals::wrong(scene, options.seed, options.totals);
    for wrong in without_fault(scene, "comparing totals", wrong).unwrap_or_default() {
        scene.journal.fault(&format!("total {wrong}"));
    }
    facts.push(("totals compared", options.totals.to_string()));
    scene.journal.say("verifying counters");
    let wrong = drain::wrong_counters(&scene.stack.database_url);
    if let Some(wrong) = without_fault(scene, "verifying counters", wrong).flatten() {
        scene.journal.fault(&format!("counters: {wrong}"));
    }
    facts
}

/// The value; what could not be proved is a fault.
fn without_fault<T>(scene: &Scene, what: &str, result: Result<T>) -> Option<T> {
    result
        .map_err(|error| scene.journal.fault(&format!("{what}: {error:#}")))
        .ok()
}

/// Each must end with 0.
fn stop_programs(scene: &Scene) {
    for program in scene.stack.programs() {
        let mut program = lock(program);
        match program.terminate() {
            Ok(Some(0)) => {}
            other => {
                let name = &program.name;
                scene
                    .journal
                    .fault(&format!("{name} did not end with 0, but: {other:?}"));
            }
        }
    }
}
