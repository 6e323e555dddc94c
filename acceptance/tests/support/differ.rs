//! `grepper-diff` as an admin runs it.

use std::io::Write as _;

use serde_json::Value;

use super::programs::clean;

/// What it found, how it ended, and what it told.
pub struct Told {
    pub report: Value,
    pub code: Option<i32>,
    pub text: String,
}

/// Compares the services at two addresses on these requests, one a line; `arguments` are further ones.
pub fn compare(old: &str, new: &str, requests: &str, arguments: &[&str]) -> Told {
    let mut list = tempfile::NamedTempFile::new().expect("a file");
    list.write_all(requests.as_bytes()).expect("written");
    let json = tempfile::NamedTempFile::new().expect("a file");
    let output = clean("grepper-diff")
        .args(["--old", old, "--new", new, "--rate", "1000"])
        .arg("--requests")
        .arg(list.path())
        .arg("--json")
        .arg(json.path())
        .args(arguments)
        .output()
        .expect("grepper-diff");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report = std::fs::read_to_string(json.path()).expect("readable");
    let report = serde_json::from_str(&report).unwrap_or_else(|error| {
        panic!(
            "{error}:\n{text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    Told {
        report,
        code: output.status.code(),
        text,
    }
}

impl Told {
    /// The names of the kinds that were seen.
    pub fn kinds(&self) -> Vec<&str> {
        let known = self.report["known"].as_array().expect("a list");
        known
            .iter()
            .map(|kind| kind["kind"].as_str().expect("a name"))
            .collect()
    }

    /// The names of the unknown differences.
    pub fn different(&self) -> Vec<&str> {
        let different = self.report["different"].as_array().expect("a list");
        different
            .iter()
            .map(|group| group["name"].as_str().expect("a name"))
            .collect()
    }
}
