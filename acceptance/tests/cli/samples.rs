//! What docs/grepper.md shows of settings and of the log: the file is one that grepper takes, and the tables are complete.

use std::io::Write as _;
use std::path::Path;

use crate::support::http::request;
use crate::support::programs::Grepper;
use crate::transcript::transcript;

const PAGE: &str = include_str!("../../../docs/grepper.md");

#[test]
fn grepper_takes_the_file_that_its_page_shows() {
    let (_, rest) = PAGE.split_once("```toml\n").expect("a sample");
    let (sample, _) = rest.split_once("```").expect("its end");
    let mut file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(sample.as_bytes()).expect("written");
    let path = file.path().to_str().expect("a path");
    let grepper = Grepper::start("postgres://127.0.0.1:1/none", &["--config", path]);

    let url = format!("{}/datagrepper/healthz/live", grepper.authority);
    let allowed = |origin| {
        let answer = request("GET", &url, &[("Origin", origin)]);
        assert_eq!(answer.status, 200);
        answer.header("access-control-allow-origin").is_some()
    };
    assert!(allowed("https://a.example.org"));
    assert!(!allowed("https://a.example.com"));
}

#[test]
fn every_setting_is_in_the_table() {
    let help = transcript("grepper", &["--help"]);
    let flags = help
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--"));
    let variables = help.lines().filter_map(|line| line.split_once("[env: "));
    let names = flags
        .filter_map(|line| line.split_whitespace().next())
        .map(|flag| format!("--{flag}"))
        .chain(variables.filter_map(|(_, rest)| Some(rest.split_once('=')?.0.to_owned())));
    let missing: Vec<String> = names
        .filter(|name| name != "--help" && name != "--version")
        .filter(|name| !PAGE.contains(&format!("`{name}`")) && !PAGE.contains(&format!("`{name} ")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Files with lines of grepper's log, beside those in its own folder.
const OTHERS: [&str; 6] = [
    "archive/src/database/connection.rs",
    "archive/src/database/watch.rs",
    "metadata/src/current.rs",
    "metadata/src/misfits.rs",
    "service/src/log.rs",
    "service/src/stop.rs",
];

/// The texts of all that a file tells operators, up to what follows a colon or a comma in them.
fn told_in(file: &Path) -> Vec<String> {
    let source = std::fs::read_to_string(file).expect("a file");
    let events = source.split("tracing::").skip(1).filter(|event| {
        let levels = ["info!(", "warn!(", "error!("];
        levels.iter().any(|level| event.starts_with(level))
    });
    let texts = events.filter_map(|event| {
        let (event, _) = event.split_once(");")?;
        let (before, _) = event.rsplit_once('"')?;
        let (_, text) = before.rsplit_once('"')?;
        text.split([':', ',', '{']).next().map(str::to_owned)
    });
    texts.filter(|text| !text.is_empty()).collect()
}

#[test]
fn every_line_of_the_log_is_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let mut files: Vec<_> = OTHERS.iter().map(|file| root.join(file)).collect();
    let mut folders = vec![root.join("grepper/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let list = if path.is_dir() {
                &mut folders
            } else {
                &mut files
            };
            list.push(path);
        }
    }
    let told: Vec<String> = files.iter().flat_map(|file| told_in(file)).collect();
    assert!(told.len() > 15, "{told:?}");
    let missing: Vec<_> = told
        .iter()
        .filter(|text| !PAGE.contains(&format!("`{text}")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
