//! More clients than grepper has files for.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use devstack::{Process, free_port};

use crate::alerts::prometheus::Prometheus;
use crate::support::eventually;
use crate::support::programs::migrate;

pub const ALERTS: &[&str] = &["FilesRunOut"];

/// So many files grepper may have open, of which it keeps some 230 for itself.
const FILES: u32 = 1300;
/// So many clients stay connected.
const WAITING: usize = 1020;

/// grepper as a service manager starts it that leaves it few files.
fn start_with_few_files(database_url: &str, listen: &str, watched: u16) -> Process {
    let serve = acceptance::serve(database_url, listen).expect("grepper");
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {FILES}; exec \"$@\""), "sh"]);
    command.arg(serve.get_program()).args(serve.get_args());
    command.args(["--monitoring", &format!("127.0.0.1:{watched}")]);
    let process = Process::spawn(&command).expect("grepper");
    eventually("it listens", Duration::from_secs(20), || {
        TcpStream::connect(listen).is_ok()
    });
    process
}

/// Somebody who waits for what does not come.
fn wait(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connected");
    let ask = "GET /v2/id?id=none&wait=120 HTTP/1.1\r\nHost: h\r\n\r\n";
    stream.write_all(ask.as_bytes()).expect("sent");
    stream
}

#[test]
fn what_many_clients_take_is_told() {
    let watched = free_port().expect("a port");
    let Some(mut prometheus) = Prometheus::watching(&[("grepper", watched)]) else {
        return;
    };
    service::files::raise_limit(8192);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let address = format!("127.0.0.1:{}", free_port().expect("a port"));
    let _grepper = start_with_few_files(&database.url, &address, watched);
    prometheus.is_calm();

    let waiting: Vec<TcpStream> = (0..WAITING).map(|_| wait(&address)).collect();
    prometheus.fires(ALERTS);
    drop(waiting);
    prometheus.assert_all_fired(ALERTS);
}
