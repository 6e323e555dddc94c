//! Sequences that are behind their tables.

use archive::{ConnectionOptions, NewMessage, Upkeep, Writer};

use crate::support::{Fixture, letter, message, migrated};

/// Messages with a user and a package of their own.
fn batch(from: usize, count: usize) -> Vec<NewMessage> {
    let new = |n: usize| NewMessage {
        users: vec![format!("user {n}")],
        packages: vec![format!("package {n}")],
        ..message(&n.to_string())
    };
    (from..from + count).map(new).collect()
}

/// What rows without their sequences become of, when a replica is made the archive.
fn behind() -> Fixture {
    let fixture = migrated();
    fixture.store(batch(0, 50));
    fixture
        .writer
        .put_aside(&[letter(b"{"), letter(b"[")])
        .expect("kept");
    fixture.sql(
        "ALTER SEQUENCE messages_id_seq RESTART 21; ALTER SEQUENCE users_id_seq RESTART;
         ALTER SEQUENCE packages_id_seq RESTART 49; ALTER TABLE dead_letters ALTER id RESTART;
         ALTER TABLE counter_horizon ALTER number RESTART",
    );
    fixture
}

fn distinct_ids(fixture: &Fixture) -> String {
    fixture.sql("SELECT count(*), count(DISTINCT id) FROM messages")
}

#[test]
fn sequences_are_brought_up_to_their_tables() {
    let fixture = behind();
    let advanced = fixture.upkeep.advance_sequences().expect("advanced");
    let names: Vec<&str> = advanced
        .iter()
        .map(|sequence| sequence.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "counter_horizon_number_seq",
            "dead_letters_id_seq",
            "messages_id_seq",
            "packages_id_seq",
            "users_id_seq"
        ]
    );
    assert_eq!(
        fixture.upkeep.advance_sequences().expect("nothing to do"),
        []
    );
    fixture.store(batch(50, 20));
    fixture.writer.put_aside(&[letter(b"]")]).expect("kept");
    assert_eq!(distinct_ids(&fixture), "70|70");
}

#[test]
fn every_sequence_is_looked_at() {
    let fixture = behind();
    let all = fixture.sql("SELECT count(*) FROM pg_sequences WHERE schemaname = 'public'");
    let advanced = fixture.upkeep.advance_sequences().expect("advanced");
    assert_eq!(advanced.len().to_string(), all);
}

#[test]
fn a_sequence_that_is_far_behind_is_set_by_its_owner() {
    let fixture = behind();
    fixture.sql("INSERT INTO users (id, name) VALUES (2000000000, 'far')");
    let advanced = fixture.upkeep.advance_sequences().expect("advanced");
    let users = advanced
        .iter()
        .find(|sequence| sequence.name == "users_id_seq");
    assert_eq!(users.expect("advanced").to, 2_000_000_000);
    assert_eq!(fixture.sql("SELECT nextval('users_id_seq')"), "2000000001");
}

#[test]
fn a_sequence_never_goes_back_while_others_store() {
    let fixture = behind();
    fixture.sql("ALTER SEQUENCE messages_id_seq RESTART 1");
    std::thread::scope(|scope| {
        for program in 0..3 {
            let fixture = &fixture;
            scope.spawn(move || {
                fixture.upkeep.advance_sequences().expect("advanced");
                for n in 0..20 {
                    fixture.store(batch(1000 * (program + 1) + 10 * n, 10));
                }
            });
        }
    });
    assert_eq!(distinct_ids(&fixture), "650|650");
}

#[test]
fn who_may_store_may_advance_sequences() {
    let fixture = behind();
    let role = format!("writer_of_{}", fixture.database.name);
    fixture.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ));
    let (_, host) = fixture.options.url.split_once('@').expect("a host");
    let options = ConnectionOptions {
        url: format!("postgres://{role}@{host}"),
        ..fixture.options.clone()
    };
    let upkeep = Upkeep::new(&options);
    assert_eq!(upkeep.advance_sequences().expect("advanced").len(), 5);
    Writer::new(&options)
        .store(&mut batch(50, 20))
        .expect("stored");
    assert_eq!(distinct_ids(&fixture), "70|70");
    // Without the right to one, it is left alone.
    fixture.sql(&format!("REVOKE USAGE ON SEQUENCE dead_letters_id_seq FROM {role}; ALTER TABLE dead_letters ALTER id RESTART"));
    assert_eq!(upkeep.advance_sequences().expect("an answer"), []);
}
