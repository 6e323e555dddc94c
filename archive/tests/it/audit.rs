//! What an audit asks: digests, rhythms, and what is wrong with sequences and partitions.

use archive::{Digest, Dimension, Filters, Match, NewMessage, Rhythm, Search, Span};
use chrono::{NaiveDateTime, TimeDelta};

use crate::support::{Fixture, at, message, migrated};

fn digest(fixture: &Fixture, categories: &[&str]) -> Digest {
    let any = categories.iter().map(|&name| name.to_owned()).collect();
    let none = Vec::new();
    let search = Search {
        time: Span::between(at(0), at(3600)),
        filters: Filters::from([(Dimension::Categories, Match { any, none })]),
        ..Search::default()
    };
    fixture.reader.digest(&search).expect("read")
}

fn sent(id: &str, seconds: i64, micros: i64) -> NewMessage {
    NewMessage {
        timestamp: at(seconds) + TimeDelta::microseconds(micros),
        ..message(id)
    }
}

#[test]
fn digests_are_equal_where_ids_and_seconds_are() {
    let [one, other] = [migrated(), migrated()];
    let nothing = Digest {
        messages: 0,
        digest: "0".repeat(14),
    };
    assert_eq!(digest(&one, &[]), nothing);
    assert_eq!(digest(&one, &["nobody's"]), nothing);
    one.store([
        sent("a", 1, 250_000),
        sent("b", 2, 0),
        sent("late", 3600, 0),
    ]);
    other.store([sent("b", 2, 0), sent("early", -1, 0), sent("a", 1, 0)]);
    let told = digest(&one, &[]);
    // By sha256sum of "a 1714564801" and "b 1714564802".
    assert_eq!((told.messages, told.digest.as_str()), (2, "9a75d9ca4f9ab0"));
    assert_eq!(digest(&other, &[]), told);
    assert_eq!(digest(&other, &["wiki"]), told);
    other.sql("UPDATE messages SET msg_id = 'c' WHERE msg_id = 'b'");
    let another = digest(&other, &[]);
    assert_eq!(another.messages, 2);
    assert_ne!(another.digest, told.digest);
}

#[test]
fn rhythms_are_days_with_messages_and_the_gaps_between() {
    let fixture = migrated();
    let on = |day: i64, id: &str, category: &str| NewMessage {
        category: category.to_owned(),
        timestamp: at(0) + TimeDelta::days(day),
        ..message(id)
    };
    let rhythms = |now: NaiveDateTime| fixture.reader.rhythms(Dimension::Categories, now);
    assert_eq!(rhythms(at(0)).expect("read"), []);
    fixture.store([
        on(-400, "old", "git"),
        on(-30, "1", "git"),
        on(-30, "2", "git"),
        on(-10, "3", "git"),
        on(-9, "4", "git"),
        on(-2, "5", "fas"),
        on(3, "future", "fas"),
    ]);
    let expected = [("fas", 1, 0, -2), ("git", 3, 20, -9)];
    let expected = expected.map(|(name, days, longest_gap, last)| Rhythm {
        name: name.to_owned(),
        days,
        longest_gap,
        last: (at(0) + TimeDelta::days(last)).date(),
    });
    assert_eq!(rhythms(at(0)).expect("read"), expected);
    fixture.upkeep.fold_counters().expect("folded");
    assert_eq!(rhythms(at(0)).expect("read"), expected);
}

#[test]
fn sequences_that_are_behind_are_told_and_left() {
    let fixture = migrated();
    fixture.store([message("1"), message("2")]);
    let behind = || fixture.upkeep.sequences_behind().expect("read");
    assert_eq!(behind(), []);
    fixture.sql("UPDATE messages SET id = id + 1000");
    let told = behind();
    assert_eq!(
        (told.len(), told[0].name.as_str(), told[0].to),
        (1, "messages_id_seq", 1002)
    );
    assert_eq!(behind(), told);
    fixture.upkeep.advance_sequences().expect("advanced");
    assert_eq!(behind(), []);
}
