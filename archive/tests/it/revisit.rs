//! Going through stored messages again.

use archive::{Addition, Amended, Message, NewMessage, Position, Selection};

use crate::support::{Fixture, at, message, migrated};

fn position(message: &Message) -> Position {
    Position {
        timestamp: message.timestamp,
        id: message.id,
    }
}

fn addition(
    message: &Message,
    users: &[&str],
    packages: &[&str],
    agent_name: Option<&str>,
) -> Addition {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Addition {
        position: position(message),
        users: names(users),
        packages: names(packages),
        agent_name: agent_name.map(str::to_owned),
    }
}

/// Several of them share a moment, so that time alone cannot tell where a part ends.
fn numbered(count: i64) -> Vec<NewMessage> {
    let of = |n: i64| NewMessage {
        timestamp: at(n / 3),
        ..message(&format!("{n:03}"))
    };
    (0..count).map(of).collect()
}

/// Goes through everything that is selected, `most` at a time.
fn visited(
    fixture: &Fixture,
    selection: &Selection,
    after: Option<Position>,
    most: u32,
) -> Vec<String> {
    let Some(extent) = fixture.writer.extent(selection, after).expect("counted") else {
        return Vec::new();
    };
    let (mut ids, mut after) = (Vec::new(), after);
    loop {
        let part = fixture
            .writer
            .revisit(selection, after, extent.last, most)
            .expect("read");
        let Some(last) = part.last() else { break };
        after = Some(position(last));
        ids.extend(part.into_iter().filter_map(|message| message.msg_id));
    }
    assert_eq!(ids.len() as u64, extent.messages);
    ids
}

#[test]
fn every_message_is_visited_once_whatever_the_size_of_a_part() {
    let fixture = migrated();
    fixture.store(numbered(20));
    let all: Vec<String> = numbered(20)
        .into_iter()
        .map(|message| message.msg_id)
        .collect();
    for most in [1, 2, 7, 20, 1000] {
        assert_eq!(
            visited(&fixture, &Selection::default(), None, most),
            all,
            "{most}"
        );
    }
    let fifth = position(&fixture.all()[4]);
    assert_eq!(
        visited(&fixture, &Selection::default(), Some(fifth), 2),
        all[5..]
    );
}

#[test]
fn what_is_stored_meanwhile_is_not_visited() {
    let fixture = migrated();
    fixture.store(numbered(4));
    let selection = Selection::default();
    let extent = fixture
        .writer
        .extent(&selection, None)
        .expect("counted")
        .expect("some");
    fixture.store([NewMessage {
        timestamp: at(1000),
        ..message("later")
    }]);
    let part = fixture
        .writer
        .revisit(&selection, None, extent.last, 100)
        .expect("read");
    assert_eq!((part.len(), extent.messages), (4, 4));
}

#[test]
fn a_selection_is_by_topic_category_time_and_missing_agent() {
    let fixture = migrated();
    let mut messages = numbered(6);
    messages[0].topic = "a.b.c.git.receive".to_owned();
    messages[1].category = "git".to_owned();
    messages[2].agent_name = Some("ann".to_owned());
    fixture.store(messages);
    let check = |selection: Selection, expected: &[&str]| {
        assert_eq!(
            visited(&fixture, &selection, None, 2),
            expected,
            "{selection:?}"
        );
    };
    check(
        Selection {
            topic: Some("a.b.c.git.receive".to_owned()),
            ..Selection::default()
        },
        &["000"],
    );
    check(
        Selection {
            category: Some("git".to_owned()),
            ..Selection::default()
        },
        &["001"],
    );
    check(
        Selection {
            without_agent: true,
            ..Selection::default()
        },
        &["000", "001", "003", "004", "005"],
    );
    check(
        Selection {
            start: Some(at(1)),
            ..Selection::default()
        },
        &["003", "004", "005"],
    );
    check(
        Selection {
            end: Some(at(1)),
            ..Selection::default()
        },
        &["000", "001", "002"],
    );
    check(
        Selection {
            start: Some(at(1)),
            end: Some(at(1)),
            ..Selection::default()
        },
        &[],
    );
}

#[test]
fn additions_are_made_once_and_an_agent_is_never_replaced() {
    let fixture = migrated();
    let mut known = message("known");
    known.agent_name = Some("ann".to_owned());
    known.users = vec!["ann".to_owned()];
    fixture.store([message("new"), known]);
    let all = fixture.all();
    let additions: Vec<Addition> = all
        .iter()
        .map(|message| addition(message, &["bob", "ann", "ann"], &["zsh"], Some("eve")))
        .collect();
    let added = fixture.writer.amend(&additions).expect("added");
    assert_eq!(
        added,
        Amended {
            users: 3,
            packages: 2,
            agents: 1
        }
    );
    assert_eq!(
        fixture.writer.amend(&additions).expect("added again"),
        Amended::default()
    );
    let all = fixture.all();
    let agents: Vec<_> = all
        .iter()
        .map(|message| message.agent_name.as_deref())
        .collect();
    assert_eq!(agents, [Some("eve"), Some("ann")]);
    for message in all {
        assert_eq!(
            (message.users, message.packages),
            (vec!["ann".into(), "bob".into()], vec!["zsh".to_owned()])
        );
    }
}

#[test]
fn a_message_that_is_gone_gets_nothing() {
    let fixture = migrated();
    fixture.store(numbered(2));
    let additions: Vec<Addition> = fixture
        .all()
        .iter()
        .map(|message| addition(message, &["bob"], &[], Some("bob")))
        .collect();
    fixture.sql("DELETE FROM messages WHERE msg_id = '000'");
    assert_eq!(fixture.writer.amend(&additions).expect("added").users, 1);
    assert_eq!(fixture.sql("SELECT count(*) FROM users_messages"), "1");
}

#[test]
fn storing_and_adding_do_not_wait_for_each_other() {
    let fixture = migrated();
    fixture.store(numbered(300));
    let all = fixture.all();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..20 {
                let mut late = message(&format!("late-{n}"));
                late.users = vec!["zoe".to_owned(), "bob".to_owned(), format!("user-{n}")];
                fixture.store([late]);
            }
        });
        for part in [&all, &all].into_iter().flat_map(|all| all.chunks(30)) {
            scope.spawn(|| {
                let names = ["bob", "zoe", "user-7", "user-3"];
                let additions: Vec<_> = part
                    .iter()
                    .map(|message| addition(message, &names, &[], None))
                    .collect();
                fixture.writer.amend(&additions).expect("no deadlock");
            });
        }
    });
    assert_eq!(
        fixture.sql("SELECT count(*) FROM users_messages"),
        (4 * 300 + 3 * 20).to_string()
    );
}
