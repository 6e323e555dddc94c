//! What becomes of dead letters.

use archive::{
    Body, DeadLetter, DeadLetters, KeptLetter, LetterFilter, NewMessage, Retried, StoreError,
    migration,
};
use serde_json::json;

use crate::support::{Fixture, at, empty, letter, message, migrated};

fn letters(fixture: &Fixture) -> DeadLetters {
    DeadLetters::new(&fixture.options)
}

fn ids(letters: &DeadLetters, filter: &LetterFilter) -> Vec<i64> {
    let heads = letters.heads(filter, 0, 100).expect("an answer");
    heads.into_iter().map(|head| head.id).collect()
}

/// The message that a letter's body names.
fn decode(letter: &KeptLetter) -> Result<NewMessage, String> {
    let text = String::from_utf8(letter.letter.body.clone()).map_err(|_| "no text".to_owned())?;
    let body = Body::parse("{}").map_err(|error| error.to_string())?;
    Ok(NewMessage {
        body,
        ..message(&text)
    })
}

fn odd() -> DeadLetter {
    DeadLetter {
        routing_key: "nul \0".to_owned(),
        exchange: "e\0".to_owned(),
        queue: "q\0".to_owned(),
        properties: json!({"message_id": "m\0", "headers": {"n\0": ["\0", "$hex:", {"$bytes_hex": "00"}]}}),
        ..letter(b"\0\xff")
    }
}

#[test]
fn a_letter_reads_as_it_was_put_aside() {
    let fixture = migrated();
    fixture
        .writer
        .put_aside(&[odd(), letter(b"{")])
        .expect("kept");
    let letters = letters(&fixture);
    let kept = |id| letters.get(id).expect("an answer").expect("there").letter;
    assert_eq!(kept(1), odd());
    assert_eq!(kept(2), letter(b"{"));
    assert_eq!(letters.get(3).expect("an answer"), None);
}

#[test]
fn numbers_that_no_letter_has_are_told() {
    let fixture = migrated();
    let kept = [letter(b"1"), letter(b"2"), letter(b"3")];
    fixture.writer.put_aside(&kept).expect("kept");
    let letters = letters(&fixture);
    let of = |ids: &[i64], discarded| LetterFilter {
        ids: ids.to_vec(),
        // Who is filtered out is there.
        reason: Some("another".to_owned()),
        discarded,
        ..LetterFilter::default()
    };
    let missing = |ids: &[i64], discarded| letters.missing(&of(ids, discarded)).expect("told");
    assert_eq!(missing(&[], false), [0; 0]);
    assert_eq!(missing(&[9, 3, 1, -7, 9], false), [-7, 9]);
    fixture.sql("UPDATE dead_letters SET discarded_at = now() WHERE id = 3");
    assert_eq!(missing(&[1, 3], false), [3]);
    assert_eq!(missing(&[1, 3], true), [1]);
}

#[test]
fn one_letter_with_nul_does_not_hide_the_others_from_queries() {
    let fixture = migrated();
    fixture
        .writer
        .put_aside(&[odd(), letter(b"{")])
        .expect("kept");
    let sql = "SELECT properties ->> 'message_id', properties -> 'headers' ->> 'x' FROM dead_letters ORDER BY id";
    assert_eq!(fixture.sql(sql), "$hex:6d00|\n|$hex:6e756c2000");
}

#[test]
fn letters_of_before_are_made_readable() {
    let fixture = empty();
    migration::apply(&fixture.options).expect("migrated");
    let newer = fixture
        .sql("SELECT count(*) FROM __diesel_schema_migrations WHERE version > '20261125000005'");
    migration::revert(&fixture.options, newer.parse().expect("a number")).expect("reverted");
    let properties = [
        r#"{"message_id":"m\u0000","routing_key":"\u0000k\u0000"}"#,
        r#"{"a\u0000b\n":["\\u0000","\\\u0000","\"\u0000\"", {"é\ud83d\ude00\u0000": 1.50}, true, null]}"#,
        r#"{"only": "\\u0000"}"#,
    ];
    for (n, properties) in properties.iter().enumerate() {
        fixture.sql(&format!(
            "INSERT INTO dead_letters (digest, reason, received_at, last_received_at, queue, exchange, routing_key, properties, body)
             VALUES ('{n}', 'r', '2024-05-01', '2024-05-01', 'q', 'e', 'k', '{properties}', '')"
        ));
    }
    migration::apply(&fixture.options).expect("migrated");
    fixture.sql("SELECT properties ->> 'message_id', properties::jsonb FROM dead_letters");
    let letters = letters(&fixture);
    for (n, expected) in properties.iter().enumerate() {
        let kept = letters
            .get(n as i64 + 1)
            .expect("an answer")
            .expect("there")
            .letter;
        let mut expected: serde_json::Value = serde_json::from_str(expected).expect("JSON");
        if n == 0 {
            assert_eq!(kept.routing_key, "\0k\0");
            expected
                .as_object_mut()
                .expect("an object")
                .remove("routing_key");
        }
        assert_eq!(kept.properties, expected);
    }
}

