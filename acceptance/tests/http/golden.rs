//! Recorded requests and answers of the incumbent.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::golden_compare::difference;
use crate::support::http::{Answer, request};
use crate::support::programs::Grepper;
use crate::support::{golden_database, shared_data};

#[test]
fn every_contract_case_is_kept_and_every_bug_is_mended() {
    let (Some(url), Some(cases)) = (
        golden_database::url(),
        shared_data::ndjson("reference/golden/cases.ndjson"),
    ) else {
        return;
    };
    let mut servers = BTreeMap::<String, Grepper>::new();
    let mut tally = BTreeMap::<String, usize>::new();
    let mut failures = Vec::new();
    for case in &cases {
        let server = servers
            .entry(case["config"].to_string())
            .or_insert_with(|| {
                Grepper::start(
                    url,
                    &arguments(&case["config"])
                        .iter()
                        .map(String::as_str)
                        .collect::<Vec<_>>(),
                )
            });
        let answer = ask(server, &case["request"]);
        let difference = difference(case, &answer, &server.authority);
        let class = case["class"].as_str().expect("a class");
        let verdict = match (class, &difference) {
            (_, None) => "as the incumbent",
            ("contract", Some(_)) => "BROKEN",
            ("quirk", Some(_)) => "improved",
            (_, Some(_)) => "mended",
        };
        *tally.entry(format!("{class}: {verdict}")).or_default() += 1;
        // What the incumbent answers with a failure must not stay one.
        let fails = answer.status >= 500;
        let recommended = case["recommend"]
            .as_str()
            .is_none_or(|text| !text.starts_with("400") || answer.status == 400);
        if verdict == "BROKEN" || fails || !recommended {
            failures.push(format!(
                "{} {} {}: {}",
                case["id"],
                case["request"]["method"],
                case["request"]["path"],
                difference.unwrap_or_else(|| format!(
                    "status {}, recommended: {}",
                    answer.status, case["recommend"]
                ))
            ));
        } else if class != "contract" {
            println!(
                "{} {}: {}",
                case["id"],
                verdict,
                difference
                    .unwrap_or_default()
                    .chars()
                    .take(160)
                    .collect::<String>()
            );
        }
    }
    println!("{} golden HTTP cases:", cases.len());
    for (verdict, count) in &tally {
        println!("  {count:4} {verdict}");
    }
    assert!(
        failures.is_empty(),
        "{} cases:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn ask(server: &Grepper, case: &Value) -> Answer {
    let headers: Vec<(&str, &str)> = case["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
        .collect();
    let path = case["path"].as_str().expect("a path");
    request(
        case["method"].as_str().expect("a method"),
        &format!("{}{path}", server.authority),
        &headers,
    )
}

/// The incumbent's settings as grepper's flags.
fn arguments(config: &Value) -> Vec<String> {
    let mut arguments = Vec::new();
    for (key, value) in config.as_object().into_iter().flatten() {
        let values = match value {
            Value::Array(values) => values.clone(),
            value => vec![value.clone()],
        };
        for value in values {
            arguments.push(format!("--{}", key.to_lowercase().replace('_', "-")));
            arguments.push(
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            );
        }
    }
    arguments
}
