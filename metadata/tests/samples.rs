//! The project's own made-up messages: at least one for each rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use metadata::Rules;
use serde_json::Value;

/// All lines of all sample files, with where they stand.
fn samples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut samples = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        for (index, line) in fs::read_to_string(&path).expect("text").lines().enumerate() {
            samples.push((format!("{}:{}", path.display(), index + 1), line.to_owned()));
        }
    }
    samples
}

#[test]
fn rules_answer_as_the_samples_say() {
    let rules = Rules::embedded();
    for (place, line) in samples() {
        let trial = rules.try_line(&line).unwrap();
        assert_eq!(trial.differences, [], "{place}");
        assert!(!trial.compared.is_empty(), "{place} expects nothing");
        let text = trial.meaning.text.as_deref();
        assert!(
            text.is_none_or(|text| text.starts_with(&trial.meaning.summary)),
            "{place}"
        );
        // Our own sentences are known word for word.
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            line["expected"]["summary"], trial.meaning.summary,
            "{place}"
        );
    }
    assert_eq!(rules.misfits(), 0);
}

#[test]
fn every_schema_has_a_sample() {
    let samples: Vec<Value> = samples()
        .iter()
        .map(|(_, line)| serde_json::from_str(line).unwrap())
        .collect();
    let sampled: BTreeSet<_> = samples
        .iter()
        .filter_map(|sample| sample["headers"]["fedora_messaging_schema"].as_str())
        .collect();
    for schema in Rules::embedded().schemas() {
        assert!(sampled.contains(schema), "{schema}");
    }
}

#[test]
fn no_sample_loses_an_answer_when_a_member_is_missing() {
    // Whatever member is left out, there is a summary and nothing fails.
    let rules = Rules::embedded();
    for (place, line) in samples() {
        let sample: Value = serde_json::from_str(&line).unwrap();
        let body = if sample["msg"].is_object() {
            "msg"
        } else {
            "body"
        };
        for key in sample[body].as_object().unwrap().keys() {
            for replacement in [
                None,
                Some(Value::Null),
                Some(Value::from(7)),
                Some(Value::from(vec!["x"])),
            ] {
                let mut changed = sample.clone();
                let members = changed[body].as_object_mut().unwrap();
                match replacement {
                    None => drop(members.remove(key)),
                    Some(value) => drop(members.insert(key.clone(), value)),
                }
                let trial = rules.try_line(&changed.to_string()).unwrap();
                assert!(!trial.meaning.summary.is_empty(), "{place} without {key}");
                assert!(
                    !trial.meaning.summary.contains("None"),
                    "{place} without {key}"
                );
            }
        }
    }
    println!("{} parts of rules did not fit", rules.misfits());
}
