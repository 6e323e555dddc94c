//! What came is told once, in whatever order transactions end, and whoever cannot know says so.

use std::time::{Duration, Instant};

use archive::{Feed, NewMessage, News, Reader, Subject};
use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::pg::PgConnection;

use crate::support::{Fixture, at, message, migrated};

fn feed(fixture: &Fixture) -> Feed {
    let mut feed = Feed::new(Reader::new(&fixture.read_only()));
    assert!(feed.look().expect("looked").anything, "the first look");
    feed
}

/// The ids of what came since the look before.
fn told(feed: &mut Feed) -> Vec<String> {
    let News { arrivals, .. } = feed.look().expect("looked");
    arrivals
        .into_iter()
        .filter_map(|arrival| arrival.msg_id)
        .collect()
}

/// Waits for a look that tells of something.
fn anything(feed: &mut Feed) {
    let started = Instant::now();
    while !feed.look().expect("looked").anything {
        assert!(started.elapsed() < Duration::from_secs(60), "still nothing");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A session that has begun to store a message.
fn storing(fixture: &Fixture, msg_id: &str) -> PgConnection {
    let mut session = PgConnection::establish(&fixture.database.url).expect("a session");
    session.batch_execute(&insert(msg_id)).expect("stored");
    session
}

fn insert(msg_id: &str) -> String {
    format!(
        "BEGIN; INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg)
         VALUES ('{msg_id}', 0, 'a.b.c.d.e', '2024-05-01', 'd', '{{}}')"
    )
}

fn commit(mut session: PgConnection) {
    session.batch_execute("COMMIT").expect("committed");
}

#[test]
fn what_comes_is_told_once_with_what_it_is_about() {
    let fixture = migrated();
    fixture.store([message("before")]);
    let mut feed = feed(&fixture);
    assert_eq!(told(&mut feed), [""; 0]);
    let subjects = ["build:1", "package:zsh", "package:bash"].map(Subject::written);
    fixture.store([NewMessage {
        subjects: subjects.into_iter().collect(),
        ..message("new")
    }]);
    let news = feed.look().expect("looked");
    let [arrival] = news.arrivals.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(arrival.msg_id.as_deref(), Some("new"));
    assert_eq!(arrival.topic, "org.fedoraproject.prod.wiki.article.edit");
    assert_eq!(arrival.category, "wiki");
    let mut about = arrival.subjects.clone();
    about.sort_unstable();
    let mut expected = subjects.to_vec();
    expected.sort_unstable();
    assert_eq!(about, expected);
    fixture.store([
        message("new"),
        message("another"),
        NewMessage {
            timestamp: at(-400 * 24 * 3600),
            ..message("late")
        },
    ]);
    assert_eq!(told(&mut feed), ["another", "late"], "of any year");
    assert_eq!(told(&mut feed), [""; 0]);
}

#[test]
fn who_commits_later_is_told_later_whatever_its_id() {
    let fixture = migrated();
    let first = storing(&fixture, "before the first look");
    fixture.store([message("a")]);
    let mut feed = feed(&fixture);
    let second = storing(&fixture, "second");
    let third = storing(&fixture, "third");
    let given_up = storing(&fixture, "given up");
    fixture.store([message("b")]);
    assert_eq!(told(&mut feed), ["b"]);
    commit(third);
    assert_eq!(told(&mut feed), ["third"]);
    commit(first);
    assert_eq!(told(&mut feed), ["before the first look"]);
    drop(given_up);
    fixture.store([message("c")]);
    commit(second);
    assert_eq!(told(&mut feed), ["second", "c"]);
    assert_eq!(told(&mut feed), [""; 0]);
}

#[test]
fn who_takes_long_is_told_still() {
    let fixture = migrated();
    let mut slow = storing(&fixture, "slow");
    fixture.store([message("a")]);
    let mut feed = feed(&fixture);
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        assert!(!feed.look().expect("looked").anything, "it may still come");
        std::thread::sleep(Duration::from_millis(200));
    }
    slow.batch_execute("COMMIT").expect("committed");
    let news = feed.look().expect("looked");
    let ids = news
        .arrivals
        .iter()
        .map(|arrival| arrival.msg_id.as_deref());
    assert_eq!(Vec::from_iter(ids), [Some("slow")]);
    // Older ones, of which nothing was known, are over, too.
    if !news.anything {
        anything(&mut feed);
    }
}

#[test]
fn who_began_last_and_stored_first_is_told_still() {
    // A server of its own: transactions that end elsewhere would tell of ours.
    let server = devstack::Postgres::start(devstack::PostgresOptions::default()).expect("a server");
    let database = server.fresh_database().expect("a database");
    let options = options_of(&database);
    archive::migration::apply(&options).expect("migrated");
    let session = || PgConnection::establish(&database.url).expect("a session");
    let mut feed = Feed::new(Reader::new(&options));
    anything(&mut feed);
    anything(&mut feed);
    let (mut first, mut last) = (session(), session());
    let number = "BEGIN; SELECT pg_current_xact_id()";
    first.batch_execute(number).expect("a number");
    last.batch_execute(&insert("last")).expect("stored");
    first.batch_execute(&insert("first")).expect("stored");
    commit(first);
    assert_eq!(told(&mut feed), ["first"]);
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        assert_eq!(told(&mut feed), [""; 0]);
        std::thread::sleep(Duration::from_millis(200));
    }
    commit(last);
    assert_eq!(told(&mut feed), ["last"]);
}

