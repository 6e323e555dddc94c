//! What a program has used, with the processes that it started.

use std::fs::read_to_string;

/// Memory and processor time since the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// The most that each process held, in kB, summed: what they share counts for each.
    memory: u64,
    /// In the ticks of `/proc`, hundredths of a second.
    ticks: u64,
}

impl Usage {
    /// Of the process `pid` and its children; nothing of those that have ended.
    pub fn of(pid: Option<u32>) -> Self {
        let Some(pid) = pid else { return Self::default() };
        let children = read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        let own = Self { memory: memory(pid).unwrap_or_default(), ticks: ticks(pid).unwrap_or_default() };
        children.fold(own, |sum, pid| {
            let child = Self::of(Some(pid));
            Self { memory: sum.memory + child.memory, ticks: sum.ticks + child.ticks }
        })
    }

    /// In MB.
    pub fn memory(&self) -> f64 {
        self.memory as f64 / 1024.0
    }

    /// How many microseconds it computed since `before`, in user space and in the kernel.
    pub fn computed_since(&self, before: Self) -> f64 {
        self.ticks.saturating_sub(before.ticks) as f64 * 10_000.0
    }
}

fn memory(pid: u32) -> Option<u64> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn ticks(pid: u32) -> Option<u64> {
    let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; user and system time are the 12th and 13th behind it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something() {
        let before = Usage::of(Some(std::process::id()));
        assert!(before.memory() > 0.5, "{before:?}");
        let mut sum = 0_u64;
        while Usage::of(Some(std::process::id())).computed_since(before) == 0.0 {
            sum = std::hint::black_box(sum + 1);
        }
    }
}
