//! grepper while it is restarted on a socket that outlives it, as a service manager holds it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use devstack::free_port;

use crate::support::eventually;
use crate::support::http;
use crate::support::programs::migrate;

const RESTARTS: usize = 4;

/// A grepper that ends with its test, however that ends.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts grepper with this socket as the one that is handed over. Who watches is answered on another one, which it
/// binds itself.
fn start(database_url: &str, socket: &TcpListener, watched: u16) -> Started {
    // Its own address could not be had: all that it listens on is the socket.
    let serve = acceptance::serve(database_url, "192.0.2.1:1").expect("grepper");
    let script = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"";
    let socket = OwnedFd::from(socket.try_clone().expect("a socket"));
    let started = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(serve.get_program())
        .args(serve.get_args())
        .args(["--monitoring", &format!("127.0.0.1:{watched}")])
        .stdin(socket)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Started(started.expect("started"))
}

#[test]
fn nobody_is_refused_while_grepper_is_restarted_on_a_socket_that_it_was_handed() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let socket = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let authority = socket.local_addr().expect("its address").to_string();
    let watched = free_port().expect("a port");
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        // It panics where nobody answers, or something else than a whole answer.
        let ask = || {
            while !is_over.load(Ordering::Relaxed) {
                let answer = http::get(&format!("http://{authority}/raw"));
                assert_eq!(answer.status, 200, "{}", answer.body);
                assert_eq!(answer.json()["total"], 0);
                answered.fetch_add(1, Ordering::Relaxed);
            }
        };
        let clients = [(); 4].map(|()| scope.spawn(ask));
        for _ in 0..RESTARTS {
            let mut grepper = start(&database.url, &socket, watched);
            let before = answered.load(Ordering::Relaxed);
            eventually("many are answered", Duration::from_secs(60), || {
                answered.load(Ordering::Relaxed) > before + 50
            });
            let metrics = http::get(&format!("http://127.0.0.1:{watched}/metrics")).body;
            assert!(metrics.contains("\ngrepper_build_info"), "{metrics}");
            let pid = grepper.0.id().to_string();
            let killed = Command::new("kill").args(["-TERM", &pid]).status();
            assert!(killed.expect("kill").success());
            let status = grepper.0.wait().expect("it ends");
            assert!(status.success(), "{status}");
        }
        let last = start(&database.url, &socket, watched);
        is_over.store(true, Ordering::Relaxed);
        let ended = clients.map(std::thread::ScopedJoinHandle::join);
        drop(last);
        assert!(ended.iter().all(Result::is_ok), "all were answered");
    });
}

/// Asks on one connection until an answer says that it is the last; how many there were, or what went wrong.
fn ask_until_told(authority: &str, answered: &AtomicUsize) -> Result<usize, String> {
    let wrong = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(authority).map_err(wrong)?;
    let mut answers = BufReader::new(stream.try_clone().map_err(wrong)?);
    for asked in 1.. {
        let request = "GET /messagecount HTTP/1.1\r\nHost: h\r\n\r\n";
        stream.write_all(request.as_bytes()).map_err(wrong)?;
        let (mut length, mut is_last) = (0, false);
        loop {
            let mut line = String::new();
            if answers.read_line(&mut line).map_err(wrong)? == 0 {
                return Err(format!("closed without a word after {asked} requests"));
            }
            let line = line.trim_end().to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().expect("a number"),
                Some(("connection", value)) => is_last = value == "close",
                _ if line.is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        answers.read_exact(&mut body).map_err(wrong)?;
        answered.fetch_add(1, Ordering::Relaxed);
        if is_last {
            return Ok(asked);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    unreachable!()
}

#[test]
fn who_keeps_a_connection_is_told_before_it_is_closed() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let socket = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let authority = socket.local_addr().expect("its address").to_string();
    let mut grepper = start(&database.url, &socket, free_port().expect("a port"));
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let ask = || ask_until_told(&authority, &answered);
        let clients = [(); 16].map(|()| scope.spawn(ask));
        eventually("many are answered", Duration::from_secs(60), || {
            answered.load(Ordering::Relaxed) > 160
        });
        let pid = grepper.0.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(killed.expect("kill").success());
        let told = clients.map(|client| client.join().expect("it ends"));
        assert!(told.iter().all(Result::is_ok), "{told:?}");
    });
    assert!(grepper.0.wait().expect("it ends").success());
}
