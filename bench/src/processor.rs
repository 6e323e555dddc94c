//! How much processor time a program and those that it started have used.

use std::fs;

/// The kernel counts in hundredths of a second for programs, whatever its own clock.
const TICKS: f64 = 100.0;

/// Seconds of a program and of all its descendants, those that have ended included.
pub fn seconds(program: Option<u32>) -> f64 {
    let Some(program) = program else { return 0.0 };
    let processes: Vec<Process> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Process::read(pid)
        })
        .collect();
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
    processes.iter().filter(|process| family.contains(&process.pid)).map(|process| process.ticks as f64 / TICKS).sum()
}

struct Process {
    pid: u32,
    parent: u32,
    /// Of its own and of its children that have ended.
    ticks: u64,
}

impl Process {
    fn read(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may hold anything.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number)?.parse::<u64>().ok();
        let ticks = (11..15).map(field).sum::<Option<u64>>()?;
        Some(Self { pid, parent: u32::try_from(field(1)?).ok()?, ticks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_seen() {
        let own = Some(std::process::id());
        let before = seconds(own);
        let mut number = 0_u64;
        while seconds(own) <= before {
            number = std::hint::black_box(number.wrapping_mul(3).wrapping_add(1));
        }
        assert!(seconds(own) > before);
    }
}
