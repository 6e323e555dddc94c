//! Requests that nobody should send.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use simulator::Random;

use crate::disturbances::disturbance::Disturbance;
use crate::scene::Scene;
use crate::wire;

pub const ALL: &[Disturbance] = &[
    Disturbance::quiet("odd requests", |scene, random| attack(scene, random, odd)),
    Disturbance::quiet("broken requests", |scene, random| {
        attack(scene, random, broken)
    }),
];

const LENGTH: Duration = Duration::from_secs(15);
const PATHS: [&str; 16] = [
    "/raw",
    "//raw/",
    "/v2/search",
    "/id",
    "/v2/id",
    "/messagecount",
    "/charts/line",
    "/charts/xx",
    "/widget.js",
    "/",
    "/reference/",
    "/healthz/live",
    "/healthz/ready",
    "/static/../../etc/passwd",
    "/%00",
    "/raw/%2e",
];
const NAMES: [&str; 22] = [
    "user",
    "package",
    "category",
    "topic",
    "agent",
    "not_user",
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
    "N",
    "split_on",
    "width",
    "is_raw",
];
const VALUES: [&str; 30] = [
    "",
    "0",
    "1",
    "-1",
    "100",
    "1e9",
    "1e400",
    "nan",
    "inf",
    "99999999999999999999",
    "2024-02-30",
    "9999-12-31T23:59:59",
    "%00",
    "%ff",
    "%F0%9F%98%80",
    "'",
    "\\",
    "%22",
    "<script>",
    "asc",
    "desc",
    "users",
    "contains",
    "a.b",
    "alert",
    "text",
    "summary",
    "true",
    "false",
    "+02:00",
];

/// Sends what `request` makes, and looks at the statuses: 500 is a fault.
fn attack(
    scene: &Scene,
    random: &mut Random,
    request: fn(&mut Random) -> Vec<u8>,
) -> Result<String> {
    let end = scene.journal.now() + LENGTH;
    let mut statuses: BTreeMap<u16, u32> = BTreeMap::new();
    while scene.journal.now() < end {
        let request = request(random);
        let address = &scene.stack.addresses[random.index(scene.stack.addresses.len())];
        let answer = wire::send(address, &request)
            .ok()
            .and_then(|mut stream| wire::status(&mut stream));
        let (status, text) = answer.unwrap_or_default();
        *statuses.entry(status).or_default() += 1;
        if status >= 500 && status != 503 {
            let request = String::from_utf8_lossy(&request);
            scene
                .journal
                .fault(&format!("{status} to {request:?}: {text:?}"));
        }
    }
    let counts: Vec<String> = statuses
        .iter()
        .map(|(status, count)| match status {
            0 => format!("none {count}"),
            status => format!("{status} {count}"),
        })
        .collect();
    Ok(format!("answers: {}", counts.join(", ")))
}

/// Well-formed, with parameters that make no sense.
fn odd(random: &mut Random) -> Vec<u8> {
    let mut path = random.pick(&PATHS).to_owned();
    let count = random.pick(&[0, 1, 2, 3, 5, 8, 200]);
    for number in 0..count {
        let mark = if number == 0 { '?' } else { '&' };
        let (name, value) = (random.pick(&NAMES), random.pick(&VALUES));
        path = format!("{path}{mark}{name}={value}");
    }
    wire::get(&path)
}

/// An odd request in which some bytes are others, or there is more or less of it.
fn broken(random: &mut Random) -> Vec<u8> {
    let mut bytes = odd(random);
    for _ in 0..random.between(1, 8) {
        let place = random.index(bytes.len());
        match random.between(0, 3) {
            0 => bytes[place] = random.bits() as u8,
            1 => bytes.truncate(place.max(1)),
            2 => bytes.insert(place, random.pick(b"\r\n\0 :%\xff")),
            _ => {
                let headers = [
                    "Content-Length: 5\r\n",
                    "Content-Length: -1\r\n",
                    "Transfer-Encoding: chunked\r\n",
                    "Expect: 100-continue\r\n",
                    "Upgrade: h2c\r\n",
                    "Accept: \u{0}\r\n",
                    "Host: evil\r\n",
                ];
                let header = random.pick(&headers);
                let end = bytes.len().saturating_sub(2);
                bytes.splice(end..end, header.bytes());
            }
        }
    }
    // So that the server does not wait for the rest.
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes
}
