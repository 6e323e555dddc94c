//! `nommer rules check` and `nommer rules test`.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::programs::clean;
use crate::support::shared_data;
use crate::zoo::{Directory, SCHEMA, TOPIC};

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("nommer");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout), text(&stderr))
}

fn nommer(arguments: &[&str]) -> (Option<i32>, String, String) {
    run(clean("nommer").args(arguments))
}

fn messages(lines: &[Value]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::with_suffix(".ndjson").expect("a file");
    for line in lines {
        writeln!(file, "{line}").expect("written");
    }
    file
}

#[test]
fn mistakes_are_shown_with_file_and_line() {
    let directory = Directory::with_rule();
    let file = directory.file();
    let file = file.to_str().expect("a plain path");
    for arguments in [
        &["rules", "check"][..],
        &["rules", "check", directory.path()],
        &["rules", "check", file],
    ] {
        assert_eq!(nommer(arguments).0, Some(0), "{arguments:?}");
    }
    directory.write("[[rule]]\nschemas = ['zoo.v1']\nusernames = \"keeper | pik('a')\"\n");
    let expected = format!("{file}:3: ");
    for arguments in [
        &["rules", "check", directory.path()][..],
        &["rules", "check", file],
        &["--rules", directory.path(), "rules", "check"],
        &["rules", "test", "--rules", directory.path(), "/dev/null"],
        &[
            "extract",
            "all",
            "--rules",
            directory.path(),
            "-c",
            "/dev/null",
        ],
    ] {
        let (code, _, stderr) = run(clean("nommer")
            .args(arguments)
            .env("DATABASE_URL", "postgres://127.0.0.1:1/x"));
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        assert!(
            stderr
                .lines()
                .any(|line| line.starts_with(&expected) && line.contains("pik")),
            "{stderr}"
        );
    }
    let (code, _, stderr) = run(clean("nommer")
        .args(["rules", "check"])
        .env("NOMMER_RULES", directory.path()));
    assert_eq!(code, Some(2), "{stderr}");
    assert_eq!(nommer(&["rules", "check", "/no/such/file.toml"]).0, Some(2));
}

#[test]
fn the_option_goes_over_the_environment_and_that_over_the_file() {
    let config = messages(&[]);
    std::fs::write(
        config.path(),
        "[consumer_config]\nrules_directory = '/from/file'\n",
    )
    .expect("written");
    let shown = |arguments: &[&str], variable: &str| {
        let mut command = clean("nommer");
        command
            .arg("check-config")
            .arg("-c")
            .arg(config.path())
            .args(arguments)
            .env("NOMMER_RULES", variable);
        let (code, stdout, stderr) = run(&mut command);
        assert_eq!(code, Some(0), "{stderr}");
        stdout
            .lines()
            .find(|line| line.contains("rules_directory"))
            .map(str::to_owned)
    };
    assert_eq!(
        shown(&[], "").as_deref(),
        Some("rules_directory = /from/file")
    );
    assert_eq!(
        shown(&[], "/from/environment").as_deref(),
        Some("rules_directory = /from/environment")
    );
    assert_eq!(
        shown(&["--rules", "/from/option"], "/from/environment").as_deref(),
        Some("rules_directory = /from/option")
    );
}

#[test]
fn expectations_are_compared_and_tallied() {
    let directory = Directory::with_rule();
    let message = |food: &str, expected: Value| {
        json!({"topic": TOPIC, "headers": {"fedora_messaging_schema": SCHEMA},
               "body": {"keeper": "ann", "helpers": ["bob"], "food": food}, "expected": expected})
    };
    let good = message(
        "pie",
        json!({"usernames": ["ann", "bob"], "packages": ["pie"]}),
    );
    let bad = message(
        "jam",
        json!({"usernames": ["ann", "bob"], "packages": ["pie"]}),
    );
    let plain = json!({"topic": "org.fedoraproject.prod.wiki.article.edit", "msg": {"title": "Lions", "user": "zoe"}});
    let test = |lines: &[Value], arguments: &[&str]| {
        let file = messages(lines);
        let mut command = clean("nommer");
        run(command
            .args(["rules", "test", "--rules", directory.path()])
            .arg(file.path())
            .args(arguments))
    };

    let (code, stdout, _) = test(&[good.clone(), plain], &[]);
    assert_eq!(code, Some(0), "{stdout}");
    let answers: Vec<Value> = stdout
        .lines()
        .map_while(|line| serde_json::from_str(line).ok())
        .collect();
    assert_eq!(answers.len(), 2, "{stdout}");
    assert_eq!(answers[0]["meaning"]["summary"], "ann fed the lions");
    assert_eq!(
        answers[1]["meaning"]["usernames"],
        json!(["zoe"]),
        "a message of the fedmsg age"
    );

    let (code, stdout, _) = test(&[good.clone(), bad], &["--quiet"]);
    assert_eq!(code, Some(1), "{stdout}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(
        lines[0].contains(
            r#":2: org.example.prod.zoo.lion.fed: packages is ["jam"], expected ["pie"]"#
        ),
        "{stdout}"
    );
    let tally: Vec<Vec<&str>> = lines[1..]
        .iter()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        tally,
        [
            ["property", "compared", "differ"],
            ["packages", "2", "1"],
            ["usernames", "2", "0"],
            ["all", "4", "1"],
        ]
    );

    assert_eq!(
        test(std::slice::from_ref(&good), &["--schema", SCHEMA]).0,
        Some(0)
    );
    assert_eq!(
        test(&[good], &["--schema", "zoo.tiger.fed.v1"]).0,
        Some(1),
        "nothing was tried"
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let mut command = clean("nommer");
    command
        .args(["rules", "test", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("nommer");
    let lines = "{\"topic\": \"a.b.c.d\", \"body\": {}}\n\nno message\n";
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(lines.as_bytes())
        .expect("written");
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("(standard input):3: "));
}

/// Answers that differ from the published ones are few, and each is in the documentation.
#[test]
fn the_corpus_can_be_tried() {
    let Some(file) = shared_data::path("corpus/schemas.ndjson") else {
        return;
    };
    let (_, stdout, stderr) = run(clean("nommer").args(["rules", "test", "--quiet"]).arg(file));
    let all = stdout.lines().last().unwrap_or_else(|| panic!("{stderr}"));
    let numbers: Vec<u32> = all
        .split_whitespace()
        .skip(1)
        .map(|word| word.parse().expect("a number"))
        .collect();
    assert!(
        numbers[0] > 20_000 && numbers[1] * 1000 < numbers[0],
        "{all}"
    );
}
