//! Pages while the archive grows, and questions that the database cannot answer in time.

use std::time::Duration;

use archive::{
    ConnectionOptions, Dimension, Match, Order, PageRequest, Reader, Search, Span, StoreError,
};
use chrono::TimeDelta;

use crate::support::{at, message, migrated};

#[test]
fn pages_of_a_fixed_window_do_not_move_when_newer_messages_arrive() {
    let fixture = migrated();
    fixture.store((0..9).map(|n| message(&n.to_string())).collect::<Vec<_>>());
    let search = Search {
        time: Span::inclusive(Some(at(0)), Some(at(0))),
        ..Search::default()
    };
    let mut found = Vec::new();
    for number in 1..=3 {
        let page = fixture
            .reader
            .search(&search, PageRequest { number, size: 3 })
            .expect("a page");
        found.extend(
            page.messages
                .into_iter()
                .filter_map(|message| message.msg_id),
        );
        let mut newer = message(&format!("newer {number}"));
        newer.timestamp = at(60);
        fixture.store([newer]);
    }
    found.sort();
    assert_eq!(found, (0..9).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn pages_of_busy_days_add_up_in_either_order() {
    let fixture = migrated();
    // Two days, the second one with many at the same time.
    let messages = (0..5_000_i64).map(|n| {
        let mut message = message(&format!("{n:04}"));
        message.timestamp =
            at(0) + TimeDelta::seconds(if n < 3_000 { n * 10 } else { 86_400 + n % 7 });
        message.category = if n % 2 == 0 {
            "even".to_owned()
        } else {
            "odd".to_owned()
        };
        message
    });
    fixture.store(messages.collect::<Vec<_>>());
    let even = Match {
        any: vec!["even".to_owned()],
        none: Vec::new(),
    };
    // Hours are in the counters' notes, and then in the counters.
    for (is_folded, categories, expected) in [
        (false, Match::default(), 5_000),
        (true, Match::default(), 5_000),
        (true, even, 2_500),
    ] {
        if is_folded {
            fixture.upkeep.fold_counters().expect("folded");
        }
        let [ascending, mut descending] = [Order::Ascending, Order::Descending].map(|order| {
            let search = Search {
                filters: [(Dimension::Categories, categories.clone())].into(),
                order,
                ..Search::default()
            };
            let mut found = Vec::new();
            for number in 1..=expected / 90 + 1 {
                let page = fixture
                    .reader
                    .search(&search, PageRequest { number, size: 90 })
                    .expect("a page");
                assert_eq!(page.total, expected);
                found.extend(
                    page.messages
                        .into_iter()
                        .map(|message| (message.timestamp, message.id)),
                );
            }
            found
        });
        assert_eq!(ascending.len() as u64, expected);
        assert!(ascending.is_sorted());
        descending.reverse();
        assert_eq!(ascending, descending);
    }
}

#[test]
fn a_page_beyond_any_number_is_empty_and_keeps_the_total() {
    let fixture = migrated();
    fixture.store([message("a")]);
    let page = fixture
        .reader
        .search(
            &Search::default(),
            PageRequest {
                number: u64::MAX,
                size: 100,
            },
        )
        .expect("a page");
    assert_eq!((page.total, page.messages.len()), (1, 0));
}

#[test]
fn a_slow_statement_ends_at_the_deadline() {
    let fixture = migrated();
    let timeout = Duration::from_millis(200);
    let reader = Reader::new(&ConnectionOptions {
        statement_timeout: Some(timeout),
        ..fixture.options.clone()
    });
    reader.ping().expect("connected");
    let server = devstack::shared_postgres().expect("a PostgreSQL server");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            server
                .run_sql(
                    &fixture.database.name,
                    "BEGIN; LOCK TABLE messages; SELECT pg_sleep(2); COMMIT",
                )
                .expect("locked")
        });
        std::thread::sleep(Duration::from_millis(600));
        assert!(matches!(reader.find("x"), Err(StoreError::Timeout(_))));
        reader
            .ping()
            .expect("the database is there, only a table is locked");
    });
    assert_eq!(
        reader
            .total()
            .expect("afterwards the connection serves again"),
        0
    );
}

#[test]
fn a_reader_cannot_write() {
    let fixture = migrated();
    let read_only = archive::Writer::new(&ConnectionOptions {
        read_only: true,
        ..fixture.options.clone()
    });
    assert!(matches!(
        read_only.store(&mut [message("a")]),
        Err(StoreError::Impaired(_))
    ));
    assert_eq!(fixture.reader.total().expect("a total"), 0);
}

#[test]
fn an_absent_server_is_unavailable() {
    let port = devstack::free_port().expect("a port");
    let fixture = ConnectionOptions {
        url: format!("postgres://nobody@127.0.0.1:{port}/none"),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: Duration::from_millis(300),
        statement_timeout: None,
        read_only: true,
    };
    assert!(matches!(
        Reader::new(&fixture).ping(),
        Err(StoreError::Unavailable(_))
    ));
}
