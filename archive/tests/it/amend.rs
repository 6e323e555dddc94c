//! Adding to stored messages.

use archive::{Addition, Amended, Message, Subject, Subjects};

use crate::support::{message, migrated, numbered, position, wrong};

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
        subjects: None,
    }
}

#[test]
fn subjects_take_the_place_of_those_that_are_stored() {
    let fixture = migrated();
    let subjects = |written: &[&str]| -> Subjects {
        written.iter().map(|text| Subject::written(text)).collect()
    };
    let mut about = message("about");
    about.subjects = subjects(&["package:zsh", "build:7"]);
    fixture.store([about, message("other")]);
    let positions: Vec<_> = fixture.all().iter().map(position).collect();
    let stored = || {
        let stored = fixture.reader.subjects(&positions).expect("read");
        for (message, stored) in fixture.all().iter().zip(&stored) {
            assert!(stored.are(&stored.subjects, &message.topic), "{stored:?}");
        }
        stored.into_iter().map(|stored| stored.subjects)
    };
    let amend = |new: Subjects| {
        let additions: Vec<Addition> = fixture
            .all()
            .iter()
            .map(|message| Addition {
                subjects: Some(new.clone()),
                ..addition(message, &[], &[], None)
            })
            .collect();
        let amended = fixture.writer.amend(&additions).expect("amended");
        assert_eq!(amended.subjects, 2);
        assert!(stored().eq([new.clone(), new]));
        assert_eq!(wrong(&fixture), []);
    };
    amend(subjects(&[
        "package:zsh",
        "module:zsh",
        "build:8",
        "task:8",
    ]));
    amend(subjects(&["build:9"]));
    amend(Subjects::default());
    assert_eq!(fixture.sql("SELECT count(*) FROM message_subjects"), "0");
    // Nobody asks, and nothing is changed.
    let message = fixture.all().remove(0);
    let amended = fixture
        .writer
        .amend(&[addition(&message, &["ann"], &[], None)]);
    assert_eq!(amended.expect("amended").subjects, 0);
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
            agents: 1,
            subjects: 0,
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
