//! How much memory a program took.

use devstack::Process;

/// The most memory that the program had at once, in bytes.
pub fn peak(process: &Process) -> u64 {
    peak_of(process.pid().expect("it runs"))
}

/// The most memory that the process with this number had at once, in bytes.
pub fn peak_of(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes
        .and_then(|number| number.parse().ok())
        .expect("kB");
    kilobytes << 10
}
