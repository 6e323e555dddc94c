//! Each version of PostgreSQL that is here does what an archive is for.

use std::time::Duration;

use devstack::{Postgres, PostgresOptions, PostgresVersion, postgres_versions};
use serde_json::json;

use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Grepper, Nommer, config, migrate, verify_counters};
use crate::support::{eventually, rows};

/// What operators run.
const SUPPORTED: [u32; 4] = [15, 16, 17, 18];
const MESSAGES: usize = 60;

fn works(version: &PostgresVersion) {
    let postgres = Postgres::start(PostgresOptions {
        programs: Some(version.programs.clone()),
        ..PostgresOptions::default()
    })
    .expect("a PostgreSQL server");
    let major = version.major.to_string();
    let told = rows(&postgres, "postgres", "SHOW server_version").remove(0);
    assert!(told.starts_with(&major), "{told} is not {major}");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let key = format!("postgres.{major}");
    let queue = format!("postgres-{major}");
    let mut nommer = Nommer::start(&config(&rabbit.url(), &database.url, &queue, &key));
    eventually("it consumes", Duration::from_secs(30), || {
        nommer.log().contains("consuming broker")
    });
    let user = |n: usize| format!("fedora_messaging_user_u{}", n % 3);
    let properties = |n: usize| {
        let headers = json!({user(n): true, "sent-at": "2024-05-01T10:00:00+00:00"});
        from_json(&json!({"message_id": format!("{major}-{n}"), "headers": headers}))
    };
    // The last comes twice.
    let all = (0..MESSAGES).chain([MESSAGES - 1]);
    Publisher::connect(&rabbit.url())
        .publish_all(all.map(|n| (key.clone(), properties(n), b"{}".to_vec())));
    let grepper = Grepper::start(&database.url, &[]);
    let total = |query: &str| {
        let path = format!("/raw?start=1&{query}");
        grepper.get(&path).json()["total"].clone()
    };
    eventually("all are found", Duration::from_secs(30), || {
        total("") == MESSAGES
    });
    assert_eq!(total("user=u1"), MESSAGES / 3);
    assert_eq!(total("user=u1&user=u2"), MESSAGES / 3 * 2);
    assert_eq!(total(&format!("topic={key}&not_user=u0")), MESSAGES / 3 * 2);
    assert_eq!(grepper.get(&format!("/id?id={major}-7")).status, 200);
    assert_eq!(nommer.terminate(), Some(0), "{}", nommer.log());
    verify_counters(&database.url);
    println!("PostgreSQL {told}: stored, found and counted");
}

#[test]
fn messages_are_stored_found_and_counted_on_each_postgresql() {
    let versions = postgres_versions();
    assert!(!versions.is_empty(), "no PostgreSQL at all");
    for major in SUPPORTED {
        match versions.iter().find(|version| version.major == major) {
            Some(version) => works(version),
            None => println!("SKIPPED: no PostgreSQL {major} (./install --postgres {major})"),
        }
    }
}
