//! Messages of the ZeroMQ age: what only they have, and how they are recognised without fractions of seconds.

use archive::Outcome::{Duplicate, Stored};
use archive::{Identity, Legacy, NewMessage};
use chrono::TimeDelta;

use crate::support::{Fixture, at, message, migrated};

fn old(msg_id: &str) -> NewMessage {
    NewMessage {
        identity: Identity::IdAndSecond,
        headers: None,
        legacy: Some(Box::new(Legacy {
            i: 7,
            certificate: Some("LS0t\n".to_owned()),
            signature: Some("c2ln\n".to_owned()),
            crypto: Some("x509".to_owned()),
            source_name: None,
            source_version: Some("0.8.2".to_owned()),
        })),
        ..message(msg_id)
    }
}

/// So many milliseconds after noon.
fn sent(msg_id: &str, milliseconds: i64) -> NewMessage {
    NewMessage {
        timestamp: at(0) + TimeDelta::milliseconds(milliseconds),
        ..old(msg_id)
    }
}

fn columns(fixture: &Fixture, msg_id: &str) -> String {
    fixture.sql(&format!(
        "SELECT i, certificate, signature, crypto, source_name, source_version, headers IS NULL
         FROM messages WHERE msg_id = '{msg_id}'"
    ))
}

#[test]
fn what_only_old_messages_have_is_stored_whether_rows_are_copied_or_inserted() {
    let fixture = migrated();
    let expected = "7|LS0t\n|c2ln\n|x509||0.8.2|t";
    assert_eq!(
        fixture.store([old("copied"), message("new")]),
        [Stored, Stored]
    );
    // With a duplicate among them, rows are inserted.
    assert_eq!(
        fixture.store([message("new"), old("inserted"), message("newer")]),
        [Duplicate, Stored, Stored]
    );
    for id in ["copied", "inserted"] {
        assert_eq!(columns(&fixture, id), expected, "{id}");
    }
    for id in ["new", "newer"] {
        assert_eq!(columns(&fixture, id), "0||||datanommer|1.5.0|f", "{id}");
    }
    let stored = fixture.reader.find("copied").expect("an answer");
    assert_eq!(stored.expect("found").headers, None);
}

#[test]
fn a_fraction_that_was_cut_off_makes_no_other_message() {
    let fixture = migrated();
    assert_eq!(
        fixture.store([sent("a", 500), sent("a", 0), sent("a", 600)]),
        [Stored, Duplicate, Stored]
    );
    assert_eq!(
        fixture.store([
            sent("a", 0),
            sent("a", 600),
            sent("a", 700),
            sent("a", 1000)
        ]),
        [Duplicate, Duplicate, Stored, Stored]
    );
    // One that was cut off came first.
    assert_eq!(
        fixture.store([sent("b", 0), sent("b", 250)]),
        [Stored, Duplicate]
    );
    assert_eq!(fixture.store([sent("b", 250)]), [Duplicate]);
    // Another year, and so another partition.
    let later = NewMessage {
        timestamp: at(400 * 86_400),
        ..sent("b", 0)
    };
    assert_eq!(
        fixture.store([later.clone(), sent("b", 999)]),
        [Stored, Duplicate]
    );
    assert_eq!(fixture.store([later]), [Duplicate]);
}

#[test]
fn a_message_without_headers_that_is_refused_is_told_from_its_neighbours() {
    let fixture = migrated();
    let mut refused = old("refused");
    refused.users = vec!["nul \0".to_owned()];
    let outcomes = fixture.store([old("a"), refused, old("b")]);
    assert!(
        matches!(
            &outcomes[..],
            [Stored, archive::Outcome::Refused(_), Stored]
        ),
        "{outcomes:?}"
    );
}
