//! What made-up messages are about, and that each table of `[[subjects]]` tells of one.

use std::fs;
use std::path::Path;

use metadata::Rules;
use serde_json::json;
use toml::{Table, Value};

/// Messages with the subjects that they have.
const SAMPLES: &str = include_str!("subjects.ndjson");

#[test]
fn messages_have_the_subjects_that_the_samples_say() {
    let rules = Rules::embedded();
    for line in SAMPLES.lines() {
        let trial = rules.try_line(line).unwrap();
        assert_eq!(trial.differences, [], "{line}");
        assert_eq!(trial.compared, ["subjects"], "{line}");
    }
    assert_eq!(rules.misfits(), 0);
}

/// All values of a body and what is in them, by their paths.
fn pointers(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
    let mut go_on = |key: &str, inner| {
        let path = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers(inner, &path, found);
        found.push(path);
    };
    match value {
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(key, inner)| go_on(key, inner));
        }
        serde_json::Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, inner)| go_on(&index.to_string(), inner));
        }
        _ => {}
    }
}

#[test]
fn the_rules_fit_whatever_is_where_they_look_for_texts() {
    let rules = Rules::embedded();
    let mut wrong = Vec::new();
    for line in SAMPLES.lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut paths = Vec::new();
        pointers(&message["body"], "/body", &mut paths);
        for path in paths {
            for other in [json!(7), json!(true), json!([7]), json!({"a": 7})] {
                let mut message = message.clone();
                *message.pointer_mut(&path).unwrap() = other;
                let before = rules.misfits();
                rules.try_line(&message.to_string()).unwrap();
                if rules.misfits() > before {
                    wrong.push(format!("{} {path}", message["topic"]));
                }
            }
        }
    }
    wrong.dedup();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_table_tells_of_a_sample() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut tables = 0;
    for folder in [folder.clone(), folder.join("fedmsg")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let file: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
            let Some(Value::Array(all)) = file.get("subjects") else {
                continue;
            };
            for table in all {
                tables += 1;
                let mut alone = Table::new();
                alone.extend(
                    file.get("let")
                        .map(|names| ("let".to_owned(), names.clone())),
                );
                alone.insert("subjects".to_owned(), vec![table.clone()].into());
                let rules = Rules::parse("alone.toml", &alone.to_string()).unwrap();
                let told = |line| !rules.try_line(line).unwrap().subjects.is_empty();
                assert!(SAMPLES.lines().any(told), "{}: {table}", path.display());
            }
        }
    }
    assert!(tables > 20, "{tables}");
}

/// The subjects of a message with one topic, by the only table of a file.
fn subjects(table: &str, body: &str) -> String {
    let text = format!("[[subjects]]\ntopics = ['zoo.#']\n{table}");
    let rules = Rules::parse("zoo.toml", &text).expect("no mistakes");
    let line = format!(r#"{{"topic": "org.example.stg.zoo.fed", "body": {body}}}"#);
    let subjects = rules.try_line(&line).expect("a message").subjects;
    let subjects: Vec<_> = subjects.iter().map(ToString::to_string).collect();
    subjects.join(" ")
}

#[test]
fn a_new_kind_needs_no_program() {
    let body = r#"{"cage": ["b 2", "a", "b 2", null, "", 7], "keeper": {"name": "ann"}}"#;
    let told = subjects(
        "cage = 'cage'\nkeeper-of_2 = ['keeper.name', 'nobody']",
        body,
    );
    assert_eq!(told, "cage:7 cage:a cage:b 2 keeper-of_2:ann");
}

#[test]
fn what_does_not_fit_gives_nothing_and_is_counted() {
    let text = "[[subjects]]\ntopics = 'zoo'\nbuild = ['a + 1', 'b']\n";
    let rules = Rules::parse("zoo.toml", text).unwrap();
    let line = r#"{"topic": "org.example.prod.zoo", "body": {"a": "x", "b": 5}}"#;
    let trial = rules.try_line(line).unwrap();
    assert_eq!(trial.subjects.len(), 1);
    assert_eq!(rules.misfits(), 1);
}

#[test]
fn a_table_of_a_directory_takes_the_place_of_one_that_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[[subjects]]\ntopics = ['buildsys.tag', 'zoo.*']\ntag = 'tag'\n";
    fs::write(folder.path().join("zoo.toml"), text).unwrap();
    let rules = Rules::with_directory(folder.path()).unwrap();
    let told = |topic: &str| {
        let line = format!(
            r#"{{"topic": "org.fedoraproject.prod.{topic}", "body": {{"tag": "f50", "build_id": 7}}}}"#
        );
        rules.try_line(&line).unwrap().subjects
    };
    assert_eq!(told("buildsys.tag")[0].to_string(), "tag:f50");
    assert_eq!(told("buildsys.tag").len(), 1);
    assert_eq!(told("zoo.fed")[0].to_string(), "tag:f50");
    assert_eq!(told("buildsys.untag")[0].to_string(), "build:7");
}

#[test]
fn mistakes_in_tables_are_named_with_their_lines() {
    for (text, expected) in [
        (
            "[[subjects]]\nnvr = 'nvr'\n",
            "zoo.toml:1: [[subjects]] needs `topics`",
        ),
        (
            "[[subjects]]\ntopics = 'a'\nschemas = 'x.v1'\n",
            "zoo.toml:3: [[subjects]] are chosen by `topics` alone",
        ),
        (
            "[[subjects]]\ntopics = 'a'\nNVR = 'nvr'\n",
            "zoo.toml:3: `NVR` is no kind of subject: small letters, digits, `-` and `_`, a letter first",
        ),
        (
            "[[subjects]]\ntopics = 'a'\nnvr = 7\n",
            "zoo.toml:3: `nvr` must be a text or a list of texts",
        ),
        (
            "[[subjects]]\ntopics = 'a'\nnvr = [\n'a',\n'b | pik',\n]\n",
            "zoo.toml:5: there is no function `pik`",
        ),
        (
            "[[subjects]]\ntopics = 'a'\n[[subjects]]\ntopics = ['b', 'a']\n",
            "zoo.toml:3: `a` already has a [[subjects]] in this file",
        ),
        (
            "subjects = [7]\n",
            "zoo.toml:1: `subjects` is made of tables: [[subjects]]",
        ),
    ] {
        let faults = Rules::parse("zoo.toml", text).unwrap_err();
        assert_eq!(faults.to_string(), expected, "{text}");
    }
}
