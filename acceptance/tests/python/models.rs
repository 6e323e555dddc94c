//! `datanommer.models` 1.5.0 on a database that our migrations made.

use std::process::Command;

use archive::{Body, ConnectionOptions, Identity, NewMessage, Writer};
use serde_json::{Value, json};

use crate::environment;
use crate::support::programs::{Grepper, migrate, verify_counters};

#[test]
fn the_published_models_search_fetch_and_add() {
    let Some(programs) = environment::programs() else {
        return;
    };
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    // Python trusts the session's time zone.
    postgres
        .run_sql(
            &database.name,
            &format!("ALTER DATABASE \"{}\" SET timezone = 'UTC'", database.name),
        )
        .expect("set");
    store_one(&database.url);
    let url = database
        .url
        .replacen("postgres://", "postgresql+psycopg2://", 1);
    let printed = environment::run(
        Command::new(programs.join("python"))
            .arg(environment::script("models.py"))
            .arg(&url),
    );
    let answers: Value = serde_json::from_str(&printed).expect("JSON");
    let expected = json!({
        "all": ["stored", "py-1", "py-2", "py-3"],
        "descending": ["py-3", "py-2", "py-1", "stored"],
        "time": ["py-2", "py-3"],
        "users": ["py-1", "py-2"],
        "not_users": ["stored", "py-3"],
        "packages": ["py-1", "py-3"],
        "not_packages": ["stored", "py-1", "py-2"],
        "categories": ["py-2"],
        "not_categories": ["stored", "py-1", "py-3"],
        "topics": ["py-1", "py-3"],
        "not_topics": ["stored", "py-2"],
        "agents": ["py-2"],
        // The incumbent drops messages without agent here.
        "not_agents": ["py-1"],
        "contains": ["py-2"],
        "msg_id": ["py-1"],
        "page": ["py-1"],
        "by_id": {"users": ["alice", "bob"], "dict": "two"},
        "first": "stored",
        "stored by nommer": ["stored"],
    });
    assert_eq!(answers, expected);
    verify_counters(&database.url);

    // And what the models added is served like any other message.
    let grepper = Grepper::start(&database.url, &[]);
    let found = grepper.get("/raw?user=alice&package=kernel").json();
    assert_eq!(
        (&found["total"], &found["raw_messages"][0]["msg_id"]),
        (&json!(1), &json!("py-1"))
    );
    assert_eq!(found["raw_messages"][0]["timestamp"], 1_714_557_601.0);
    assert_eq!(
        grepper.get("/raw?not_agent=bob&order=asc").json()["total"],
        3
    );
}

fn store_one(url: &str) {
    let writer = Writer::new(&ConnectionOptions {
        url: url.to_owned(),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: std::time::Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    });
    let time = chrono::NaiveDate::from_ymd_opt(2024, 4, 30)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .expect("a time");
    let mut batch = [NewMessage {
        msg_id: "stored".to_owned(),
        identity: Identity::IdAndTime,
        topic: "org.fedoraproject.prod.git.receive".to_owned(),
        timestamp: time,
        category: "git".to_owned(),
        agent_name: None,
        body: Body::parse(r#"{"text": "zero"}"#).expect("a body"),
        headers: Some(serde_json::Map::new()),
        legacy: None,
        users: vec!["nommer".to_owned()],
        packages: Vec::new(),
        subjects: archive::Subjects::default(),
    }];
    writer.store(&mut batch).expect("stored");
}
