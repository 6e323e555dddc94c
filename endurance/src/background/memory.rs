//! How much memory each process holds, over time.

use std::collections::BTreeMap;
use std::fs::{read_dir, read_to_string};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::scene::Scene;
use crate::sql;

const PAUSE: Duration = Duration::from_secs(5);

/// The most of a kind of process.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Of its own (RssAnon), in MB: by minute, the most of one process.
    pub by_minute: BTreeMap<u64, u64>,
    /// The peak of one process with all that it shares (VmHWM), in MB.
    pub peak: u64,
}

impl Memory {
    /// The most of its own that one process held, in MB.
    pub fn most(&self) -> u64 {
        self.by_minute.values().copied().max().unwrap_or_default()
    }
}

/// What must not be exceeded, in MB, by processes whose names begin so.
const LIMITS: [(&str, u64); 3] = [("nommer", 700), ("grepper", 700), ("backend", 400)];

/// Processes that held more of their own than they may.
pub fn faults(kinds: &BTreeMap<String, Memory>) -> Vec<String> {
    let mut faults = Vec::new();
    for (kind, memory) in kinds {
        let limit = LIMITS.iter().find(|(name, _)| kind.starts_with(name));
        if let Some((_, limit)) = limit.filter(|(_, limit)| memory.most() > *limit) {
            faults.push(format!(
                "{kind} held {} MB, more than {limit} MB",
                memory.most()
            ));
        }
    }
    faults
}

/// Looks every few seconds until all is over; answers by the kind of process.
pub fn run(scene: &Scene) -> BTreeMap<String, Memory> {
    let mut kinds: BTreeMap<String, Memory> = BTreeMap::new();
    while !scene.over.load(Ordering::Relaxed) {
        let minute = scene.journal.now().as_secs() / 60;
        for (kind, pid) in processes(scene) {
            let status = read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let memory = kinds.entry(kind).or_default();
            let most = memory.by_minute.entry(minute).or_default();
            *most = (*most).max(megabytes(&status, "RssAnon"));
            memory.peak = memory.peak.max(megabytes(&status, "VmHWM"));
        }
        thread::sleep(PAUSE);
    }
    kinds
}

/// All processes that are known now, with their kinds.
fn processes(scene: &Scene) -> Vec<(String, u32)> {
    let mut processes = Vec::new();
    for program in scene.stack.programs() {
        // Locked is who is just being stopped or started.
        if let Ok(program) = program.try_lock() {
            processes.extend(program.pid().map(|pid| (program.name.clone(), pid)));
        }
    }
    let backends = "SELECT pid, CASE WHEN backend_type = 'client backend'
                    THEN 'backend of ' || application_name ELSE backend_type END
                    FROM pg_stat_activity WHERE application_name <> 'soak'";
    for row in sql::rows(&scene.stack.database_url, backends).unwrap_or_default() {
        if let Some((pid, kind)) = row.split_once('|') {
            processes.extend(pid.parse().ok().map(|pid| (kind.to_owned(), pid)));
        }
    }
    let node = scene
        .stack
        .rabbit
        .try_lock()
        .ok()
        .and_then(|rabbit| rabbit.pid());
    let nodes = node.map(family).unwrap_or_default();
    processes.extend(nodes.into_iter().map(|pid| ("RabbitMQ".to_owned(), pid)));
    processes
}

/// A process and all its descendants.
fn family(first: u32) -> Vec<u32> {
    let entries = read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: Vec<(u32, u32)> = pids
        .filter_map(|pid| Some((pid, parent_of(pid)?)))
        .collect();
    let mut family = vec![first];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(
            parents
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    family
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    value(&status, "PPid")?.parse().ok()
}

fn megabytes(status: &str, name: &str) -> u64 {
    let kilobytes = value(status, name).and_then(|value| value.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}

fn value<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line?.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_one_of_its_parents_family() {
        let this = std::process::id();
        assert!(family(parent_of(this).unwrap()).contains(&this));
        let status = read_to_string("/proc/self/status").unwrap();
        assert!(megabytes(&status, "VmHWM") > 0);
    }
}
