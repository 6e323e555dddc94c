//! Sample messages beside the published classes of messages: what the simulator says, its senders could have said.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::environment;

/// So many sample messages are made, of which a fifth tells stories.
const MADE: usize = 20_000;
/// So many of a topic and a class are looked at: they differ in chance alone, and a class takes milliseconds.
const OF_EACH: usize = 15;

#[test]
fn sample_messages_are_valid_by_the_classes_that_they_name() {
    let (Some(programs), Some(classes)) = (environment::programs(), environment::classes()) else {
        return;
    };
    let mut validating = Command::new(programs.join("python"))
        .arg(environment::script("schemas.py"))
        .env("PYTHONPATH", classes)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    let mut input = validating.stdin.take().expect("piped");
    let feeder = std::thread::spawn(move || input.write_all(lines().as_bytes()));
    let output = validating.wait_with_output().expect("waited");
    assert!(output.status.success(), "the script has failed");
    feeder.join().expect("no panic").expect("fed");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let members = |name: &str| found[name].as_object().expect("an object").clone();
    for (name, count) in members("unknown") {
        eprintln!("SKIPPED: {count} messages of {name}: no class of that name is published");
    }
    let valid = members("valid");
    println!("{} classes find their messages valid", valid.len());
    let faults = members("faults").into_iter();
    let faults: Vec<String> = faults
        .map(|(fault, count)| format!("{count:>3} × {fault}"))
        .collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(valid.len() > 50, "{valid:?}");
}

/// Messages of all kinds, one a line.
fn lines() -> String {
    let mut seen = BTreeMap::<(String, String), usize>::new();
    let mut lines = String::new();
    for sample in simulator::messages(1).take(MADE) {
        let schema = sample.headers["fedora_messaging_schema"].to_string();
        let count = seen.entry((schema, sample.topic.clone())).or_default();
        *count += 1;
        if *count <= OF_EACH {
            let body: Value = serde_json::from_str(&sample.body).expect("JSON");
            let line = json!({"topic": sample.topic, "headers": sample.headers, "body": body});
            lines += &format!("{line}\n");
        }
    }
    lines
}