fn options_of(database: &devstack::Database) -> archive::ConnectionOptions {
    archive::ConnectionOptions {
        url: database.url.clone(),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    }
}

#[test]
fn after_more_than_a_look_takes_and_on_another_server_anything_may_have_come() {
    let fixture = migrated();
    let mut feed = feed(&fixture);
    fixture.sql(
        "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg)
         SELECT n, 0, 'a.b.c.d.e', '2024-05-01', 'd', '{}' FROM generate_series(1, 6000) n",
    );
    anything(&mut feed);
    assert!(feed.look().expect("looked").anything, "it begins anew");
    fixture.store([message("a")]);
    assert_eq!(told(&mut feed), ["a"]);
    feed.forget();
    assert!(feed.look().expect("looked").anything);
}

#[test]
fn a_restart_of_the_server_begins_anew() {
    let options = devstack::PostgresOptions::default();
    let mut server = devstack::Postgres::start(options).expect("a server");
    let database = server.fresh_database().expect("a database");
    let options = options_of(&database);
    archive::migration::apply(&options).expect("migrated");
    let mut feed = Feed::new(Reader::new(&options));
    anything(&mut feed);
    anything(&mut feed);
    server.stop(devstack::StopMode::Fast).expect("stopped");
    assert!(feed.look().is_err());
    server.start_again().expect("started");
    assert!(feed.look().expect("looked").anything);
}

#[test]
fn a_database_is_followed_once_all_have_ended_that_began_before_the_first_look() {
    let fixture = migrated();
    fixture.store([message("a")]);
    let slow = storing(&fixture, "slow");
    let mut feed = Feed::new(Reader::new(&fixture.read_only()));
    assert_eq!(feed.follows(), None);
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(4) {
        feed.look().expect("looked");
        assert_eq!(feed.follows(), None, "it may still come");
        std::thread::sleep(Duration::from_millis(200));
    }
    commit(slow);
    while feed.follows().is_none() {
        feed.look().expect("looked");
        assert!(started.elapsed() < Duration::from_secs(60), "still not");
    }
    let inquirer = crate::inquire::nothing();
    let answered = fixture.reader.inquire(inquirer).expect("answered");
    assert_eq!(feed.follows(), Some(answered.origin), "whoever connects");
    feed.forget();
    assert_eq!(feed.follows(), None);
}
