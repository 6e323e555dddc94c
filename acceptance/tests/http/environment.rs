//! The settings of whoever runs the tests reach no program under test.

use std::process::Command;

use crate::own_database::{self, MINUTES};
use crate::support::http::Answer;
use crate::support::programs::{Grepper, clean};

/// Carries the database from the test to itself, run once more with [`HOSTILE`] around it.
const DATABASE: &str = "TEST_OF_THE_ENVIRONMENT";

/// Each of these stops or changes a program that it reaches.
const HOSTILE: [(&str, &str); 11] = [
    ("AMQP_URL", "nonsense"),
    ("DATABASE_URL", "nonsense"),
    ("FEDORA_MESSAGING_CONF", "/no/such/file"),
    ("GREPPER_BASE_PATH", "/elsewhere"),
    ("GREPPER_CONFIG", "/no/such/file"),
    ("GREPPER_POOL_SIZE", "bad"),
    ("GREPPER_RULES", "/no/such/folder"),
    ("LOG_FORMAT", "json"),
    ("NOMMER_RULES", "/no/such/folder"),
    ("PGOPTIONS", "-c default_transaction_read_only=nonsense"),
    ("RUST_LOG", "trace"),
];

#[test]
fn settings_of_the_tests_own_environment_reach_no_program() {
    if let Ok(database_url) = std::env::var(DATABASE) {
        return programs_work_as_usual(&database_url);
    }
    let name = "environment::settings_of_the_tests_own_environment_reach_no_program";
    let output = Command::new(std::env::current_exe().expect("this test's binary"))
        .args(["--exact", name, "--nocapture"])
        .envs(HOSTILE)
        .env(DATABASE, &own_database::get().url)
        .output()
        .expect("run");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}

fn programs_work_as_usual(database_url: &str) {
    let nommer = clean("nommer")
        .args(["check-config", "-c", "/dev/null"])
        .output()
        .expect("nommer");
    let text = String::from_utf8_lossy(&nommer.stdout) + String::from_utf8_lossy(&nommer.stderr);
    assert!(nommer.status.success(), "{text}");
    assert!(!text.contains("nonsense"), "{text}");

    let grepper = Grepper::start(database_url, &[]);
    let answer: Answer = grepper.get("/raw?rows_per_page=1&delta=86400");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["total"], MINUTES);
    let log = grepper.process.log().expect("its log");
    assert!(log.contains("INFO") && !log.contains("TRACE"), "{log}");
}
