//! The rights of `docs/grants.sql`: enough for both programs, and no more.

use std::time::Duration;

use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Grepper, Nommer, clean, config, migrate};
use crate::support::{eventually, rows};

const GRANTS: &str = include_str!("../../../docs/grants.sql");
const TOPIC: &str = "org.fedoraproject.prod.git.receive";

#[test]
fn programs_work_with_the_least_rights_and_have_no_others() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let sql = |text: &str| postgres.run_sql(&database.name, text);
    sql("CREATE ROLE nommer LOGIN; CREATE ROLE grepper LOGIN").expect("roles");
    for _ in 0..2 {
        // Years to come are the owner's to make; the second time is that after an upgrade.
        sql("SELECT messages_add_partition(extract(year FROM now())::int)").expect("a partition");
        sql(GRANTS).expect("granted");
    }
    let url = |role: &str| database.url.replacen("postgres@", &format!("{role}@"), 1);

    let mut nommer = Nommer::start(&config(&rabbit.url(), &url("nommer"), "rights", "#"));
    eventually("it consumes", Duration::from_secs(30), || {
        nommer.log().contains("consuming")
    });
    let publisher = Publisher::connect(&rabbit.url());
    let body = br#"{"agent": "alice", "commit": {"username": "bob", "repo": "kernel"}}"#;
    publisher.publish(TOPIC, properties("rights-1", None), body);
    publisher.publish(TOPIC, properties("rights-2", None), b"no JSON");
    let count = |table: &str| {
        rows(
            postgres,
            &database.name,
            &format!("SELECT count(*) FROM {table}"),
        )
    };
    eventually("both are kept", Duration::from_secs(30), || {
        count("messages") == ["1"] && count("dead_letters") == ["1"]
    });
    eventually("the notes are folded", Duration::from_secs(60), || {
        count("counter_changes") == ["0"] && count("counters") != ["0"]
    });
    assert_eq!(nommer.terminate(), Some(0), "{}", nommer.log());
    assert!(!nommer.log().contains("no right"), "{}", nommer.log());
    for arguments in [&["counters", "verify"][..], &["extract", "all"]] {
        let output = clean("nommer")
            .args(arguments)
            .env("DATABASE_URL", url("nommer"))
            .output()
            .expect("nommer");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    let grepper = Grepper::start(&url("grepper"), &[]);
    for path in [
        "/raw?category=git",
        "/raw?user=bob&package=kernel&delta=86400",
        "/v2/search?contains=kernel&delta=60&category=git",
        "/charts/line",
        "/messagecount",
        "/healthz/ready",
    ] {
        let answer = grepper.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    assert_eq!(grepper.get("/raw?category=git").json()["total"], 1);

    for (role, statement) in [
        ("grepper", "SELECT 1 FROM dead_letters"),
        ("grepper", "INSERT INTO users (name) VALUES ('x')"),
        ("grepper", "UPDATE messages SET topic = 'x'"),
        ("grepper", "DELETE FROM counter_changes"),
        ("grepper", "CREATE TABLE x ()"),
        ("nommer", "DELETE FROM messages"),
        ("nommer", "UPDATE messages SET msg = '{}'"),
        ("nommer", "TRUNCATE counters"),
        ("nommer", "DROP TABLE users"),
        ("nommer", "CREATE TABLE x ()"),
    ] {
        let as_role = format!("SET ROLE {role}; {statement}");
        let error = sql(&as_role).expect_err(statement).to_string();
        let refused = ["permission denied", "must be owner"];
        assert!(
            refused.iter().any(|text| error.contains(text)),
            "{role}: {statement}: {error}"
        );
    }
}
