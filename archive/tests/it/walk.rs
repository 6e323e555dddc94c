//! Walking over what a search matches.

use archive::{Dimension, Match, NewMessage, Order, Position, Search, Span};

use crate::support::{Fixture, at, message, migrated, numbered, position};

/// Walks over everything that matches, `most` at a time.
fn walked(fixture: &Fixture, search: &Search, after: Option<Position>, most: u32) -> Vec<String> {
    let Some(extent) = fixture.reader.extent(search, after).expect("counted") else {
        return Vec::new();
    };
    let mut walk = fixture.reader.walk(search, after).up_to(extent.last);
    let mut ids = Vec::new();
    loop {
        let part = walk.step(most).expect("read");
        if part.is_empty() {
            break;
        }
        ids.extend(part.into_iter().filter_map(|message| message.msg_id));
    }
    assert_eq!(ids.len() as u64, extent.messages);
    ids
}

fn ascending() -> Search {
    Search {
        order: Order::Ascending,
        ..Search::default()
    }
}

#[test]
fn every_message_comes_once_whatever_the_size_of_a_step() {
    let fixture = migrated();
    fixture.store(numbered(20));
    let mut expected: Vec<String> = numbered(20)
        .into_iter()
        .map(|message| message.msg_id)
        .collect();
    let fifth = position(&fixture.all()[4]);
    for most in [1, 2, 7, 20, 1000] {
        let walked = |after| walked(&fixture, &ascending(), after, most);
        assert_eq!(walked(None), expected, "{most}");
        assert_eq!(walked(Some(fifth)), expected[5..], "{most}");
    }
    expected.reverse();
    for most in [1, 2, 7, 20, 1000] {
        let walked = |after| walked(&fixture, &Search::default(), after, most);
        assert_eq!(walked(None), expected, "{most}");
        assert_eq!(walked(Some(fifth)), expected[16..], "{most}");
    }
}

#[test]
fn what_is_stored_meanwhile_is_not_walked_over() {
    let fixture = migrated();
    fixture.store(numbered(4));
    let search = ascending();
    let extent = fixture
        .reader
        .extent(&search, None)
        .expect("counted")
        .expect("some");
    fixture.store([NewMessage {
        timestamp: at(1000),
        ..message("later")
    }]);
    let mut walk = fixture.reader.walk(&search, None).up_to(extent.last);
    let part = walk.step(100).expect("read");
    assert_eq!((part.len(), extent.messages), (4, 4));
}

#[test]
fn a_walk_is_over_what_a_search_matches() {
    let fixture = migrated();
    let mut messages = numbered(6);
    messages[0].topic = "a.b.c.git.receive".to_owned();
    messages[1].category = "git".to_owned();
    messages[2].agent_name = Some("ann".to_owned());
    messages[3].users = vec!["bob".to_owned(), "eve".to_owned()];
    messages[4].users = vec!["eve".to_owned()];
    fixture.store(messages);
    let check = |search: Search, expected: &[&str]| {
        let search = Search {
            order: Order::Ascending,
            ..search
        };
        assert_eq!(walked(&fixture, &search, None, 2), expected, "{search:?}");
    };
    let by = |dimension, values: &[&str]| {
        let any = values.iter().map(|&value| value.to_owned()).collect();
        let none = Vec::new();
        Search {
            filters: [(dimension, Match { any, none })].into(),
            ..Search::default()
        }
    };
    let during = |from, to| Search {
        time: Span { from, to },
        ..Search::default()
    };
    check(by(Dimension::Topics, &["a.b.c.git.receive"]), &["000"]);
    check(by(Dimension::Categories, &["git"]), &["001"]);
    check(by(Dimension::Users, &["bob", "eve"]), &["003", "004"]);
    check(by(Dimension::Users, &["nobody"]), &[]);
    let without_agent = Search {
        without_agent: true,
        ..Search::default()
    };
    check(without_agent, &["000", "001", "003", "004", "005"]);
    check(during(Some(at(1)), None), &["003", "004", "005"]);
    check(during(None, Some(at(1))), &["000", "001", "002"]);
    check(during(Some(at(1)), Some(at(1))), &[]);
}

#[test]
fn large_messages_may_be_left_out_and_completed() {
    let fixture = migrated();
    fixture.store([message("small"), message("large")]);
    fixture.sql("UPDATE messages SET msg = to_json(repeat('x', 100000)) WHERE msg_id = 'large'");
    let search = ascending();
    let mut left_out = Vec::new();
    for mut message in fixture
        .reader
        .walk(&search, None)
        .leaving_out()
        .step(9)
        .expect("read")
    {
        left_out.push(message.left_out > 0);
        assert!(fixture.reader.complete(&mut message).expect("read"));
        assert!(!message.msg.is_empty());
    }
    left_out.sort_unstable();
    assert_eq!(left_out, [false, true]);
    let whole = fixture.reader.walk(&search, None).step(9).expect("read");
    assert!(whole.iter().all(|message| message.left_out == 0));
}