#[test]
fn letters_are_found_by_what_is_known_of_them() {
    let fixture = migrated();
    let others = [
        DeadLetter {
            reason: "other".to_owned(),
            ..letter(b"1")
        },
        DeadLetter {
            queue: "r".to_owned(),
            ..letter(b"2")
        },
        DeadLetter {
            routing_key: "c".to_owned(),
            ..letter(b"3")
        },
        DeadLetter {
            received_at: at(60),
            ..letter(b"4")
        },
    ];
    fixture.writer.put_aside(&others).expect("kept");
    let letters = letters(&fixture);
    let all = LetterFilter::default();
    let some = |text: &str| Some(text.to_owned());
    for (filter, expected) in [
        (all.clone(), &[1, 2, 3, 4][..]),
        (
            LetterFilter {
                reason: some("the"),
                ..all.clone()
            },
            &[1],
        ),
        (
            LetterFilter {
                queue: some("r"),
                ..all.clone()
            },
            &[2],
        ),
        (
            LetterFilter {
                routing_key: some("c"),
                ..all.clone()
            },
            &[3],
        ),
        (
            LetterFilter {
                since: Some(at(1)),
                ..all.clone()
            },
            &[4],
        ),
        (
            LetterFilter {
                until: Some(at(60)),
                ..all.clone()
            },
            &[1, 2, 3],
        ),
        (
            LetterFilter {
                ids: vec![2, 4, 9],
                ..all.clone()
            },
            &[2, 4],
        ),
        (
            LetterFilter {
                discarded: true,
                ..all.clone()
            },
            &[],
        ),
    ] {
        assert_eq!(ids(&letters, &filter), expected, "{filter:?}");
    }
    let page = letters.heads(&all, 1, 2).expect("an answer");
    assert_eq!(page.iter().map(|head| head.id).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_letter_that_can_be_stored_is_none_any_more() {
    let fixture = migrated();
    fixture.store([message("there")]);
    fixture
        .writer
        .put_aside(&["there", "new", "nul \0"].map(|id| letter(id.as_bytes())))
        .expect("kept");
    fixture.writer.put_aside(&[letter(b"\xff")]).expect("kept");
    let letters = letters(&fixture);
    let try_all = |dry_run| -> Vec<Retried> {
        (1..=5)
            .map(|id| letters.retry(id, dry_run, decode).expect("an answer"))
            .collect()
    };
    for dry_run in [true, true, false] {
        let retried = try_all(dry_run);
        assert_eq!(retried[..2], [Retried::Duplicate, Retried::Stored]);
        assert!(
            matches!(&retried[2], Retried::Refused(reason) if reason.contains("22021")),
            "{retried:?}"
        );
        assert_eq!(
            retried[3..],
            [Retried::Refused("no text".to_owned()), Retried::Gone]
        );
        let left = if dry_run { "4|1" } else { "2|2" };
        assert_eq!(
            fixture
                .sql("SELECT (SELECT count(*) FROM dead_letters), (SELECT count(*) FROM messages)"),
            left
        );
    }
    assert_eq!(
        ids(
            &letters,
            &LetterFilter {
                reason: Some("no text".to_owned()),
                ..LetterFilter::default()
            }
        ),
        [4]
    );
}

#[test]
fn a_letter_stays_as_it_is_while_something_is_wrong_with_the_database() {
    let fixture = migrated();
    fixture.writer.put_aside(&[letter(b"a")]).expect("kept");
    fixture.sql("ALTER TABLE users RENAME TO elsewhere");
    let with_user = |kept: &KeptLetter| {
        decode(kept).map(|message| NewMessage {
            users: vec!["bob".to_owned()],
            ..message
        })
    };
    let answer = letters(&fixture).retry(1, false, with_user);
    assert!(matches!(answer, Err(StoreError::Impaired(_))), "{answer:?}");
    assert_eq!(fixture.sql("SELECT reason FROM dead_letters"), "no JSON");
    fixture.sql("ALTER TABLE elsewhere RENAME TO users");
    assert_eq!(
        letters(&fixture)
            .retry(1, false, with_user)
            .expect("an answer"),
        Retried::Stored
    );
}

#[test]
fn a_letter_is_stored_by_one_of_two_who_try() {
    let fixture = migrated();
    let many: Vec<DeadLetter> = (0..50).map(|n| letter(n.to_string().as_bytes())).collect();
    fixture.writer.put_aside(&many).expect("kept");
    let stored: usize = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| {
            scope.spawn(|| {
                let letters = letters(&fixture);
                let retried =
                    (1..=50).map(|id| letters.retry(id, false, decode).expect("an answer"));
                retried
                    .filter(|retried| *retried == Retried::Stored)
                    .count()
            })
        });
        both.map(|one| one.join().expect("no panic")).iter().sum()
    });
    assert_eq!(stored, 50);
    assert_eq!(
        fixture.sql("SELECT (SELECT count(*) FROM dead_letters), (SELECT count(*) FROM messages)"),
        "0|50"
    );
}

#[test]
fn a_discarded_letter_is_kept_with_the_reason() {
    let fixture = migrated();
    fixture
        .writer
        .put_aside(&[letter(b"1"), letter(b"2")])
        .expect("kept");
    let letters = letters(&fixture);
    let first = LetterFilter {
        ids: vec![1],
        ..LetterFilter::default()
    };
    assert_eq!(
        letters.discard(&first, "junk", at(9)).expect("an answer"),
        1
    );
    assert_eq!(
        letters.discard(&first, "again", at(9)).expect("an answer"),
        0
    );
    assert_eq!(ids(&letters, &LetterFilter::default()), [2]);
    let head = letters.get(1).expect("an answer").expect("there").head;
    assert_eq!(
        (head.discarded_at, head.discard_reason.as_deref()),
        (Some(at(9)), Some("junk"))
    );
    assert_eq!(
        ids(
            &letters,
            &LetterFilter {
                discarded: true,
                ..LetterFilter::default()
            }
        ),
        [1]
    );
}
