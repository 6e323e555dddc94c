//! A large answer for which grepper has no room, as those who asked for others read slowly.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use devstack::{Process, free_port};
use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::alerts::grepper::Over;
use crate::alerts::prometheus::Prometheus;
use crate::support::eventually;
use crate::support::programs::migrate;

pub const ALERTS: &[&str] = &["GrepperNoRoom"];

/// Megabytes: what a page takes at most.
const ROOM: &str = "13";
/// Each holds room for a message of 600 kB, so that there is none for one of 10 MB.
const READERS: usize = 24;
/// Some 200 kB a second: who takes nothing for long would give way.
const PIECE: usize = 16 << 10;
const PAUSE: Duration = Duration::from_millis(80);
/// Else the machine would hold megabytes of each answer.
const RECEIVED: usize = 8 << 10;

const FILL: &str = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
    SELECT category || n, 0, 'org.example.t', now() AT TIME ZONE 'UTC' - n * interval '1 minute', category,
           json_build_object('text', repeat(md5(n::text), bytes / 32)), '{}'
    FROM (VALUES ('large', 100, 600000), ('huge', 1, 10000000)) AS kind (category, number, bytes)
    CROSS JOIN generate_series(1, number) AS n";

fn start(database_url: &str, listen: &str, watched: u16) -> Process {
    let mut command = acceptance::serve(database_url, listen).expect("grepper");
    command.args(["--answer-room-mb", ROOM]);
    command.args(["--monitoring", &format!("127.0.0.1:{watched}")]);
    let process = Process::spawn(&command).expect("grepper");
    eventually("it listens", Duration::from_secs(20), || {
        TcpStream::connect(listen).is_ok()
    });
    process
}

fn ask(listen: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(listen).expect("connected");
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).expect("set");
    let ask = format!("GET {path} HTTP/1.0\r\n\r\n");
    stream.write_all(ask.as_bytes()).expect("sent");
    stream
}

/// Asks for pages of large messages and reads them slowly.
fn read_slowly(listen: &str, over: &AtomicBool) {
    let mut piece = vec![0; PIECE];
    while !over.load(Ordering::Relaxed) {
        let mut stream = ask(listen, "/raw?category=large&rows_per_page=100");
        set_socket_recv_buffer_size(&stream, RECEIVED).expect("set");
        while !over.load(Ordering::Relaxed) && matches!(stream.read(&mut piece), Ok(1..)) {
            std::thread::sleep(PAUSE);
        }
    }
}

/// Asks for a larger one and reads it at once, again and again.
fn read(listen: &str, over: &AtomicBool) {
    let mut piece = vec![0; 1 << 20];
    while !over.load(Ordering::Relaxed) {
        let mut stream = ask(listen, "/raw?category=huge");
        while matches!(stream.read(&mut piece), Ok(1..)) {}
    }
}

#[test]
fn what_slow_readers_take_is_told() {
    let watched = free_port().expect("a port");
    let Some(mut prometheus) = Prometheus::watching(&[("grepper", watched)]) else {
        return;
    };
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    postgres.run_sql(&database.name, FILL).expect("messages");
    let listen = format!("127.0.0.1:{}", free_port().expect("a port"));
    let _grepper = start(&database.url, &listen, watched);
    prometheus.is_calm();

    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = Over(&over);
        for _ in 0..READERS {
            scope.spawn(|| read_slowly(&listen, &over));
        }
        scope.spawn(|| read(&listen, &over));
        prometheus.fires(ALERTS);
    });
    prometheus.assert_all_fired(ALERTS);
}
