//! What docs/grepper.md shows of settings: the file is one that grepper takes, and the table is complete.

use std::io::Write as _;

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
