//! What is said, and the codes it ends with.

use crate::both::{new, old, rows, run, sql, succeed};

#[test]
fn a_check_changes_nothing_and_tells_what_is_to_be_known() {
    let (old, new) = (old(100), new());
    let said = succeed(&old, &new, &["--check"]);
    assert!(said.contains("note: about "), "{said}");
    assert_eq!(sql(&new, "SELECT count(*) FROM messages"), "0");
    let (code, said) = run(&new, &new, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("error: both URLs lead to the same database"),
        "{said}"
    );
    assert!(said.contains("nothing was changed"), "{said}");
}

#[test]
fn a_run_tells_what_it_did_and_proves_it() {
    let (old, new) = (old(1000), new());
    let said = succeed(&old, &new, &[]);
    for words in [
        "1000 stored, 0 here before, 0 put aside",
        "1000 users and 1997 packages of messages stored",
        "compared 1000 messages of 1 day by topic",
        "all of it is here",
        "`nommer extract subjects` finds it out",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(rows(&new), rows(&old));
    sql(&new, "DELETE FROM messages WHERE msg_id = 'id-11'");
    let (code, said) = run(&old, &new, &["--verify"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("2024-12-20: 1 of a.b.c.git.11 are missing here: id-11"),
        "{said}"
    );
    // It may be among those that are compared by chance, too.
    let compared = said.matches("message id-11 differs").count();
    let all = if compared == 0 {
        "1 difference"
    } else {
        "2 differences"
    };
    assert!(compared < 2 && said.contains(all), "{said}");
}

#[test]
fn a_span_that_holds_no_time_is_refused() {
    let (old, new) = (old(10), new());
    for until in ["2024-01-01", "2025-01-01"] {
        let asked = ["--verify", "--since", "2025-01-01", "--until", until];
        let (code, said) = run(&old, &new, &asked);
        assert_ne!(code, Some(0), "{said}");
        let told = format!("--since 2025-01-01 00:00:00 is not before --until {until} 00:00:00");
        assert!(said.contains(&told), "{said}");
    }
}

#[test]
fn a_run_says_that_it_waits_for_another_one() {
    let (old, new) = (old(10), new());
    // As the other one holds it.
    let hold = "SELECT pg_advisory_lock(x'61646f707469'::bigint), pg_sleep(3)";
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    std::thread::scope(|scope| {
        scope.spawn(|| sql(&new, hold));
        while sql(&new, held) == "0" {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let said = succeed(&old, &new, &[]);
        assert!(said.contains("waiting for it to end"), "{said}");
    });
}

#[test]
fn passwords_are_not_told() {
    let new = new();
    let (code, said) = run(
        &devstack::Database {
            name: String::new(),
            url: "postgresql://someone:s3cret@127.0.0.1:1/none".to_owned(),
        },
        &new,
        &["--check"],
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("not available") && !said.contains("s3cret"),
        "{said}"
    );
}
