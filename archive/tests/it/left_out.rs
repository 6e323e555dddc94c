//! Triggers of the operator's that leave rows out: what the database did not store is not taken for
//! stored, nor for a duplicate.

use archive::{DeadLetters, Identity, NewMessage, Outcome, Retried};

use crate::support::{Fixture, at, letter, message, migrated};

const REASON: &str = "the database stored no row: a trigger on messages leaves it out";

/// Has a table leave out the rows for which `condition` is true.
fn leave_out(fixture: &Fixture, table: &str, event: &str, condition: &str) {
    fixture.sql(&format!(
        "CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF {condition} THEN RETURN NULL; END IF; RETURN coalesce(new, old); END $$;
         CREATE TRIGGER leave_out BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION leave_out()"
    ));
}

fn unwanted(msg_id: &str) -> NewMessage {
    NewMessage {
        topic: "unwanted".to_owned(),
        users: vec!["bob".to_owned()],
        packages: vec!["kernel".to_owned()],
        ..message(msg_id)
    }
}

fn refused() -> Outcome {
    Outcome::Refused(REASON.to_owned())
}

#[test]
fn what_a_trigger_leaves_out_is_put_aside_and_leaves_no_ties() {
    for table in ["messages", "messages_y2024"] {
        let fixture = migrated();
        fixture.store([message("there")]);
        leave_out(&fixture, table, "INSERT", "new.topic = 'unwanted'");
        // The first batch is copied, the others are inserted, as was the one before them.
        for batch in ["1", "2", "3"] {
            let outcomes = fixture.store([
                message(batch),
                unwanted(&format!("{batch} a")),
                message("there"),
                unwanted(&format!("{batch} a")),
                unwanted("there"),
            ]);
            let expected = [
                Outcome::Stored,
                refused(),
                Outcome::Duplicate,
                refused(),
                Outcome::Duplicate,
            ];
            assert_eq!(outcomes, expected, "{table}, {batch}");
        }
        assert_eq!(fixture.sql("SELECT count(*) FROM messages"), "4");
        let ties = "SELECT (SELECT count(*) FROM users_messages), (SELECT count(*) FROM packages_messages)";
        assert_eq!(fixture.sql(ties), "0|0");
    }
}

#[test]
fn a_batch_of_which_nothing_is_stored_is_put_aside_however_it_is_recognised() {
    let fixture = migrated();
    leave_out(&fixture, "messages", "INSERT", "true");
    let with = |msg_id: &str, identity, seconds| NewMessage {
        identity,
        timestamp: at(seconds),
        ..message(msg_id)
    };
    for _ in 0..2 {
        let outcomes = fixture.store([
            with("a", Identity::IdAndTime, 0),
            with("b", Identity::Id, 0),
            with("b", Identity::Id, 1),
            with("c", Identity::RedeliveredContent, 0),
            with("c", Identity::RedeliveredContent, 1),
        ]);
        assert_eq!(outcomes, vec![refused(); 5]);
    }
    // The way is open, though nothing passes: messages are put aside, and not held.
    fixture.writer.probe(at(0)).expect("proved");
}

#[test]
fn a_letter_that_a_trigger_leaves_out_again_stays() {
    let fixture = migrated();
    leave_out(&fixture, "messages", "INSERT", "true");
    fixture.writer.put_aside(&[letter(b"a")]).expect("kept");
    let letters = DeadLetters::new(&fixture.options);
    let retry = |dry_run| {
        letters
            .retry(1, dry_run, |_| Ok(unwanted("a")))
            .expect("an answer")
    };
    for dry_run in [true, false] {
        assert_eq!(retry(dry_run), Retried::Refused(REASON.to_owned()));
    }
    assert_eq!(fixture.sql("SELECT reason FROM dead_letters"), REASON);
    fixture.sql("DROP TRIGGER leave_out ON messages");
    assert_eq!(retry(false), Retried::Stored);
    assert_eq!(
        fixture.sql("SELECT (SELECT count(*) FROM dead_letters), (SELECT count(*) FROM messages)"),
        "0|1"
    );
}

#[test]
fn a_letter_that_is_not_kept_is_not_taken_for_kept() {
    let fixture = migrated();
    leave_out(&fixture, "dead_letters", "INSERT", "new.queue = 'q'");
    let answer = fixture.writer.put_aside(&[letter(b"a")]);
    let error = answer.expect_err("nothing is kept");
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(
        cause.as_deref(),
        Some("no row of dead_letters was changed: a trigger leaves it out")
    );
}

#[test]
fn a_letter_that_cannot_be_taken_away_is_not_stored_beside_itself() {
    let fixture = migrated();
    fixture.writer.put_aside(&[letter(b"a")]).expect("kept");
    leave_out(&fixture, "dead_letters", "DELETE", "true");
    let letters = DeadLetters::new(&fixture.options);
    letters
        .retry(1, false, |_| Ok(message("a")))
        .expect_err("it stays");
    assert_eq!(
        fixture.sql("SELECT (SELECT count(*) FROM dead_letters), (SELECT count(*) FROM messages)"),
        "1|0"
    );
}
