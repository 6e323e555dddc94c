//! Rows of foreign writers, inserted by plain SQL in any order, are found like any others.

use archive::{Dimension, Match, PageRequest, Search};

use crate::support::migrated;

#[test]
fn rows_inserted_by_plain_sql_are_found() {
    let fixture = migrated();
    fixture.sql(
        "INSERT INTO users (id, name) VALUES (5, 'ralph');
         INSERT INTO users_messages VALUES (5, 77, '2013-03-28T17:25:38');
         INSERT INTO messages (id, msg_id, i, topic, \"timestamp\", category, msg, crypto)
         VALUES (77, '2013-x', 42, 'org.fedoraproject.prod.fas.user.create', '2013-03-28T17:25:38', 'fas', '{}', 'x509');
         INSERT INTO users (name) VALUES (NULL);
         INSERT INTO users_messages SELECT id, 77, '2013-03-28T17:25:38' FROM users WHERE name IS NULL",
    );
    let search = Search {
        filters: [(
            Dimension::Users,
            Match {
                any: vec!["ralph".to_owned()],
                none: Vec::new(),
            },
        )]
        .into(),
        ..Search::default()
    };
    let page = fixture
        .reader
        .search(
            &search,
            PageRequest {
                number: 1,
                size: 25,
            },
        )
        .expect("found");
    assert_eq!((page.total, page.messages.len()), (1, 1));
    let message = &page.messages[0];
    assert_eq!(
        (
            message.i,
            message.headers.as_deref(),
            message.users.as_slice()
        ),
        (42, None, ["ralph".to_owned()].as_slice())
    );
}

#[test]
fn ids_given_by_hand_and_by_sequence_live_together() {
    let fixture = migrated();
    fixture
        .sql("INSERT INTO messages (i, topic, \"timestamp\", category, msg) VALUES (0, 'a', '2024-01-01', 'c', '{}')");
    fixture.store([crate::support::message("b")]);
    assert_eq!(fixture.all().len(), 2);
}

#[test]
fn a_message_deleted_by_hand_is_not_counted() {
    let fixture = migrated();
    let mut new = crate::support::message("a");
    new.users = vec!["ralph".to_owned()];
    let mut other = new.clone();
    other.msg_id = "b".to_owned();
    fixture.store([new, other]);
    fixture.sql("DELETE FROM messages WHERE msg_id = 'b'");
    let search = Search {
        filters: [(
            Dimension::Users,
            Match {
                any: vec!["ralph".to_owned()],
                none: Vec::new(),
            },
        )]
        .into(),
        ..Search::default()
    };
    assert_eq!(fixture.reader.count(&search).expect("a count"), 1);
    fixture.sql("TRUNCATE messages");
    assert_eq!(fixture.reader.count(&search).expect("a count"), 0);
}

#[test]
fn of_several_messages_with_one_id_the_newest_is_found() {
    let fixture = migrated();
    let mut later = crate::support::message("dup");
    later.timestamp = crate::support::at(1);
    later.topic = "later".to_owned();
    fixture.store([later, crate::support::message("dup")]);
    assert_eq!(
        fixture
            .reader
            .find("dup")
            .expect("an answer")
            .map(|message| message.topic)
            .as_deref(),
        Some("later")
    );
    assert_eq!(fixture.reader.find("DUP").expect("an answer"), None);
}

#[test]
fn a_writer_needs_rights_on_the_incumbents_tables_only() {
    let fixture = migrated();
    fixture.sql(
        "CREATE ROLE foreign_writer;
         GRANT SELECT, INSERT, UPDATE, DELETE ON messages, users, packages, users_messages, packages_messages TO foreign_writer;
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foreign_writer;
         SET ROLE foreign_writer;
         INSERT INTO users (name) VALUES ('ralph');
         INSERT INTO messages (i, topic, \"timestamp\", category, msg) VALUES (0, 'a', '2024-01-01', 'c', '{}'), (0, 'b', '2024-01-02', 'c', '{}');
         INSERT INTO users_messages SELECT users.id, messages.id, \"timestamp\" FROM users, messages;
         UPDATE messages SET category = 'd' WHERE topic = 'a';
         DELETE FROM messages WHERE topic = 'b'",
    );
    assert_eq!(fixture.upkeep.verify_counters(10).expect("verified"), []);
    assert_eq!(fixture.reader.total().expect("a total"), 1);
    assert_eq!(fixture.sql("SELECT count(*) FROM users_messages"), "1");
}
