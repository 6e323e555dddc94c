//! A comparison while both programs store: one of them is always a moment ahead.

use std::thread;
use std::time::Duration;

use archive::NewMessage;
use chrono::{NaiveDateTime, Timelike, Utc};

use crate::adopt::{Both, both};
use crate::support::message;

fn stores_there(both: &Both, id: &str, at: NaiveDateTime) {
    both.old.sql(&format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, source_name, source_version, msg, headers)
           VALUES ('{id}', 0, '{}', '{at}', 'wiki', 'datanommer', '1.5.0', '{{}}', '{{}}');
           INSERT INTO users (name) VALUES ('{id}');
           INSERT INTO users_messages SELECT users.id, messages.id, "timestamp"
               FROM users JOIN messages ON name = msg_id WHERE name = '{id}'"#,
        message(id).topic
    ));
}

#[test]
fn messages_that_are_on_their_way_are_not_missing() {
    let both = both();
    let now = Utc::now().naive_utc().with_nanosecond(0).expect("a time");
    let ids = ["early", "late", "later", "never"];
    for id in ids {
        stores_there(&both, id, now);
    }
    let stores_here = |id: &str| {
        both.new.store([NewMessage {
            timestamp: now,
            users: vec![id.to_owned()],
            ..message(id)
        }])
    };
    stores_here("early");
    let verified = thread::scope(|scope| {
        scope.spawn(|| {
            for id in ["late", "later"] {
                thread::sleep(Duration::from_millis(1500));
                stores_here(id);
            }
        });
        both.verify()
    });
    let told = format!(
        "{}: 1 of {} are missing here: never",
        now.date(),
        message("").topic
    );
    assert_eq!(verified.differences, [told]);
}
