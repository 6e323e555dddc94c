//! How far streams are read is kept with what was read.

use archive::{StoreError, StreamOffset, StreamOffsets};

use crate::support::{at, migrated};

fn place(offset: u64) -> StreamOffset {
    StreamOffset::after(offset, &[b"topic", b"body"], at(0))
}

#[test]
fn each_stream_has_an_offset_of_its_own() {
    let fixture = migrated();
    let of = |virtual_host, queue| StreamOffsets::new(&fixture.options, virtual_host, queue);
    let (one, other, elsewhere) = (of("/", "one"), of("/", "other"), of("/v", "one"));
    for stream in [&one, &other, &elsewhere] {
        assert_eq!(stream.kept().expect("asked"), None);
    }
    for offset in [7, 9, 8] {
        assert!(one.keep(&place(offset)).expect("kept"));
        assert_eq!(one.kept().expect("asked"), Some(place(offset)));
    }
    assert!(elsewhere.keep(&place(1)).expect("kept"));
    assert_eq!(one.kept().expect("asked"), Some(place(8)));
    assert_eq!(other.kept().expect("asked"), None);
}

#[test]
fn a_place_is_told_from_those_after_other_messages() {
    let place = place(7);
    assert_eq!(place.stored_before, 8);
    assert!(place.is_after(7, &[b"topic", b"body"]));
    assert!(!place.is_after(6, &[b"topic", b"body"]));
    assert!(!place.is_after(7, &[b"topicb", b"ody"]));
}

/// What was stored in the one may be missing in the other.
#[test]
fn nothing_is_kept_in_a_database_that_took_the_place_of_the_one_that_was_asked() {
    let fixture = migrated();
    let offsets = StreamOffsets::new(&fixture.options, "/", "one");
    assert!(!offsets.keep(&place(6)).expect("asked by nobody"));
    assert_eq!(offsets.kept().expect("asked"), None);
    assert!(offsets.keep(&place(7)).expect("kept"));

    let server = devstack::shared_postgres().expect("a PostgreSQL server");
    let name = &fixture.database.name;
    for sql in [
        format!("CREATE DATABASE {name}_before TEMPLATE {name}"),
        format!("ALTER DATABASE {name} RENAME TO {name}_lost"),
        format!("ALTER DATABASE {name}_before RENAME TO {name}"),
    ] {
        let end = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        server.run_sql("postgres", &end).expect("ended");
        server.run_sql("postgres", &sql).expect(&sql);
    }
    let answer = loop {
        match offsets.keep(&place(99)) {
            // Its connection has ended.
            Err(StoreError::Unavailable(_)) => {}
            answer => break answer,
        }
    };
    assert!(!answer.expect("an answer"), "kept");
    assert_eq!(offsets.kept().expect("asked"), Some(place(7)));
    assert!(offsets.keep(&place(8)).expect("kept, as it was asked"));
}
