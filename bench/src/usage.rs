//! What a program has used, with the processes that it started.

use std::fs::{read_dir, read_to_string};

/// The kernel counts in hundredths of a second for programs, whatever its own clock.
const TICKS: f64 = 100.0;

/// Memory, and processor time since the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// The most that each process held, in MB, summed: what they share counts for each.
    pub memory: f64,
    /// In user space and in the kernel, of children that have ended too.
    pub seconds: f64,
}

impl Usage {
    /// Of a program and all its descendants.
    pub fn of(program: Option<u32>) -> Self {
        let Some(program) = program else {
            return Self::default();
        };
        let pids = read_dir("/proc").into_iter().flatten().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let processes: Vec<Process> = pids.filter_map(Process::read).collect();
        let mut family = vec![program];
        // A child may have a lower number than its parent.
        loop {
            let before = family.len();
            for process in &processes {
                if family.contains(&process.parent) && !family.contains(&process.pid) {
                    family.push(process.pid);
                }
            }
            if family.len() == before {
                break;
            }
        }
        let family = processes
            .iter()
            .filter(|process| family.contains(&process.pid));
        family.fold(Self::default(), |sum, process| Self {
            memory: sum.memory + memory(process.pid).unwrap_or_default() as f64 / 1024.0,
            seconds: sum.seconds + process.ticks as f64 / TICKS,
        })
    }

    /// How many microseconds it computed since `before`.
    pub fn computed_since(&self, before: Self) -> f64 {
        (self.seconds - before.seconds) * 1e6
    }
}

struct Process {
    pid: u32,
    parent: u32,
    ticks: u64,
}

impl Process {
    fn read(pid: u32) -> Option<Self> {
        let text = read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may hold anything.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number)?.parse::<u64>().ok();
        let ticks = (11..15).map(field).sum::<Option<u64>>()?;
        Some(Self {
            pid,
            parent: u32::try_from(field(1)?).ok()?,
            ticks,
        })
    }
}

/// The most so far, in kB.
fn memory(pid: u32) -> Option<u64> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something() {
        let before = Usage::of(Some(std::process::id()));
        assert!(before.memory > 0.5, "{before:?}");
        let mut sum = 0_u64;
        while Usage::of(Some(std::process::id())).computed_since(before) == 0.0 {
            sum = std::hint::black_box(sum + 1);
        }
    }
}
