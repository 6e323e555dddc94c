//! What is gathered, each by itself: what cannot be had says why in its own file.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;

use archive::{ConnectionOptions, Upkeep};
use pythonic::json::to_text;
use service::error_chain;

use crate::commands::status::look::{self, Look};
use crate::config::settings::Config;
use crate::database;

/// So many lines of each log.
const LINES: usize = 10_000;
/// No more than the last bytes of a log file are read for them.
const MOST_OF_A_LOG: u64 = 8 << 20;
/// What the machine says of itself.
const OF_THE_MACHINE: [(&str, &str); 5] = [
    ("release", "/etc/os-release"),
    ("kernel", "/proc/version"),
    ("memory", "/proc/meminfo"),
    ("load", "/proc/loadavg"),
    ("limits", "/proc/self/limits"),
];

/// The files by name.
pub fn all(config: &Config, logs: &[PathBuf]) -> Vec<(String, String)> {
    let mut files = vec![
        ("version.txt".to_owned(), version()),
        ("configuration.txt".to_owned(), config.to_string()),
        ("status.json".to_owned(), status(config)),
        (
            "metrics.txt".to_owned(),
            look::metrics(config).unwrap_or_else(|error| error),
        ),
    ];
    for (name, path) in OF_THE_MACHINE {
        files.push((format!("machine/{name}.txt"), read(Path::new(path))));
    }
    files.push((
        "machine/disks.txt".to_owned(),
        output("df", &["--human-readable"]),
    ));
    files.extend(database(config));
    if logs.is_empty() {
        let lines = LINES.to_string();
        let asked = [
            "--unit=nommer",
            "--unit=grepper",
            "--no-pager",
            "--output=short-iso",
            "--lines",
            &lines,
        ];
        files.push(("log/journal.txt".to_owned(), output("journalctl", &asked)));
    }
    for (number, path) in (1..).zip(logs) {
        files.push((format!("log/{number}.txt"), last_lines(path)));
    }
    files
}

fn version() -> String {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    format!("{name} {version}\n")
}

fn status(config: &Config) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let mut look = Look::of_program(config);
    if let Ok(runtime) = runtime {
        runtime.block_on(look.look_around(config));
    }
    to_text(&look)
}

fn database(config: &Config) -> Vec<(String, String)> {
    let options = match database::options_to_look(config) {
        Ok(options) => ConnectionOptions {
            pool_size: 1,
            ..options
        },
        Err(exit) => return vec![("database.txt".to_owned(), exit.to_string())],
    };
    let file = |(name, answer): (&str, archive::Inspected)| {
        let answer = answer.unwrap_or_else(|error| error_chain(&error));
        (format!("database/{name}.json"), answer + "\n")
    };
    Upkeep::new(&options).inspect().map(file).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| told(path, &error))
}

fn told(what: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}\n", what.display())
}

/// What a command prints on both outputs.
fn output(command: &str, arguments: &[&str]) -> String {
    match Command::new(command).args(arguments).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&text).into_owned()
        }
        Err(error) => told(Path::new(command), &error),
    }
}

fn last_lines(path: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(MOST_OF_A_LOG)))?;
        let mut lines = Vec::new();
        for line in BufReader::new(file.take(MOST_OF_A_LOG)).split(b'\n') {
            lines.push(String::from_utf8_lossy(&line?).into_owned());
        }
        let first = lines.len().saturating_sub(LINES);
        Ok(lines[first..].join("\n") + "\n")
    };
    read().unwrap_or_else(|error| told(path, &error))
}
