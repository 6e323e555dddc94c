//! Which categories and topics there are, and how many messages each has.

use archive::{NewMessage, Tally};

use crate::support::{message, migrated};

fn written(tallies: Vec<Tally>) -> Vec<String> {
    let line = |tally: Tally| format!("{} {}", tally.name, tally.messages);
    tallies.into_iter().map(line).collect()
}

#[test]
fn names_are_counted_whether_their_notes_are_folded_or_not() {
    let fixture = migrated();
    let new = |id: &str, topic: &str, category: &str| NewMessage {
        topic: topic.to_owned(),
        category: category.to_owned(),
        ..message(id)
    };
    assert_eq!(fixture.reader.categories().expect("counted"), []);
    fixture.store([new("1", "x", "b"), new("2", "y", "a"), new("3", "y", "")]);
    let told = || {
        let reader = &fixture.reader;
        [
            written(reader.categories().expect("counted")),
            written(reader.topics(None).expect("counted")),
            written(reader.topics(Some("a")).expect("counted")),
        ]
    };
    let expected = [&[" 1", "a 1", "b 1"][..], &["x 1", "y 2"], &["y 1"]];
    assert_eq!(told(), expected);
    fixture.upkeep.fold_counters().expect("folded");
    assert_eq!(told(), expected);
    fixture.store([new("4", "z", "a")]);
    fixture.sql("DELETE FROM messages WHERE msg_id = '1'");
    let expected = [&[" 1", "a 2"][..], &["y 2", "z 1"], &["y 1", "z 1"]];
    assert_eq!(told(), expected);
    fixture.upkeep.fold_counters().expect("folded");
    assert_eq!(told(), expected);
}
