//! What the incumbent's programs answered, compared with what the links answer.

use serde_json::Value;

use crate::support::{golden_database, shared_data};
use crate::typed::{Ended, run};

#[test]
fn links_answer_what_the_incumbent_answered() {
    let (Some(url), Some(cases)) = (
        golden_database::url(),
        shared_data::ndjson("reference/golden/cli-cases.ndjson"),
    ) else {
        return;
    };
    let mut wrong = Vec::new();
    for case in &cases {
        let typed: Vec<&str> = case["argv"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|argument| argument.as_str().expect("a text"))
            .collect();
        let ended = run(url, &typed);
        if let Some(difference) = difference(case, &ended) {
            wrong.push(format!("{typed:?}: {difference}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    println!("{} cases", cases.len());
}

/// In what an answer is not the expected one.
fn difference(case: &Value, ended: &Ended) -> Option<String> {
    if ended.code.map(i64::from) != case["exit"].as_i64() {
        return Some(format!("ended with {:?}: {}", ended.code, ended.stderr));
    }
    if let Some(expected) = case["stderr_last_line"].as_str()
        && ended.last_words() != expected
    {
        return Some(format!("said {:?}", ended.stderr));
    }
    let mut expected = case["stdout"].as_str().expect("a text").to_owned();
    let mut given = ended.text().to_owned();
    if case["class"] == "bug" {
        // Readers of JSON get null for what is no number.
        expected = expected.replace("-Infinity", "null");
        expected = expected.replace("Infinity", "null").replace("NaN", "null");
    }
    // Wherever the incumbent has an order, it is one of the database's.
    let is_stats = case["argv"][0] == "datanommer-stats";
    if case["unordered"] == true || is_stats {
        (expected, given) = (sorted(&expected, is_stats), sorted(&given, is_stats));
    }
    (given != expected).then(|| format!("\n  {given}instead of\n  {expected}"))
}

/// An answer with its lines, or the items of its array, in order.
fn sorted(answer: &str, of_lines: bool) -> String {
    let separator = if of_lines { "\n" } else { "},{" };
    let inner = answer.trim_end().trim_start_matches("[{");
    let mut parts: Vec<&str> = inner.trim_end_matches("}]").split(separator).collect();
    parts.sort_unstable();
    parts.join("\n") + "\n"
}
