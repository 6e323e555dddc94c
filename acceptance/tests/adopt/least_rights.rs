//! What an operator does while moving in, with the rights of `docs/grants.sql` and no others.

use std::io::Write as _;
use std::process::{Output, Stdio};

use devstack::Database;
use serde_json::json;

use crate::both::{new, old, rows, server, sql, succeed};
use crate::support::programs::{Grepper, clean};

const GRANTS: &str = include_str!("../../../docs/grants.sql");
const COUNT: u32 = 300;

/// The URL of a database for this role.
fn as_role(database: &Database, role: &str) -> String {
    database.url.replacen("postgres@", &format!("{role}@"), 1)
}

/// Runs a command as nommer's role; answers its code and all that it says.
fn run(database: &Database, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let mut child = clean("nommer")
        .args(["-c", "/dev/null"])
        .args(arguments)
        .env("DATABASE_URL", as_role(database, "nommer_l"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Most read nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("it ends");
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn moving_in_needs_no_more_than_the_least_rights() {
    let (old, here, there) = (old(COUNT), new(), new());
    let roles =
        "CREATE ROLE nommer_l LOGIN; CREATE ROLE grepper_l LOGIN; CREATE ROLE reader_l LOGIN";
    server().run_sql(&here.name, roles).expect("roles");
    sql(
        &old,
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_l",
    );
    // Years are the owner's to make.
    sql(&here, "SELECT messages_add_partition(2024)");
    let grants = GRANTS.replace("nommer", "nommer_l");
    sql(&here, &grants.replace("grepper", "grepper_l"));
    let check = |arguments: &[&str], input: &str, code: i32, expected: &str| {
        let (ended, said) = run(&here, arguments, input);
        assert_eq!(ended, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains("permission denied"), "{arguments:?}: {said}");
    };
    check(
        &["adopt", "--from", &as_role(&old, "reader_l")],
        "",
        0,
        "all of it is here",
    );
    assert_eq!(rows(&here), rows(&old));

    succeed(&old, &there, &[]);
    sql(
        &here,
        "DELETE FROM messages WHERE msg_id IN ('id-11', 'id-12')",
    );
    let peer = Grepper::start(&there.url, &[]);
    check(
        &[
            "audit",
            "--peer",
            &peer.authority,
            "--backfill",
            "--by",
            "counts",
            "--rate",
            "1000",
            "--since",
            "2024-12-01",
            "--until",
            "2025-01-01",
        ],
        "",
        0,
        "missing here: 2, missing there: 0; stored 2",
    );

    let message = json!({"topic": "a.b.c.git.7", "id": "new", "headers": {"sent-at": "2024-12-31T10:00:00+00:00"}, "body": {"n": 7}});
    let file = format!("{message}\n{{\"topic\": \"a.b.c.d\"}}\n");
    check(
        &["import"],
        &file,
        0,
        "1 message stored, 0 duplicates recognised, 1 put aside",
    );
    check(
        &["dead-letters", "retry", "--all"],
        "",
        1,
        "1 refused again",
    );
    check(
        &[
            "dead-letters",
            "discard",
            "--all",
            "--because",
            "it is none",
        ],
        "",
        0,
        "",
    );
    check(
        &[
            "replay",
            "--exchange",
            "x",
            "--dry-run",
            "--since",
            "2024-12-31",
        ],
        "",
        0,
        "1 message would be published",
    );
    check(&["extract", "all"], "", 0, "");
    check(&["audit"], "", 0, "nothing is wrong");
    check(&["audit", "--full"], "", 0, "nothing is wrong");
    check(&["dump", "--since", "2024-12-31"], "", 0, "\"new\"");
    check(&["stats"], "", 0, "git has 301 entries");
}
