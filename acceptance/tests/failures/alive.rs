//! Who restarts a program that stands still is told that it does, and not while it waits for a server.
//!
//! These wait for minutes, so their name has them run among the first.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use devstack::{Process, StopMode};

use crate::stack::Stack;
use crate::support::eventually;
use crate::support::http::get;
use crate::watched::{PATIENCE, becomes, start};

#[test]
fn a_writer_that_is_frozen_is_not_alive_and_one_that_waits_for_a_server_is() {
    let (mut stack, address) = start();
    let alive = || get(&format!("{address}/healthz/live")).status;
    let stream = stack.stream();
    stack.wait_for_stored(100);
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    becomes(&address, 503, "the database takes no messages");
    assert_eq!(alive(), 200);
    stack.postgres.start_again().expect("started");
    becomes(&address, 200, "OK");

    let lock = stack.lock_messages();
    becomes(&address, 503, "late with a batch");
    assert_eq!(alive(), 200);
    // Restarted after two minutes, and not before the database had time to say why not.
    eventually("it is not alive", Duration::from_secs(240), || {
        alive() == 503
    });
    stack.unlock(lock);
    becomes(&address, 200, "OK");
    assert_eq!(alive(), 200);
    stack.assert_all_stored_once(stream);
}

/// What systemd hears, a line each, until `wanted` is among it or time is up.
fn hears(socket: &UnixDatagram, wanted: &str) -> String {
    let mut heard = String::new();
    let start = Instant::now();
    let mut buffer = [0; 4096];
    while start.elapsed() < PATIENCE && !heard.contains(wanted) {
        if let Ok(length) = socket.recv(&mut buffer) {
            heard += std::str::from_utf8(&buffer[..length]).expect("text");
            heard += "\n";
        }
    }
    heard
}

#[test]
fn systemd_hears_of_the_start_and_the_end_and_nothing_from_who_is_stuck() {
    let mut stack = Stack::start();
    stack.nommer.terminate();
    let folder = tempfile::tempdir().expect("a folder");
    let (path, file) = (
        folder.path().join("notify"),
        folder.path().join("config.toml"),
    );
    let socket = UnixDatagram::bind(&path).expect("bound");
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("set");
    let text = Stack::config_of(&stack.rabbit, &stack.database);
    std::fs::write(&file, text).expect("written");
    let mut command = acceptance::consume(&file).expect("nommer");
    command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "6000000");
    let mut nommer = Process::spawn(&command).expect("nommer");

    let heard = hears(&socket, "READY=1");
    assert!(heard.contains("READY=1"), "{heard}");
    hears(
        &socket,
        "STATUS=consuming: 0 settled, 0 of them put aside; 0 held",
    );
    // For twice as long as the watchdog waits.
    let idle: String = (0..8).map(|_| hears(&socket, "STATUS=")).collect();
    assert_eq!(
        idle.matches("WATCHDOG=1").count(),
        8,
        "an idle bus is no reason: {idle}"
    );

    let stream = stack.stream();
    stack.wait_for_stored(100);
    let lock = stack.lock_messages();
    eventually("the watchdog hears nothing any more", PATIENCE, || {
        let mut heard = String::new();
        for _ in 0..2 {
            heard += &hears(&socket, "STATUS=");
        }
        heard.contains("STATUS=") && !heard.contains("WATCHDOG=1")
    });
    stack.unlock(lock);
    assert!(hears(&socket, "WATCHDOG=1").contains("WATCHDOG=1"));
    let (confirmed, _) = stream.finish();
    eventually("all are stored", PATIENCE, || {
        stack.stored() >= confirmed.len()
    });

    nommer.terminate().expect("signalled");
    assert!(hears(&socket, "STOPPING=1").contains("STOPPING=1"));
    let status = nommer.wait(PATIENCE).expect("waited").expect("ended");
    assert_eq!(status.code(), Some(0));
}
