//! What can be answered without a database: paths, methods, cross-origin rules, refusals.

mod addresses;
mod builders;
mod kept;
mod policies;
mod refused;

use std::io::{Read, Write};
use std::net::TcpStream;

use clap::Parser;
use grepper::app::Application;
use grepper::config::Config;
use grepper::config::settings::CommandLine;

/// What a browser sends that opens a page.
const NAVIGATION: [(&str, &str); 2] = [
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("Sec-Fetch-Mode", "navigate"),
];

/// Starts a server whose database is away, for as long as the test program runs.
fn start(arguments: &[&str]) -> u16 {
    let fixed = [
        "grepper",
        "--listen=127.0.0.1:0",
        "--database-url=postgresql://127.0.0.1:1/nowhere",
        "--checkout-timeout-ms=100",
        "--workers=1",
    ];
    let arguments: Vec<String> = fixed
        .iter()
        .chain(arguments)
        .map(|&text| text.to_owned())
        .collect();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let config = Config::load(CommandLine::parse_from(arguments)).expect("settings");
            let application = Application::build(config).expect("a free port");
            sender.send(application.port).expect("the test waits");
            application.server.await.expect("served");
        });
    });
    receiver.recv().expect("a port")
}

/// Sends one request; answers the whole response with its header names in lower case.
fn ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    send(
        port,
        &format!(
            "{method} {path} HTTP/1.1\r\nHost: h:{port}\r\n{headers}Connection: close\r\n\r\n"
        ),
    )
}

/// Sends the request as it is; answers the response, of which only the head need be text.
fn send(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status")
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n").expect("a head");
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
