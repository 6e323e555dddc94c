//! A disk that fills: a small file system in memory, and the node exporter of this machine.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use devstack::{Process, free_port};

use crate::alerts::full::SmallDisk;
use crate::alerts::grepper::Over;
use crate::alerts::prometheus::Prometheus;

pub const ALERTS: &[&str] = &["DiskWillFill"];

/// What the folder of the disk is called, with more behind it: only of such ones is Prometheus told.
pub const FOLDER: &str = "filling";

/// What is written at once: all of the disk within more than two minutes.
const PIECE: usize = 100 << 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Tells of file systems at this port; nothing where there is none.
fn exporter(port: u16) -> Option<Process> {
    let mut command = Command::new("prometheus-node-exporter");
    command.args(["--collector.disable-defaults", "--collector.filesystem"]);
    command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let process = Process::spawn(&command);
    if process.is_err() {
        println!("SKIPPED: no node exporter (Debian: apt-get install prometheus-node-exporter)");
    }
    process.ok()
}

fn fill(path: &Path, over: &AtomicBool) {
    let mut file = File::create(path).expect("made");
    while !over.load(Ordering::Relaxed) {
        file.write_all(&vec![1; PIECE]).expect("written");
        std::thread::sleep(PAUSE);
    }
}

#[test]
fn a_disk_that_will_be_full_is_told() {
    let port = free_port().expect("a port");
    let Some(_exporter) = exporter(port) else {
        return;
    };
    let (Some(mut prometheus), Some(disk)) = (
        Prometheus::watching(&[("machines", port)]),
        SmallDisk::mount(FOLDER),
    ) else {
        return;
    };
    prometheus.is_calm();
    let file = disk.path().join("file");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = Over(&over);
        scope.spawn(|| fill(&file, &over));
        prometheus.fires(ALERTS);
    });
    fs::remove_file(file).expect("removed");
    prometheus.assert_all_fired(ALERTS);
}
