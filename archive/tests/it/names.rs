//! Names that begin alike.

use archive::{GroupBy, Hidden, NewMessage};
use chrono::TimeDelta;

use crate::support::{Fixture, at, message, migrated};

fn names(fixture: &Fixture, of: GroupBy, prefix: &str, most: u32) -> Vec<String> {
    fixture
        .reader
        .names(of, prefix, most, at(0))
        .expect("names")
}

/// Messages of some users by a topic of a category, so many days before now.
fn new(days: i64, users: &[&str], category: &str) -> NewMessage {
    let users: Vec<String> = users.iter().map(|&user| user.to_owned()).collect();
    let id = format!("{days} {users:?} {category}");
    NewMessage {
        timestamp: at(0) - TimeDelta::days(days),
        topic: format!("org.{category}.new"),
        category: category.to_owned(),
        agent_name: users.first().cloned(),
        packages: users.clone(),
        users,
        ..message(&id)
    }
}

#[test]
fn names_that_are_used_come_first_whether_folded_or_not() {
    let fixture = migrated();
    let messages = vec![
        new(1, &["bea", "Bob"], "bodhi"),
        new(2, &["Bob"], "bodhi"),
        new(3, &["b%", "ben", "Bob"], "buildsys"),
        new(400, &["bea", "bert", "zoë"], "badges"),
    ];
    fixture.store(messages);
    let check = || {
        for of in [GroupBy::User, GroupBy::Package] {
            let expected = ["Bob", "b%", "bea", "ben", "bert"];
            assert_eq!(names(&fixture, of, "b", 9), expected);
            assert_eq!(names(&fixture, of, "B", 2), expected[..2]);
            assert_eq!(names(&fixture, of, "be", 9), ["bea", "ben", "bert"]);
            assert_eq!(names(&fixture, of, "ZO", 9), ["zoë"]);
            assert_eq!(names(&fixture, of, "b%", 9), ["b%"]);
            assert!(names(&fixture, of, "b_", 9).is_empty());
            assert_eq!(names(&fixture, of, "", 9).len(), 6);
        }
        assert_eq!(names(&fixture, GroupBy::Agent, "b", 2), ["Bob", "b%"]);
        let topics = names(&fixture, GroupBy::Topic, "org.b", 9);
        assert_eq!(topics[..2], ["org.bodhi.new", "org.buildsys.new"]);
        let categories = names(&fixture, GroupBy::Category, "b", 9);
        assert_eq!(categories[..2], ["bodhi", "buildsys"]);
        (topics, categories)
    };
    let (topics, categories) = check();
    // What was long ago is known once its notes are folded, as they soon are.
    assert_eq!((topics.len(), categories.len()), (2, 2));
    fixture.upkeep.fold_counters().expect("folded");
    let (topics, categories) = check();
    assert_eq!(topics.last().map(String::as_str), Some("org.badges.new"));
    assert_eq!(categories.last().map(String::as_str), Some("badges"));
}

#[test]
fn names_of_hidden_messages_alone_are_not_told() {
    let fixture = migrated();
    fixture.store([
        new(1, &["bea", "bob"], "bodhi"),
        new(2, &["bob"], "secret"),
        new(3, &["bond"], "secret"),
    ]);
    fixture.upkeep.fold_counters().expect("folded");
    let reader = fixture.reader.hiding(Hidden {
        topics: Vec::new(),
        categories: vec!["secret".to_owned()],
    });
    let told = |of, prefix, most| reader.names(of, prefix, most, at(0)).expect("names");
    for of in [GroupBy::User, GroupBy::Package] {
        // Bob has more messages, one of which is hidden.
        assert_eq!(told(of, "b", 9), ["bea", "bob"]);
        assert_eq!(told(of, "b", 1), ["bea"]);
        assert_eq!(told(of, "BO", 1), ["bob"]);
    }
    assert_eq!(told(GroupBy::Agent, "b", 9), ["bea"]);
    assert!(told(GroupBy::Category, "s", 9).is_empty());
    assert!(told(GroupBy::Topic, "org.s", 9).is_empty());
}

#[test]
fn as_many_are_told_as_are_asked_for_whatever_is_hidden_between() {
    let fixture = migrated();
    let secret = (0..30).map(|n| new(n, &[&format!("b{n:02}")], "secret"));
    let others = [new(1, &["bz"], "bodhi"), new(2, &["b07x"], "bodhi")];
    fixture.store(secret.chain(others).collect::<Vec<_>>());
    let reader = fixture.reader.hiding(Hidden {
        topics: vec!["org.secret.new".to_owned()],
        categories: Vec::new(),
    });
    let folded_or_not = || {
        for of in [GroupBy::User, GroupBy::Package, GroupBy::Agent] {
            let told = |most| reader.names(of, "b", most, at(0)).expect("names");
            assert_eq!(told(1), ["b07x"]);
            assert_eq!(told(2), ["b07x", "bz"]);
        }
        let categories = reader.names(GroupBy::Category, "", 3, at(0));
        assert_eq!(categories.expect("names"), ["bodhi"]);
    };
    folded_or_not();
    fixture.upkeep.fold_counters().expect("folded");
    folded_or_not();
}

#[test]
fn topics_are_told_by_what_pages_show_of_them_too() {
    let fixture = migrated();
    let of = |days: i64, topic: &str| NewMessage {
        topic: topic.to_owned(),
        ..new(days, &[], "zoo")
    };
    fixture.store([
        of(1, "org.zoo.prod.lion.fed"),
        of(2, "org.zoo.prod.sea.lion"),
        of(500, "org.elsewhere.stg.Lion"),
        of(3, "net.zoo.prod.lion.fed"),
        of(4, "lion.fed"),
        of(5, "org.lion"),
    ]);
    fixture.upkeep.fold_counters().expect("folded");
    let told = names(&fixture, GroupBy::Topic, "lion", 9);
    let expected = [
        "lion.fed",
        "org.zoo.prod.lion.fed",
        "org.elsewhere.stg.Lion",
    ];
    assert_eq!(told, expected);
    assert_eq!(names(&fixture, GroupBy::Topic, "", 9).len(), 6);
}
