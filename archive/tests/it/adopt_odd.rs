//! Odd rows of another archive: they come over as they are, or are put aside whole and counted.

use crate::adopt::{Both, both};
use crate::support::wrong;

fn insert(values: &str) -> String {
    format!(
        "INSERT INTO messages (id, msg_id, i, topic, \"timestamp\", certificate, signature, category, agent_name, crypto,
                               source_name, source_version, msg, headers) VALUES {values}"
    )
}

#[test]
fn odd_rows_come_over_as_they_are() {
    let both = both();
    both.old.sql(&insert(
        r#"(1, 'nul', 7, 't', '2012-10-08 20:00:00.123456', 'cert', 'sig', 'c', NULL, 'x509', NULL, NULL, '{"a": "\u0000",  "b":1.10}', NULL),
           (2, 'twice', 0, '', '0001-01-01', NULL, NULL, '', '', NULL, '', '', '{"é":NaN}', 'null'),
           (3, 'twice', 0, 't', '9999-12-31 23:59:59.999999', NULL, NULL, 'Unclassified', 'a', NULL, NULL, NULL, '{}', '{}'),
           (4, NULL, 0, 't', '2013-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{"x": 1}', NULL),
           (5, NULL, 0, 't', '2013-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{"x": 1}', NULL),
           (2147483647, 'last', 0, 't', '2026-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, 'null', '{"sent-at": "x", "a": [1.0]}'),
           (6, '', 0, 't', '2026-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '[]', '{}')"#,
    ));
    both.old.sql(
        "INSERT INTO users VALUES (1, 'ralph'), (2, NULL), (3, ''), (4, NULL); INSERT INTO packages VALUES (2147483647, 'kernel');
         INSERT INTO users_messages VALUES (1, 1, '2012-10-08 20:00:00.123456'), (3, 2, '0001-01-01'), (1, 2147483647, '2026-01-01');
         INSERT INTO packages_messages VALUES (2147483647, 3, '9999-12-31 23:59:59.999999');",
    );
    let adopted = both.adopt();
    assert_eq!((adopted.stored, adopted.put_aside), (7, 0));
    both.assert_all_is_here();
    // What ties nobody, or no message, is counted.
    both.old.sql(
        "INSERT INTO users_messages VALUES (2, 4, '2013-01-01'), (1, 1, '2020-01-01'), (1, 99, '2026-01-01');
         INSERT INTO messages SELECT 7, 'more', i, topic, \"timestamp\", NULL, NULL, category, NULL, NULL, NULL, NULL, msg, headers FROM messages WHERE id = 4;
         INSERT INTO users_messages VALUES (2, 7, '2013-01-01'), (4, 7, '2013-01-01'), (1, 7, '2013-01-01');",
    );
    let again = both.adopt();
    assert_eq!((again.stored, again.users.stored), (1, 1));
    assert_eq!(
        (again.users.nameless, again.users.orphaned),
        (2, 2),
        "{again:?}"
    );
    assert_eq!(both.verify().differences, Vec::<String>::new());
    assert_eq!(wrong(&both.new), []);
}

#[test]
fn what_cannot_be_stored_is_put_aside_whole_and_once() {
    let both = both();
    both.old.sql(&insert(
        r#"(1, 'fine', 0, 't', '2024-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{}', NULL),
           (2, 'empty', 0, 't', '2024-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '', '{"a": 1}'),
           (3, 'cut', 0, 't', '2024-01-02', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{"a', NULL),
           (4, 'number', 0, 't', '2024-01-02', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '5', NULL),
           (5, 'ever', 0, 't', 'infinity', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{}', NULL),
           (6, 'far', 0, 't', '10000-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{}', NULL),
           (7, 'old', 0, 't', '0001-12-31 BC', NULL, NULL, 'c', 'me', NULL, NULL, NULL, '{}', NULL)"#,
    ));
    both.old.sql("INSERT INTO users VALUES (1, 'ralph'); INSERT INTO users_messages VALUES (1, 2, '2024-01-01')");
    let adopted = both.adopt();
    assert_eq!((adopted.read, adopted.stored, adopted.put_aside), (7, 1, 6));
    assert_eq!(adopted.users, archive::adopt::Tied::default());
    let letters = "SELECT routing_key, properties::text, deliveries, reason, convert_from(body, 'UTF8') FROM dead_letters ORDER BY body";
    let kept = both.new.sql(letters);
    assert_eq!(kept.lines().count(), 6, "{kept}");
    let others = r#""certificate": null, "signature": null, "crypto": null, "source_name": null, "source_version": null"#;
    for (id, reason, text) in [
        (
            2,
            "body is not JSON: EOF while parsing a value at line 1 column 0",
            format!(
                r#"{{"timestamp": "2024-01-01T00:00:00.000000", "i": 0, "msg_id": "empty", "topic": "t", "category": "c", "agent_name": null, {others}, "users": ["ralph"], "packages": [], "headers": {{"a": 1}}, "msg": [""]}}"#
            ),
        ),
        (
            7,
            "its time is not within the years 1 to 9999",
            format!(
                r#"{{"timestamp": "2000-01-01 and -63082368000000000 microseconds", "i": 0, "msg_id": "old", "topic": "t", "category": "c", "agent_name": "me", {others}, "users": [], "packages": [], "headers": null, "msg": {{}}}}"#
            ),
        ),
    ] {
        let letter =
            format!(r#"t|{{"imported":true,"adopted":{{"id":{id}}}}}|1|adopted: {reason}|{text}"#);
        assert!(kept.lines().any(|line| line == letter), "{letter}: {kept}");
    }
    let verified = both.verify();
    assert_eq!(
        (verified.messages, verified.put_aside, verified.different),
        (7, 6, 0),
        "{verified:?}"
    );
    // However often it is read.
    both.new.sql("TRUNCATE adoption_slices");
    both.adopt();
    assert_eq!(both.new.sql(letters), kept);
}

#[test]
fn what_the_database_refuses_is_put_aside_and_the_rest_stored() {
    let both = both();
    both.old.sql(&crate::adopt::many(500));
    both.new
        .sql("ALTER TABLE messages ADD CONSTRAINT no_nine CHECK (msg_id <> 'id-99')");
    let adopted = both.adopt();
    assert_eq!((adopted.stored, adopted.put_aside), (499, 1));
    let reason = both.new.sql("SELECT reason FROM dead_letters");
    assert!(
        reason.contains("no_nine") && reason.contains("23514"),
        "{reason}"
    );
    assert_eq!(both.verify().put_aside, 1);
    assert_eq!(wrong(&both.new), []);
}

#[test]
fn a_hypertable_is_read_through_its_parent() {
    let both = both();
    imitate_timescale(&both);
    let adopted = both.adopt();
    assert_eq!(adopted.stored, 2000);
    both.assert_all_is_here();
    let checked = both.adoption().check(archive::Span::ALL).expect("checked");
    let told = |words: &str| {
        checked
            .findings
            .iter()
            .any(|finding| finding.text.contains(words))
    };
    assert!(
        told("a hypertable of 3 chunks, 1 of them compressed"),
        "{checked:?}"
    );
}

/// Chunks below the parent, which has no row itself, and a catalogue that knows them.
fn imitate_timescale(both: &Both) {
    both.old.sql(&crate::adopt::many(2000));
    both.old.sql(
        r#"CREATE SCHEMA _timescaledb_internal; CREATE SCHEMA _timescaledb_catalog;
        CREATE TABLE _timescaledb_catalog.hypertable (id int, schema_name name, table_name name);
        INSERT INTO _timescaledb_catalog.hypertable VALUES (1, 'public', 'messages');
        CREATE TABLE _timescaledb_catalog.chunk (id int, hypertable_id int, compressed_chunk_id int);
        INSERT INTO _timescaledb_catalog.chunk VALUES (1, 1, 9), (2, 1, NULL), (3, 1, NULL);
        DO $$
        DECLARE
            bounds timestamp[] := '{2024-05-01, 2024-05-01 05:00, 2024-05-01 11:00, 2024-05-10}';
        BEGIN
            FOR n IN 1..3 LOOP
                EXECUTE format('CREATE TABLE _timescaledb_internal._hyper_1_%s_chunk (LIKE messages INCLUDING ALL,
                                CHECK ("timestamp" >= %L AND "timestamp" < %L)) INHERITS (messages)', n, bounds[n], bounds[n + 1]);
                EXECUTE format('INSERT INTO _timescaledb_internal._hyper_1_%s_chunk
                                SELECT * FROM ONLY messages WHERE "timestamp" >= %L AND "timestamp" < %L', n, bounds[n], bounds[n + 1]);
            END LOOP;
            DELETE FROM ONLY messages;
        END $$"#,
    );
    assert_eq!(both.old.sql("SELECT count(*) FROM ONLY messages"), "0");
}

#[test]
fn message_of_another_topic_is_told() {
    let both = both();
    both.old.sql(&crate::adopt::many(50));
    both.adopt();
    let sent = "SELECT \"timestamp\"::date FROM messages WHERE msg_id = 'id-7'";
    let day = both.new.sql(sent);
    both.new
        .sql("UPDATE messages SET topic = 'a.b.c.git.9' WHERE msg_id = 'id-7'");
    let told = format!("{day}: 1 of a.b.c.git.1 are of another topic here: id-7");
    assert!(both.verify().differences.contains(&told));
}

#[test]
fn users_and_packages_of_what_is_put_aside_are_not_missing() {
    let both = both();
    both.old.sql(&insert(
        "(1, NULL, 0, 't', '2024-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '', NULL),
         (2, NULL, 0, 't', '2024-01-01', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{}', NULL)",
    ));
    let whom = "INSERT INTO users VALUES (1, 'ralph'), (2, 'toshio'); INSERT INTO packages VALUES (1, 'kernel');
         INSERT INTO users_messages VALUES (1, 1, '2024-01-01'), (2, 2, '2024-01-01'); INSERT INTO packages_messages VALUES (1, 1, '2024-01-01')";
    both.old.sql(whom);
    both.adopt();
    assert_eq!(both.verify().differences, Vec::<String>::new());
    both.new.sql("DELETE FROM users_messages");
    let missing = "2024-01-01: 1 users of messages are missing here".to_owned();
    assert!(both.verify().differences.contains(&missing));
}

#[test]
fn letters_of_impossible_times_have_their_users_and_packages() {
    let both = both();
    let times = ["infinity", "-infinity", "10000-01-01", "0001-12-31 BC"];
    both.old
        .sql("INSERT INTO users VALUES (1, 'ralph'); INSERT INTO packages VALUES (1, 'kernel')");
    for (n, time) in times.iter().enumerate() {
        let row = format!(
            "({n}, 'id-{n}', 0, 't', '{time}', NULL, NULL, 'c', NULL, NULL, NULL, NULL, '{{}}', NULL)"
        );
        both.old.sql(&insert(&row));
        both.old.sql(&format!(
            "INSERT INTO users_messages VALUES (1, {n}, '{time}')"
        ));
        both.old.sql(&format!(
            "INSERT INTO packages_messages VALUES (1, {n}, '{time}')"
        ));
    }
    let adopted = both.adopt();
    let whole = r#"SELECT count(*) FROM dead_letters
        WHERE convert_from(body, 'UTF8') LIKE '%"users": ["ralph"], "packages": ["kernel"]%'"#;
    assert_eq!(both.new.sql(whole), "4");
    let nothing = archive::adopt::Tied::default();
    assert_eq!((adopted.users, adopted.packages), (nothing, nothing));
    // Once they are stored with a time that is one, nothing is missing.
    both.new.sql("DELETE FROM dead_letters");
    assert_eq!(both.verify().different, 2);
    both.new
        .store([0, 1, 2, 3].map(|n| crate::support::message(&format!("id-{n}"))));
    let verified = both.verify();
    assert_eq!((verified.different, verified.received), (0, 4));
}

#[test]
fn users_that_came_later_are_brought_by_reading_again() {
    let both = both();
    both.old.sql(&crate::adopt::many(100));
    let own = "id-55";
    let time = both.old.sql(&format!(
        "SELECT \"timestamp\" FROM messages WHERE msg_id = '{own}'"
    ));
    both.new.store([archive::NewMessage {
        timestamp: time
            .parse()
            .or_else(|_| time.replace(' ', "T").parse())
            .expect("a time"),
        ..crate::support::message(own)
    }]);
    both.adopt();
    both.old.sql(
        "INSERT INTO users (name) VALUES ('late');
         INSERT INTO users_messages SELECT users.id, messages.id, \"timestamp\" FROM users, messages WHERE name = 'late'",
    );
    both.new.sql("UPDATE adoption_slices SET read = 0");
    let again = both.adopt();
    // nommer has its own rules for its own.
    assert_eq!((again.stored, again.users.stored), (0, 99), "{again:?}");
    let verified = both.verify();
    assert!(
        verified
            .differences
            .iter()
            .all(|told| !told.contains("users")),
        "{verified:?}"
    );
    assert_eq!(wrong(&both.new), []);
}
