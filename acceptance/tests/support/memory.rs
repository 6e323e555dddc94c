//! How much memory a program took.

use devstack::Process;

/// The most memory that the program had at once, in bytes.
pub fn peak(process: &Process) -> u64 {
    peak_of(process.pid().expect("it runs"))
}

/// The most memory that the process with this number had at once, in bytes.
pub fn peak_of(pid: u32) -> u64 {
    peak_while_it_runs(pid).expect("it runs")
}

/// The most memory that a process had at once, in bytes; `None` for one that has ended, even if nobody has waited for it.
pub fn peak_while_it_runs(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}
