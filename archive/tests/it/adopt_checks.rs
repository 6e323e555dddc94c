//! What is found before another archive is taken over.

use archive::Span;
use archive::adopt::{Adoption, Severity};

use crate::adopt::{Both, both, many};
use crate::support;

#[track_caller]
fn assert_told(both: &Both, severity: Severity, words: &str) {
    let checked = both.adoption().check(Span::ALL).expect("checked");
    let told = checked
        .findings
        .iter()
        .any(|finding| finding.severity == severity && finding.text.contains(words));
    assert!(told, "{words}: {checked:#?}");
    assert_eq!(checked.has_errors(), severity == Severity::Error);
}

#[test]
fn an_archive_as_it_should_be_has_no_warnings() {
    let both = both();
    both.old.sql(&many(10));
    let checked = both.adoption().check(Span::ALL).expect("checked");
    let notes = checked
        .findings
        .iter()
        .all(|finding| finding.severity == Severity::Note);
    assert!(notes, "{checked:#?}");
}

#[test]
fn a_database_that_is_no_archive_is_refused() {
    let nothing = Both {
        old: support::empty(),
        new: support::migrated(),
    };
    assert_told(
        &nothing,
        Severity::Error,
        "there is no messages, users, packages",
    );
    let both = both();
    both.old
        .sql("ALTER TABLE messages RENAME agent_name TO username");
    assert_told(&both, Severity::Error, "run `alembic upgrade head`");
}

#[test]
fn our_own_database_is_refused() {
    let new = support::migrated();
    let adoption = Adoption::new(&new.database.url, &new.options, 1).expect("a URL");
    let checked = adoption.check(Span::ALL).expect("checked");
    assert!(checked.has_errors());
    assert!(checked.findings[0].text.contains("the same database"));
}

#[test]
fn tables_that_the_role_may_not_read_are_named() {
    let mut both = both();
    both.old.sql(
        "DO $$ BEGIN CREATE ROLE adopt_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         GRANT SELECT ON messages, users, packages, users_messages TO adopt_reader",
    );
    both.old.database.url = both.old.database.url.replace("postgres@", "adopt_reader@");
    assert_told(&both, Severity::Error, "may not read packages_messages");
}

#[test]
fn time_zones_and_what_they_did_are_told() {
    let both = both();
    both.old.sql(&many(10));
    let name = &both.old.database.name;
    both.old.sql(&format!(
        "ALTER DATABASE \"{name}\" SET timezone = 'Europe/Berlin'"
    ));
    assert_told(&both, Severity::Warning, "all roles: Europe/Berlin");
    assert_told(
        &both,
        Severity::Warning,
        "begin in the time zone Europe/Berlin",
    );
    both.old.sql(
        r#"UPDATE messages SET headers = '{"sent-at": "2024-05-01T00:00:00Z"}', "timestamp" = '2024-05-01 02:00' WHERE msg_id = 'id-9'"#,
    );
    assert_told(
        &both,
        Severity::Warning,
        "1 are stored with another time than their sent-at header says, one by 120 minutes",
    );
}

#[test]
fn what_will_be_put_aside_and_what_ends_soon_are_told() {
    let both = both();
    both.old.sql(
        r#"INSERT INTO messages (id, msg_id, i, topic, "timestamp", category, msg)
           VALUES (2147483646, 'a', 0, 't', 'infinity', 'c', '{}'), (2, 'b', 0, 't', '-infinity', 'c', '{}')"#,
    );
    assert_told(
        &both,
        Severity::Warning,
        "2 messages have times before the year 1",
    );
    assert_told(
        &both,
        Severity::Warning,
        "2147483646 of its 2147483647 keys",
    );
    both.old.sql("DROP INDEX ix_messages_timestamp");
    assert_told(&both, Severity::Warning, "no index on messages.timestamp");
}
