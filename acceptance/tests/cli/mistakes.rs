//! What the programs say when they are called wrongly, and the code they end with.

use crate::transcript::{assert_is_recorded, transcript};

const NOMMER: [&[&str]; 23] = [
    &[],
    &["nonsense"],
    &["consume", "--nonsense"],
    &["consume", "now"],
    &["consume", "-c", "/no/such/file.toml"],
    &["check-config", "-c", "/no/such/file.toml"],
    &["migrate", "-c", "/dev/null"],
    &["migrate", "--rollback", "all"],
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
    &["stats", "git"],
    &["latest", "--overal"],
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

#[test]
fn mistakes_are_answered_as_recorded() {
    for (program, runs) in [("nommer", &NOMMER[..]), ("grepper", &GREPPER[..])] {
        let texts: Vec<String> = runs
            .iter()
            .map(|arguments| transcript(program, arguments))
            .collect();
        assert_is_recorded(texts.join("\n"), &format!("mistakes-{program}.txt"));
    }
}
