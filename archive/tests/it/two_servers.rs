//! One address that leads to two servers, as a proxy in front of standbys does.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use archive::{ConnectionOptions, PageRequest, Reader, Search};
use devstack::{Postgres, PostgresOptions};

const DATABASE: &str = "messages";
/// No test waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

fn options(url: &str) -> ConnectionOptions {
    ConnectionOptions {
        url: url.to_owned(),
        application_name: "test",
        pool_size: 2,
        checkout_timeout: Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    }
}

/// A server with a database.
fn server() -> Postgres {
    let postgres = Postgres::start(PostgresOptions {
        // It takes transaction ids at any time.
        settings: vec![("autovacuum".to_owned(), "off".to_owned())],
        ..PostgresOptions::default()
    })
    .expect("a server");
    postgres.create_database(DATABASE).expect("a database");
    archive::migration::apply(&options(&postgres.url(DATABASE))).expect("migrated");
    postgres
}

fn number(postgres: &Postgres, sql: &str) -> u64 {
    let answer = postgres.run_sql(DATABASE, sql).expect(sql);
    answer.trim().parse().expect("a number")
}

/// Two servers whose rows have equal ids and versions.
fn twins() -> [Postgres; 2] {
    let servers = [server(), server()];
    let next = |server| number(server, "SELECT pg_snapshot_xmax(pg_current_snapshot())");
    for (one, other) in [(0, 1), (1, 0)] {
        while next(&servers[one]) < next(&servers[other]) {
            number(&servers[one], "SELECT pg_current_xact_id()");
        }
    }
    let versions = servers.each_ref().map(|server| {
        let port = server.port();
        let insert = format!(
            "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
             VALUES ('x', 0, 't.{port}', '2024-05-01', 'c', '{{\"port\": {port}}}', '{{}}')"
        );
        server.run_sql(DATABASE, &insert).expect("stored");
        number(server, "SELECT xmin FROM messages")
    });
    assert_eq!(versions[0], versions[1], "else nothing is proved");
    servers
}

/// Leads each connection to the port that `to` says when it comes; answers its own.
fn relay(to: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let port = to.load(Ordering::SeqCst);
            let server = TcpStream::connect(("127.0.0.1", port)).expect("connected");
            let copy = |mut from: TcpStream, mut to: TcpStream| {
                thread::spawn(move || {
                    let _ = io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
            };
            let clone = |stream: &TcpStream| stream.try_clone().expect("a clone");
            copy(clone(&client), clone(&server));
            copy(server, client);
        }
    });
    port
}

/// Keeps all others from the messages until it is told to end.
fn lock(server: &Postgres) -> std::process::Child {
    let sql = "BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)";
    let psql = Command::new("psql")
        .args(["-X", "-q", "-c", sql, &server.url(DATABASE)])
        .stderr(Stdio::null())
        .spawn()
        .expect("psql");
    wait_for(server, "wait_event = 'PgSleep'");
    psql
}

fn wait_for(server: &Postgres, what: &str) {
    let start = Instant::now();
    let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE {what}");
    while number(server, &sql) == 0 {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_is_remembered_of_one_server_is_not_taken_for_what_the_other_holds() {
    let servers = twins();
    let ports = servers.each_ref().map(Postgres::port);
    let to = Arc::new(AtomicU16::new(ports[0]));
    let url = servers[0].url(DATABASE);
    let url = url.replace(&ports[0].to_string(), &relay(to.clone()).to_string());
    let reader = Reader::new(&options(&url));
    let asked = {
        let reader = reader.clone();
        move || {
            let page = PageRequest { number: 1, size: 1 };
            let page = reader.search(&Search::default(), page).expect("a page");
            let message = &page.messages[0];
            let body = message.msg.replace(r#"{"port": "#, "t.").replace('}', "");
            assert_eq!(message.topic, body, "a body of the other server");
            body
        }
    };
    let of = ports.map(|port| format!("t.{port}"));
    assert_eq!(asked(), of[0]);
    let mut locker = lock(&servers[0]);
    let waiting = thread::spawn(asked.clone());
    wait_for(&servers[0], "wait_event_type = 'Lock'");
    to.store(ports[1], Ordering::SeqCst);
    assert_eq!((asked(), asked()), (of[1].clone(), of[1].clone()));
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    number(&servers[0], end);
    locker.wait().expect("ended");
    assert_eq!(waiting.join().expect("an answer"), of[0]);
    for _ in 0..4 {
        asked();
    }
}
