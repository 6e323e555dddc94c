//! Links on which a large message is longer on its way than one may stand still within a transaction.
//!
//! The program on the slow link is this test's own binary, run once more.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use archive::{Body, NewMessage, Outcome, Upkeep, Writer};
use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;

use crate::machines::{DATABASE, PATIENCE, once_more, options};
use crate::support::{message, migrated};

/// What the link takes to the server, in bytes per second.
const RATE: usize = 200_000;
/// Longer on its way than others let a session stand still (20 s), in bytes.
const LARGE: usize = 23 * RATE;
/// Longer on its way than the server lets a session idle (30 s), in bytes.
const LARGER: usize = 33 * RATE;

fn of_bytes(msg_id: &str, bytes: usize) -> NewMessage {
    let text = format!(r#"{{"x": "{}"}}"#, "x".repeat(bytes));
    NewMessage {
        body: Body::parse(&text).expect("a body"),
        ..message(msg_id)
    }
}

/// Passes on what comes at the link's rate.
fn pass_on(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let mut bytes = [0; 16 << 10];
    loop {
        let count = from.read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        thread::sleep(Duration::from_secs_f64(count as f64 / RATE as f64));
        to.write_all(&bytes[..count])?;
    }
}

/// A slow link to a port, which answers at once; answers its own port.
fn slow_link(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", to)).expect("connected");
            server.set_nodelay(true).expect("set");
            let clone = |stream: &TcpStream| stream.try_clone().expect("a clone");
            let (up, down) = ((clone(&client), clone(&server)), (server, client));
            thread::spawn(move || {
                let _ = pass_on(clone(&up.0), clone(&up.1));
                let _ = up.1.shutdown(Shutdown::Both);
            });
            thread::spawn(move || {
                let (mut from, mut to) = down;
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

/// Runs a test once more on a slow link, beside another program of its kind; it is not ended, and does
/// as it should.
fn is_let_be(test: &str) {
    let fixture = migrated();
    let port = devstack::shared_postgres().expect("a server").port();
    let link = slow_link(port);
    let url = &fixture.database.url;
    let slow_url = url.replace(&format!(":{port}/"), &format!(":{link}/"));
    assert_ne!(&slow_url, url);
    let mut slow = once_more(test, &slow_url, &[]);
    let other = Upkeep::new(&options(url, "slow"));
    let (start, mut ended) = (Instant::now(), 0);
    while slow.try_wait().expect("waited").is_none() && start.elapsed() < PATIENCE {
        ended += other.end_frozen().expect("looked");
        thread::sleep(Duration::from_millis(200));
    }
    let _ = slow.kill();
    let status = slow.wait().expect("ended");
    assert_eq!(ended, 0);
    assert!(status.success(), "{status}");
}

/// Stores batches one after the other; all are taken at the first try.
fn store(url: &str, batches: Vec<Vec<NewMessage>>) {
    let writer = Writer::new(&options(url, "slow"));
    for mut batch in batches {
        let outcomes = writer.store(&mut batch).expect("stored");
        assert_eq!(outcomes.last(), Some(&Outcome::Stored));
    }
}

#[test]
fn a_large_message_is_copied_over_a_slow_link() {
    if let Ok(url) = std::env::var(DATABASE) {
        return store(&url, vec![vec![of_bytes("large", LARGE)]]);
    }
    is_let_be("slow_link::a_large_message_is_copied_over_a_slow_link");
}

#[test]
fn a_copy_that_failed_is_sent_to_its_end_over_a_slow_link() {
    if let Ok(url) = std::env::var(DATABASE) {
        // The second one has the server store the first one before it has the third.
        let batch = ["a", "b", "c"];
        let mut batch = batch.map(|msg_id| of_bytes(msg_id, 100_000));
        batch[2] = of_bytes("c", LARGE);
        return store(&url, vec![vec![message("a")], batch.to_vec()]);
    }
    is_let_be("slow_link::a_copy_that_failed_is_sent_to_its_end_over_a_slow_link");
}

#[test]
fn a_large_message_is_inserted_over_a_slow_link() {
    if let Ok(url) = std::env::var(DATABASE) {
        let writer = Writer::new(&options(&url, "slow"));
        for expected in [Outcome::Stored, Outcome::Duplicate] {
            assert_eq!(
                writer.store(&mut [message("a")]).expect("stored"),
                [expected]
            );
        }
        // After a duplicate, nothing is copied.
        let mut large = [of_bytes("large", LARGER)];
        let outcomes = writer.store(&mut large).expect("stored");
        return assert_eq!(outcomes, [Outcome::Stored]);
    }
    is_let_be("slow_link::a_large_message_is_inserted_over_a_slow_link");
}

#[test]
fn a_large_delivery_is_put_aside_over_a_slow_link() {
    if let Ok(url) = std::env::var(DATABASE) {
        let letter = crate::support::letter(&vec![0; LARGER]);
        let writer = Writer::new(&options(&url, "slow"));
        return writer.put_aside(&[letter]).expect("put aside");
    }
    is_let_be("slow_link::a_large_delivery_is_put_aside_over_a_slow_link");
}

#[test]
fn no_program_ends_its_own_sessions() {
    let fixture = migrated();
    let options = options(&fixture.database.url, "own");
    let writer = Writer::new(&options);
    writer.store(&mut [message("a")]).expect("stored");
    // One that stands still, and has the mark of this program.
    let mut session = PgConnection::establish(&fixture.database.url).expect("a session");
    session
        .batch_execute(
            "SET application_name = 'own';
             SELECT pg_advisory_lock_shared(classid::integer, objid::integer) FROM pg_locks JOIN pg_stat_activity USING (pid)
             WHERE locktype = 'advisory' AND objsubid = 2 AND application_name = 'own' AND datname = current_database();
             BEGIN; SELECT 1",
        )
        .expect("begun");
    let (start, upkeep) = (Instant::now(), Upkeep::new(&options));
    while start.elapsed() < Duration::from_secs(23) {
        assert_eq!(upkeep.end_frozen().expect("looked"), 0);
        thread::sleep(Duration::from_millis(500));
    }
    session.batch_execute("COMMIT").expect("it is there still");
}
