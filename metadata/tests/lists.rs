//! Lists in bodies are read whole, up to a number of bytes.

use metadata::{MessageView, Rules};
use serde_json::json;

/// The packages of an update with so many builds, and how many parts of rules did not fit.
fn packages(builds: usize) -> (Vec<String>, u64) {
    let rules = Rules::embedded();
    let builds: Vec<_> = (0..builds)
        .map(|n| json!({"nvr": format!("p{n:06}-1-1")}))
        .collect();
    let headers = json!({"fedora_messaging_schema": "bodhi.update.request.testing.v1"});
    let message = MessageView {
        topic: "org.fedoraproject.prod.bodhi.update.request.testing",
        headers: &headers.to_string(),
        body: &json!({"update": {"builds": builds}}).to_string(),
    };
    (rules.read(&message).packages(), rules.misfits())
}

#[test]
fn no_name_of_a_long_list_is_left_out() {
    let (packages, misfits) = packages(30_000);
    assert_eq!(packages.len(), 30_000);
    assert_eq!(packages.last().map(String::as_str), Some("p029999"));
    assert_eq!(misfits, 0);
}

#[test]
fn a_list_that_is_too_long_is_told_and_its_beginning_counts() {
    let (packages, misfits) = packages(300_000);
    assert!(
        (100_000..300_000).contains(&packages.len()),
        "{}",
        packages.len()
    );
    assert_eq!(misfits, 1);
}
