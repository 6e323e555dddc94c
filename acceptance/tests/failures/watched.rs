//! What those who watch are told while things go wrong.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use devstack::{RabbitOptions, StopMode};

use crate::alerts::graphs;
use crate::stack::Stack;
use crate::support::eventually;
use crate::support::http::get;
use crate::support::programs::{Grepper, watched_at};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// nommer, and the address at which it is watched.
pub(crate) fn start() -> (Stack, String) {
    let stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        // Top-level tables come in any order.
        let file = Stack::config_of(rabbit, database);
        format!("{file}\n[monitoring]\naddress = 'localhost'\nport = 0\n")
    });
    let address = watched_at(&stack.nommer.process);
    (stack, address)
}

/// The value of a metric, given with its labels.
fn metric(address: &str, name: &str) -> Option<f64> {
    let text = get(&format!("{address}/metrics")).body;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map(|value| value.parse().unwrap_or_else(|_| panic!("{value}")))
}

/// What is told only with encryption, where something is expected, of queues with a limit, of replicas and standbys, and
/// of backups, as the tests of that hold.
const TOLD_ELSEWHERE: [&str; 11] = [
    "grepper_replica_fit",
    "grepper_replica_lag_seconds",
    "nommer_backup_timestamp_seconds",
    "nommer_backup_age_seconds",
    "nommer_log_archived_timestamp_seconds",
    "nommer_certificate_expiry_timestamp_seconds",
    "nommer_expected_newest_timestamp_seconds",
    "nommer_expected_age_seconds",
    "nommer_queue_ready_messages",
    "nommer_queue_fullness_ratio",
    "nommer_queue_time_to_loss_seconds",
];

/// The names of all metrics, as rules have them.
fn names(address: &str) -> BTreeSet<String> {
    let text = get(&format!("{address}/metrics")).body;
    let names = text.lines().filter_map(|line| {
        let line = line.strip_prefix("# TYPE ").unwrap_or(line);
        line.split([' ', '{']).next().filter(|name| *name != "#")
    });
    names.chain(TOLD_ELSEWHERE).map(str::to_owned).collect()
}

/// Names and texts of metrics are as Prometheus wants them.
fn assert_well_named(address: &str) {
    let mut promtool = Command::new("promtool");
    let promtool = promtool
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut promtool) = promtool.spawn() else {
        println!("SKIPPED: no promtool (Debian: apt-get install prometheus)");
        return;
    };
    let metrics = get(&format!("{address}/metrics")).body;
    let mut stdin = promtool.stdin.take().expect("a pipe");
    stdin.write_all(metrics.as_bytes()).expect("written");
    drop(stdin);
    let checked = promtool.wait_with_output().expect("promtool ends");
    let told = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{told}");
}

fn names_of_grepper(stack: &Stack) -> BTreeSet<String> {
    let grepper = Grepper::start(&stack.database.url, &["--monitoring", "127.0.0.1:0"]);
    assert_eq!(grepper.get("/raw").status, 200);
    let address = watched_at(&grepper.process);
    assert_well_named(&address);
    names(&address)
}

/// Each metric of ours that expressions name is there.
fn assert_there_are(metrics: &BTreeSet<String>, expressions: &str) {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let ours = ["nommer_", "grepper_", "process_"];
    let words = expressions.split(|c| !is_of_name(c));
    let asked: Vec<&str> = words
        .filter(|word| ours.iter().any(|prefix| word.starts_with(prefix)))
        .collect();
    assert!(asked.len() > 15, "{asked:?}");
    for name in asked {
        assert!(metrics.contains(name), "{name} is not among {metrics:?}");
    }
}

/// Where annotations of alerts lead: to what Prometheus is told, else to the file of the package.
const RUNBOOK: &str = "{{ with $externalLabels.runbook }}{{ . }}{{ else }}file:///usr/share/doc/nommer/runbook.md{{ end }}";

