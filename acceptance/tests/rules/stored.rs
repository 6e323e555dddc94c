//! What rules change of a message before it is stored.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows};

#[test]
fn bodies_and_priorities_are_stored_as_the_rules_say_in_the_archives_form() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let mut nommer = Nommer::start(&config(&rabbit.url(), &database.url, "stored", "stored.#"));
    nommer
        .process
        .wait_for_line("consuming", Duration::from_secs(60))
        .expect("it consumes");
    let publisher = Publisher::connect(&rabbit.url());
    let publish = |id: &str, schema: &str, body: &str| {
        let properties = from_json(&json!({
            "message_id": id, "content_encoding": "utf-8",
            "headers": {"fedora_messaging_schema": schema, "priority": 7, "sent-at": "2024-05-01T00:00:00+00:00"},
        }));
        publisher.publish("stored.b.c.d", properties, body.as_bytes());
    };
    publish(
        "mail",
        "journal.ipa.user_add.v1",
        r#"{"IPA_API_ACTOR":"ann@ZOO.EXAMPLE","number":1.10,"name":"Zoë",
            "IPA_API_PARAMS":"{\"uid\": \"zoë\", \"mail\": [\"zoe@zoo.example\"], \"x\": 1}",
            "MESSAGE":"user_add, \"mail\": [\"zoe@zoo.example\"], done"}"#,
    );
    publish(
        "wrapped",
        "copr.build.start",
        r#"{"i":1,"msg":{"user":"ann","build":12345678901234567890}}"#,
    );
    publish(
        "tagged",
        "koji_fedoramessaging.tag.TagV1",
        r#"{"tag":"eln-build","user":"ann","name":"zsh"}"#,
    );
    let stored = || {
        rows(
            postgres,
            &database.name,
            "SELECT msg_id, msg, headers ->> 'priority' FROM messages ORDER BY 1",
        )
    };
    eventually("they are stored", Duration::from_secs(20), || {
        stored().len() == 3
    });
    let mail = concat!(
        r#"mail|{"IPA_API_ACTOR": "ann@ZOO.EXAMPLE", "number": 1.10, "name": "Zo\u00eb", "#,
        r#""IPA_API_PARAMS": "{\"uid\": \"zo\u00eb\", \"x\": 1}", "MESSAGE": "user_add, done"}|7"#,
    );
    assert_eq!(
        stored(),
        [
            mail,
            r#"tagged|{"tag": "eln-build", "user": "ann", "name": "zsh"}|1"#,
            r#"wrapped|{"user": "ann", "build": 12345678901234567890}|7"#,
        ]
    );
    // No trace of the address is anywhere.
    let dump = rows(
        postgres,
        &database.name,
        "SELECT m::text FROM messages m UNION ALL SELECT name FROM users",
    );
    assert!(dump.iter().all(|row| !row.contains("zoe@")), "{dump:?}");
    // The same message again is still the same message.
    publish(
        "wrapped",
        "copr.build.start",
        r#"{"i":1,"msg":{"user":"ann","build":12345678901234567890}}"#,
    );
    eventually("it came again", Duration::from_secs(20), || {
        nommer.log().contains("duplicates=1")
    });
    assert_eq!(stored().len(), 3);
    let users: Vec<Value> = rows(postgres, &database.name, "SELECT name FROM users")
        .into_iter()
        .map(Value::from)
        .collect();
    assert!(
        users.contains(&json!("ann")) && users.contains(&json!("zoë")),
        "{users:?}"
    );
}
