//! What a person sees at a glance.

use std::io::Write as _;
use std::time::Duration;

use devstack::{Database, Rabbit, RabbitOptions, StopMode, free_port};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::stack::{QUEUE, Stack};
use crate::support::amqp::{Publisher, properties};
use crate::support::eventually;
use crate::support::programs::clean;

/// With what the broker tells of its queues.
fn settings(rabbit: &Rabbit, database: &Database, port: u16) -> String {
    let file = Stack::config_of(rabbit, database);
    let management = rabbit.management_url().expect("an API");
    with_monitoring(&format!("{file}management_url = '{management}'\n"), port)
}

pub fn with_monitoring(file: &str, port: u16) -> String {
    format!("{file}\n[monitoring]\naddress = 'localhost'\nport = {port}\n")
}

/// The code, and what is printed.
fn status(settings: &str, options: &[&str]) -> (Option<i32>, String) {
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(settings.as_bytes()).expect("written");
    let mut command = clean("nommer");
    command.args(["status", "--config"]).arg(file.path());
    let output = command.args(options).output().expect("run");
    let text = String::from_utf8(output.stdout).expect("text");
    println!("{text}");
    (output.status.code(), text)
}

#[test]
fn one_screen_tells_how_nommer_its_queues_and_the_archive_fare() {
    let port = free_port().expect("a port");
    let options = RabbitOptions {
        management: true,
        ..RabbitOptions::default()
    };
    let mut stack = Stack::start_with(options, |rabbit, database| settings(rabbit, database, port));
    let limit = [
        "set_policy",
        "sweeper",
        ".*",
        r#"{"max-length-bytes": 1000000}"#,
    ];
    stack.rabbit.rabbitmqctl(limit).expect("a policy");
    let settings = settings(&stack.rabbit, &stack.database, port);
    let publisher = Publisher::connect(&stack.rabbit.url());
    let message = |n: usize| {
        let properties = properties(&format!("id-{n}"), Some("2024-05-01T10:00:00+00:00"));
        let body = if n < 2 { "no JSON" } else { "{}" };
        ("load.x".to_owned(), properties, body.as_bytes().to_vec())
    };
    publisher.publish_all((0..1_202).map(message));
    eventually("all are stored", Duration::from_secs(60), || {
        stack.stored() == 1_200
    });
    eventually("the limit is known", Duration::from_secs(60), || {
        status(&settings, &[]).1.contains("% full")
    });
    let (code, screen) = status(&settings, &[]);
    assert_eq!(code, Some(0), "{screen}");
    for told in [
        "nommer      0.1.0, started ",
        "in all      1,202 received, 1,200 archived, 2 put aside\n",
        "held        nothing\n",
        "queue       load: 0 ready, 1 consumer, 0 % full\n",
        "archive     1,200 messages\n",
        "            2 dead letters, the last one ",
        "task        keep_counters ",
    ] {
        assert!(screen.contains(told), "{told} is not in\n{screen}");
    }
    let (_, json) = status(&settings, &["--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["nommer"]["totals"]["archived"], 1_200);
    assert_eq!(json["rates"]["received"], 0.0);
    assert_eq!(json["queues"][0]["name"], QUEUE);
    assert_eq!(json["nommer"]["queues"][0]["fullness"], 0.0);
    assert_eq!(json["archive"]["dead_letters"], 2);
    what_is_away_is_said(&mut stack, &settings);
}

fn what_is_away_is_said(stack: &mut Stack, settings: &str) {
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    let (code, screen) = status(settings, &[]);
    assert_eq!(code, Some(1));
    assert!(screen.contains("archive     ! the database is not available"));
    assert!(screen.contains("queue       load: "), "{screen}");
    stack.nommer.terminate();
    let (code, screen) = status(settings, &[]);
    assert_eq!(code, Some(1));
    assert!(
        screen.contains("nommer      ! nobody answers at "),
        "{screen}"
    );
    assert!(screen.contains("queue       ! load: 0 ready, NOBODY CONSUMES"));
    assert!(!screen.contains(&stack.database.url), "{screen}");
}