/// Alerts and dashboards ask for metrics that there are, and each alert leads to a section of the runbook.
fn assert_alerts_are_of(metrics: &BTreeSet<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    let (rules, runbook) = (read("deploy/prometheus/rules.yml"), read("docs/runbook.md"));
    assert_there_are(metrics, &rules);
    assert_there_are(metrics, &graphs::expressions().join("\n"));
    for alert in rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
    {
        assert!(runbook.contains(&format!("\n## {alert}\n")), "{alert}");
        let link = format!("runbook_url: '{RUNBOOK}#{}'\n", alert.to_lowercase());
        assert!(rules.contains(&link), "{link}");
    }
}

/// The status of the check of readiness, and what is wrong.
fn ready(address: &str) -> (u16, String) {
    let answer = get(&format!("{address}/healthz/ready"));
    let title = answer.json()["title"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status, title)
}

/// Waits until the check of readiness answers so.
pub(crate) fn becomes(address: &str, status: u16, title: &str) {
    let what = format!("readiness becomes {status} {title}");
    eventually(&what, PATIENCE, || {
        let (now, told) = ready(address);
        now == status && told.contains(title)
    });
}

#[test]
fn readiness_and_metrics_follow_what_happens() {
    let (mut stack, address) = start();
    becomes(&address, 200, "OK");
    for (path, body) in [
        ("/healthz/live", "{\"status\":200,\"title\":\"OK\"}"),
        ("/healthz/started", "{\"status\":200,\"title\":\"OK\"}"),
        ("/live", "{\"status\": \"OK\"}\n"),
        (
            "/ready",
            "{\"consuming\": true, \"published\": 0, \"consumed\": {\"received\": 0, \"processed\": 0, \
             \"dropped\": 0, \"rejected\": 0, \"failed\": 0}}\n",
        ),
    ] {
        assert_eq!(get(&format!("{address}{path}")).body, body, "{path}");
    }

    let stream = stack.stream();
    stack.wait_for_stored(400);
    let lock = stack.lock_messages();
    becomes(&address, 503, "late with a batch");
    assert!(metric(&address, "nommer_held_messages") > Some(0.0));
    assert!(metric(&address, "nommer_held_bytes") > Some(0.0));
    stack.unlock(lock);
    becomes(&address, 200, "OK");

    stack.postgres.stop(StopMode::Fast).expect("stopped");
    becomes(&address, 503, "the database takes no messages");
    stack.postgres.start_again().expect("started");
    becomes(&address, 200, "OK");

    stack.assert_all_stored_once(stream);
    eventually("nothing is held", Duration::from_secs(30), || {
        metric(&address, "nommer_held_messages") == Some(0.0)
    });
    let settled = |outcome: &str| {
        let name = format!("nommer_deliveries_total{{queue=\"load\",outcome=\"{outcome}\"}}");
        metric(&address, &name).unwrap_or_default()
    };
    // Of a commit whose answer was lost, messages are found to be there by the next try.
    let (stored, found) = (settled("stored") as usize, settled("duplicate") as usize);
    let all = stack.stored();
    assert!(
        stored <= all && all <= stored + found,
        "{stored} {found} {all}"
    );
    assert_eq!(settled("put_aside") as usize, 0);
    assert_eq!(metric(&address, "nommer_held_bytes"), Some(0.0));
    assert_eq!(metric(&address, "nommer_consuming"), Some(1.0));
    assert_eq!(metric(&address, "nommer_dead_letters"), Some(0.0));
    let read = metric(&address, "nommer_rules_loaded_timestamp_seconds");
    let stored = metric(&address, "nommer_last_commit_timestamp_seconds");
    assert!(Some(0.0) < read && read < stored, "{read:?} {stored:?}");
    let until = metric(&address, "nommer_partition_until_timestamp_seconds");
    assert!(until > metric(&address, "nommer_last_commit_timestamp_seconds"));
    let folded = "nommer_task_last_success_timestamp_seconds{task=\"keep_counters\"}";
    eventually("counters are folded", PATIENCE, || {
        metric(&address, folded) > Some(0.0)
    });
    let batches = metric(&address, "nommer_batch_messages_count");
    let stored = metric(&address, "nommer_batch_seconds_count{stage=\"store\"}");
    assert!(batches > Some(0.0) && batches == stored);
    assert_well_named(&address);
    assert_alerts_are_of(
        &names(&address)
            .union(&names_of_grepper(&stack))
            .cloned()
            .collect(),
    );
}
