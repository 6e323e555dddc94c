//! Requests as nobody sends them, by the thousands: whatever comes, grepper answers or closes, and
//! nothing in it breaks.
//!
//! `FUZZ_REQUESTS` says how many; what is sent depends on nothing else.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::own_database;
use crate::support::memory::peak;
use crate::support::programs::Grepper;

const PATHS: [&str; 34] = [
    "/raw",
    "/raw/",
    "/v2/search",
    "/id",
    "/v2/id",
    "/v2/road",
    "/find",
    "/v2/digest",
    "/v2/aggregate",
    "/v2/names",
    "/messagecount",
    "/v2/pulse",
    "/charts/line",
    "/charts/stackedbar",
    "/charts/gauge",
    "/charts/nope",
    "/healthz/live",
    "/healthz/nope",
    "/widget.js",
    "/",
    "/index/",
    "/topics/",
    "/categories/",
    "/packages/",
    "/users/",
    "/reference",
    "/static/style.css",
    "/static/../Cargo.toml",
    "//raw",
    "/raw//x",
    "/%2e%2e/raw",
    "/raw%00",
    "/charts/%00",
    "*",
];
const NAMES: [&str; 40] = [
    "user",
    "package",
    "category",
    "topic",
    "agent",
    "not_user",
    "not_package",
    "not_category",
    "not_topic",
    "not_agent",
    "contains",
    "start",
    "end",
    "delta",
    "page",
    "rows_per_page",
    "order",
    "meta",
    "callback",
    "size",
    "chrome",
    "id",
    "is_raw",
    "q",
    "subject",
    "nvr",
    "task",
    "branch",
    "as_of",
    "N",
    "split_on",
    "style",
    "width",
    "group_by",
    "limit",
    "zone",
    "kind",
    "prefix",
    "format",
    "%00",
];
const VALUES: [&str; 50] = [
    "",
    "0",
    "1",
    "-1",
    "2",
    "100",
    "101",
    "1e308",
    "-1e308",
    "nan",
    "inf",
    "0x10",
    "1_000",
    "٣",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999",
    "1714557600.5",
    "2024-05-01",
    "2024-02-30",
    "0000-00-00",
    "9999-12-31T23:59:60Z",
    "now",
    "asc",
    "desc",
    "small",
    "text",
    "summary",
    "topic",
    "user",
    "month",
    "hour",
    "Asia/Kolkata",
    "csv",
    "json",
    "ralph",
    "brew",
    "org.fedoraproject.prod.github.push",
    "users",
    "true",
    "%F0%9F%98%80",
    "%ff%fe",
    "%00",
    "%",
    "%25%5F%5C",
    "';--",
    "a.b.c",
    "zsh-5.9-1.fc45",
    "task:7",
    "https://koji.zoo.org/koji/taskinfo?taskID=%00",
];
const ODD_HEADERS: [&str; 10] = [
    "Accept: text/html",
    "Accept: */*;q=0",
    "Accept: ,;/",
    "Accept-Encoding: gzip",
    "Accept-Encoding: *;q=0",
    "Origin: null",
    "X-Forwarded-Host: a b",
    "Range: bytes=0-",
    "If-None-Match: \"x",
    "Expect: 100-continue",
];
const METHODS: [&str; 7] = ["GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "POST"];

/// Pseudo-random numbers: the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        // Xorshift, by Marsaglia.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Odd, but HTTP.
    fn well_formed(&mut self) -> Vec<u8> {
        let mut target = self.pick(&PATHS).to_owned();
        let most = [0, 1, 3, 8, 600][self.below(5)];
        for n in 0..self.below(most + 1) {
            target += if n == 0 { "?" } else { "&" };
            let (name, value) = (self.pick(&NAMES), self.pick(&VALUES));
            // Nobody can send these as they are.
            let value = value
                .replace('٣', "%D9%A3")
                .replace('%', if n % 9 == 8 { "%25" } else { "%" });
            target += &format!("{name}={value}");
        }
        let header = self.pick(&ODD_HEADERS);
        let method = self.pick(&METHODS);
        format!("{method} {target} HTTP/1.1\r\nHost: h\r\n{header}\r\n\r\n").into_bytes()
    }

    /// A well-formed request with some bytes changed, cut out or put in.
    fn malformed(&mut self) -> Vec<u8> {
        let mut request = self.well_formed();
        for _ in 0..=self.below(4) {
            let at = self.below(request.len());
            match self.below(4) {
                0 => request[at] = self.below(256) as u8,
                1 => request.insert(at, b"\r\n\0 :%/?"[self.below(8)]),
                2 => request.truncate(at.max(1)),
                _ => request
                    .extend_from_slice(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
            }
        }
        request
    }
}

/// Sends these requests one behind the other and answers the status of each answer.
fn statuses(grepper: &Grepper, requests: &[u8]) -> Vec<u16> {
    let address = grepper.authority.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("connected");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("set");
    // It may close before all is sent.
    let mut answers = Vec::new();
    if stream.write_all(requests).is_ok() {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let _ = stream.read_to_end(&mut answers);
    let text = String::from_utf8_lossy(&answers);
    let heads = text.split("HTTP/1.1 ").skip(1);
    heads
        .filter_map(|head| head.get(..3)?.parse().ok())
        .collect()
}

#[test]
fn no_request_breaks_it() {
    let wanted = std::env::var("FUZZ_REQUESTS").ok();
    let wanted = wanted.and_then(|number| number.parse().ok());
    let requests: usize = wanted.unwrap_or(10_000);
    let grepper = Grepper::start(&own_database::get().url, &[]);
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let (mut sent, mut answered) = (0, 0);
    while sent < requests {
        let is_malformed = dice.below(3) == 0;
        let number = if is_malformed {
            1
        } else {
            [1, 4, 16][dice.below(3)]
        };
        let mut batch = Vec::new();
        for _ in 0..number {
            batch.extend(if is_malformed {
                dice.malformed()
            } else {
                dice.well_formed()
            });
        }
        let statuses = statuses(&grepper, &batch);
        for status in &statuses {
            let is_expected = matches!(
                status,
                100 | 200 | 303 | 304 | 308 | 400 | 404 | 405 | 408 | 431 | 503
            );
            assert!(is_expected, "{status}: {}", String::from_utf8_lossy(&batch));
        }
        sent += number;
        answered += statuses.len();
    }
    assert!(answered > requests / 2, "{answered} answers to {sent}");
    assert_eq!(grepper.get("/raw?rows_per_page=5").status, 200);
    let log = grepper.process.log().expect("its log");
    let broken = log
        .lines()
        .find(|line| line.contains("panicked") || line.contains(" ERROR "));
    assert_eq!(broken, None);
    let peak = peak(&grepper.process);
    assert!(peak < 200 << 20, "{} MB", peak >> 20);
}
