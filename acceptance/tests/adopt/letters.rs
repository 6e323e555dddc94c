//! What cannot be stored at first, and can be later.

use devstack::Database;

use crate::both::{new, old, rows, sql, succeed};
use crate::support::programs::clean;

#[test]
fn what_was_put_aside_comes_back_with_all_columns_when_it_is_retried() {
    let (old, new) = (old(50), new());
    sql(
        &old,
        r#"UPDATE messages SET i = 7, certificate = 'a "cert"', signature = E'two\nlines', crypto = 'x509', source_name = NULL,
               source_version = '0.9', "timestamp" = "timestamp" + interval '0.123456 s', agent_name = 'someone else',
               msg = '{"a": [1.10, "\u0000\u00e9"]}', headers = '{"sent-at": "2024-12-20T00:11:00+00:00", "n": [null]}'
           WHERE msg_id = 'id-11';
           UPDATE users_messages SET msg_timestamp = m."timestamp" FROM messages m WHERE m.id = users_messages.msg_id;
           UPDATE packages_messages SET msg_timestamp = m."timestamp" FROM messages m WHERE m.id = packages_messages.msg_id"#,
    );
    sql(
        &new,
        "ALTER TABLE messages ADD CONSTRAINT refuses CHECK (msg_id <> 'id-11')",
    );
    let said = succeed(&old, &new, &[]);
    assert!(
        said.contains("49 stored, 0 here before, 1 put aside"),
        "{said}"
    );
    sql(&new, "ALTER TABLE messages DROP CONSTRAINT refuses");
    let said = retry(&new);
    assert!(said.contains("1 stored, 0 recognised"), "{said}");
    assert_eq!(rows(&new), rows(&old));
}

/// Tries all dead letters again; answers what is said of that.
fn retry(new: &Database) -> String {
    let mut retry = clean("nommer");
    retry
        .args(["dead-letters", "retry", "-c", "/dev/null", "--all"])
        .env("DATABASE_URL", &new.url);
    let output = retry.output().expect("nommer");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn why_a_letter_was_put_aside_stays_when_it_is_refused_again() {
    let (old, new) = (old(50), new());
    sql(&old, "UPDATE messages SET msg = '' WHERE msg_id = 'id-11'");
    succeed(&old, &new, &[]);
    let reason = "SELECT reason FROM dead_letters";
    let before = sql(&new, reason);
    assert!(before.starts_with("adopted: body is not JSON"), "{before}");
    let said = retry(&new);
    assert!(said.contains("1 refused again"), "{said}");
    assert_eq!(sql(&new, reason), before);
}

#[test]
fn message_of_an_impossible_time_comes_back_with_whom_it_concerns() {
    let (old, new) = (old(50), new());
    let ties = ["users_messages", "packages_messages"];
    let moved = ties.map(|ties| {
        format!("UPDATE {ties} SET msg_timestamp = 'infinity' FROM messages m WHERE m.id = {ties}.msg_id AND m.msg_id = 'id-11'")
    });
    sql(&old, &moved.join(";"));
    sql(
        &old,
        "UPDATE messages SET \"timestamp\" = 'infinity' WHERE msg_id = 'id-11'",
    );
    let said = succeed(&old, &new, &[]);
    assert!(!said.contains("of no message"), "{said}");
    let said = retry(&new);
    assert!(said.contains("1 stored, 0 recognised"), "{said}");
    let users = "SELECT string_agg(name, ',') FROM users JOIN users_messages ON user_id = users.id
                 JOIN messages m ON m.id = users_messages.msg_id AND m.\"timestamp\" = msg_timestamp WHERE m.msg_id = 'id-11'";
    assert_eq!(sql(&new, users), sql(&old, users));
    let said = succeed(&old, &new, &["--verify"]);
    assert!(said.contains("all of it is here"), "{said}");
    // Its slice is read again, as there is another one in it now.
    sql(
        &old,
        "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
         SELECT 'id-99', i, topic, 'infinity', category, msg, headers FROM messages WHERE msg_id = 'id-12'",
    );
    let said = succeed(&old, &new, &[]);
    let told = "0 stored, 1 here before, 1 put aside";
    assert!(said.contains(told), "{said}");
    let kept =
        "SELECT string_agg(split_part(encode(body, 'escape'), '\"', 10), ' ') FROM dead_letters";
    assert_eq!(sql(&new, kept), "id-99");
}
