//! What the programs say when they are called wrongly, and the code they end with.

use crate::transcript::{assert_is_recorded, transcript};

const NOMMER: [&[&str]; 37] = [
    &[],
    &["nonsense"],
    &["consume", "--nonsense"],
    &["consume", "now"],
    &["consume", "-c", "/no/such/file.toml"],
    &["check-config", "-c", "/no/such/file.toml"],
    &["migrate", "-c", "/dev/null"],
    &["migrate", "--rollback", "all"],
    &["check"],
    &["check", "nonsense"],
    &["check", "queue", "--warning", "10:20"],
    &["check", "queue", "--warning", "600", "-c", "/dev/null"],
    &["check", "certificates", "--critical", "-1"],
    &["check", "freshness", "--only", "-c", "/dev/null"],
    &["counters"],
    &["counters", "nonsense"],
    &["rules", "check", "/no/such/file.toml"],
    &["rules", "test"],
    &["extract"],
    &["extract", "names"],
    &["extract", "all", "--topic", "a", "--category", "b"],
    &["extract", "all", "--start", "yesterday"],
    &["extract", "all", "--chunk-size", "0"],
    &["extract", "all", "--after", "2024-05-01"],
    &["dump", "--since", "yesterday"],
    &["dump", "--compress", "xz"],
    &["dump", "-c", "/dev/null"],
    &["import", "--skip", "some"],
    &["import", "-c", "/dev/null"],
    &["replay"],
    &["replay", "--exchange", "again", "--rate", "0"],
    &["replay", "--exchange", "amq.topic", "-c", "/dev/null"],
    &["stats", "git"],
    &["latest", "--overal"],
    &["adopt"],
    &["adopt", "--from", "nonsense", "-c", "/dev/null"],
    &["adopt", "--from", "postgresql://h/d", "--check", "--verify"],
];

const DATABASE: &str = "--database-url=postgresql://127.0.0.1:1/none";

const GREPPER: [&[&str]; 14] = [
    &[],
    &["nonsense"],
    &["--nonsense"],
    &["--pool-size", "many"],
    &["--config", "/no/such/file.toml"],
    &[DATABASE, "--listen", "nonsense"],
    &[DATABASE, "--listen", "::1"],
    &[DATABASE, "--base-url", "apps.example.org/datagrepper"],
    &["--database-url=postgresql://[::1/d"],
    &[DATABASE, "--pool-size", "0"],
    &[DATABASE, "--cors-domains", "("],
    &[DATABASE, "--rules", "/no/such/folder"],
    &["--database-url=postgresql://u:secret%zz@h/d"],
    &["--database-url=host=h port=secret"],
];

const OLD: &str = "--old=http://127.0.0.1:1/datagrepper";
const NEW: &str = "--new=http://127.0.0.1:1";

const GREPPER_DIFF: [&[&str]; 10] = [
    &[],
    &["--old", "apps.example.org", NEW],
    &[OLD, "--new", "https:///datagrepper"],
    &[OLD, NEW],
    &[OLD, NEW, "--log", "/no/such/file"],
    &[OLD, NEW, "--log", "/dev/null"],
    &[OLD, NEW, "--requests", "Cargo.toml"],
    &[OLD, NEW, "--rate", "0"],
    &[OLD, NEW, "--jobs", "0"],
    &[OLD, NEW, "--as-is", "--settle", "5"],
];

#[test]
fn mistakes_are_answered_as_recorded() {
    for (program, runs) in [
        ("nommer", &NOMMER[..]),
        ("grepper", &GREPPER[..]),
        ("grepper-diff", &GREPPER_DIFF[..]),
    ] {
        let texts: Vec<String> = runs
            .iter()
            .map(|arguments| transcript(program, arguments))
            .collect();
        assert_is_recorded(texts.join("\n"), &format!("mistakes-{program}.txt"));
    }
}
