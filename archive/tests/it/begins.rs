//! Since when there are messages.

use archive::{Hidden, NewMessage};
use chrono::{NaiveDateTime, TimeDelta};

use crate::support::{Fixture, at, message, migrated};

/// So many messages of a category, by seconds from a time on.
fn some(number: i64, category: &str, from: NaiveDateTime) -> Vec<NewMessage> {
    let one = |n: i64| NewMessage {
        timestamp: from + TimeDelta::seconds(n),
        category: category.to_owned(),
        ..message(&format!("{category} {n}"))
    };
    (0..number).map(one).collect()
}

fn begins(fixture: &Fixture) -> Option<String> {
    let begins = fixture.reader.begins(at(0) + TimeDelta::days(400));
    begins.expect("told").map(|begins| begins.to_string())
}

#[test]
fn years_with_next_to_none_do_not_count() {
    let fixture = migrated();
    assert_eq!(begins(&fixture), None);
    let long_ago = NaiveDateTime::default();
    fixture.store(some(1, "stray", long_ago));
    let first = Some("1970-01-01 00:00:00".to_owned());
    assert_eq!(begins(&fixture), first);
    fixture.store(some(900, "usual", at(0)));
    assert_eq!(begins(&fixture), first);
    fixture.store(some(200, "more", at(-86_400)));
    let usual = Some("2024-04-30 00:00:00".to_owned());
    assert_eq!(begins(&fixture), usual);
    fixture.upkeep.fold_counters().expect("folded");
    assert_eq!(begins(&fixture), usual);

    let reader = fixture.reader.hiding(Hidden {
        topics: Vec::new(),
        categories: vec!["more".to_owned()],
    });
    let told = reader.begins(at(0)).expect("told");
    assert_eq!(told, Some(long_ago));
}
