//! What was folded is told again for as long as nothing came, and read once for all who ask at the same time.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::programs::Grepper;
use crate::waiting::{Scene, message, settle};

const NVR: &str = "tidepool-1.4.2-1.fc45";
const PATIENCE: Duration = Duration::from_secs(60);

fn road(grepper: &Grepper, nvr: &str) -> Value {
    let answer = grepper.get(&format!("/v2/road?nvr={nvr}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn word(grepper: &Grepper, nvr: &str) -> String {
    let answer = road(grepper, nvr);
    let word = &answer["roads"][0]["stages"]["build"]["word"];
    word.as_str().unwrap_or_default().to_owned()
}

/// Asks until nothing is read for it any more: grepper follows the database.
fn follow(grepper: &Grepper, nvr: &str) {
    eventually("it is remembered", PATIENCE, || {
        let [before] = grepper.asked(["inquire"]);
        road(grepper, nvr);
        grepper.asked(["inquire"]) == [before]
    });
}

#[test]
fn a_road_that_is_asked_for_again_costs_a_look_until_something_comes() {
    let scene = Scene::new();
    scene.build(NVR, 0);
    let grepper = Grepper::start_told(&scene.database.url);
    follow(&grepper, "another-1-1.fc45");
    let [read] = grepper.asked(["inquire"]);
    let first = Instant::now();
    assert_eq!(word(&grepper, NVR), "running");
    let first = first.elapsed();
    assert_eq!(grepper.asked(["inquire"]), [read + 1]);
    let [looked] = grepper.asked(["look"]);
    let again = Instant::now();
    for _ in 0..10 {
        assert_eq!(word(&grepper, NVR), "running");
    }
    let again = again.elapsed() / 10;
    let [read_again, looked_again] = grepper.asked(["inquire", "look"]);
    assert_eq!(read_again, read + 1);
    // Beside those that are made each second.
    let looks = looked_again - looked;
    assert!(
        (1..=10 + again.as_secs() as usize * 10 + 5).contains(&looks),
        "{looks}"
    );
    println!("a road takes {first:?} at first, and then {again:?}");
    scene.store(message(
        "other",
        "wiki.article.edit",
        &["nvr:another-1-1.fc45".to_owned()],
        &json!({}),
    ));
    assert_eq!(word(&grepper, NVR), "running");
    assert_eq!(
        grepper.asked(["inquire"]),
        [read + 1],
        "that was another one"
    );
    scene.build(NVR, 1);
    assert_eq!(word(&grepper, NVR), "passed");
    assert_eq!(grepper.asked(["inquire"]), [read + 2]);
}

#[test]
fn what_was_seen_is_in_the_road_that_is_asked_for_next() {
    let scene = Scene::new();
    let grepper = Grepper::start_told(&scene.database.url);
    follow(&grepper, "another-1-1.fc45");
    let [before] = grepper.asked(["inquire"]);
    let nvr = |n: usize| format!("many-{n}-1.fc45");
    for n in 0..30 {
        assert_eq!(word(&grepper, &nvr(n)), "none");
        for (state, expected) in [(0, "running"), (1, "passed")] {
            scene.build(&nvr(n), state);
            let seen = grepper.get(&format!("/v2/id?id={}-{state}", nvr(n)));
            assert_eq!(seen.status, 200);
            assert_eq!(word(&grepper, &nvr(n)), expected);
            assert_eq!(word(&grepper, &nvr(n)), expected);
        }
    }
    let [read] = grepper.asked(["inquire"]);
    assert!(read - before < 4 * 30, "{} for 5 * 30", read - before);
}

/// Requests that are answered once the build is complete.
fn waiting(grepper: &Grepper, count: usize) -> Vec<TcpStream> {
    let address = grepper.authority.trim_start_matches("http://");
    let path = format!("/v2/road?nvr={NVR}&wait=120&until=build:passed");
    let head = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let ask = |_| {
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.write_all(head.as_bytes()).expect("sent");
        stream
    };
    (0..count).map(ask).collect()
}

#[test]
fn two_hundred_who_wait_for_the_same_have_it_read_once_for_each_message() {
    let scene = Scene::new();
    let grepper = Grepper::start_told(&scene.database.url);
    follow(&grepper, "another-1-1.fc45");
    let [before] = grepper.asked(["inquire"]);
    let streams = waiting(&grepper, 200);
    settle(devstack::shared_postgres().expect("a server"), &scene);
    let [came] = grepper.asked(["inquire"]);
    assert!(came - before <= 3, "{} for all who came", came - before);
    scene.build(NVR, 0);
    eventually("it is read", PATIENCE, || {
        grepper.asked(["inquire"]) > [came]
    });
    std::thread::sleep(Duration::from_secs(1));
    let [woken] = grepper.asked(["inquire"]);
    assert!(woken - came <= 2, "{} for a message", woken - came);
    scene.build(NVR, 1);
    for mut stream in streams {
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.contains("\"met\": true"), "{answer}");
    }
    let [answered] = grepper.asked(["inquire"]);
    assert!(answered - woken <= 2, "{} for a message", answered - woken);
}

#[test]
fn who_asks_at_the_same_time_shares_what_is_read_and_what_goes_wrong() {
    let scene = Scene::new();
    scene.build(NVR, 1);
    let grepper = Grepper::start_told(&scene.database.url);
    let postgres = devstack::shared_postgres().expect("a server");
    // Whoever reads subjects waits until this ends.
    let lock = "BEGIN; LOCK message_subjects IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT";
    std::thread::scope(|scope| {
        scope.spawn(|| postgres.run_sql(&scene.database.name, lock));
        std::thread::sleep(Duration::from_millis(700));
        let asking: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| word(&grepper, NVR)))
            .collect();
        for asking in asking {
            assert_eq!(asking.join().expect("an answer"), "passed");
        }
    });
    let [read] = grepper.asked(["inquire"]);
    // One may have come when the first one had begun.
    assert!((1..=2).contains(&read), "{read}");
}

#[test]
fn what_is_read_for_several_is_given_up_when_the_last_of_them_leaves() {
    let scene = Scene::new();
    let grepper = Grepper::start_told(&scene.database.url);
    let postgres = devstack::shared_postgres().expect("a server");
    let lock = "BEGIN; LOCK message_subjects IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(25); COMMIT";
    let waiting_for_it = || {
        let sessions = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND wait_event_type = 'Lock'
                    AND query NOT LIKE '%pg_snapshot%'",
            scene.database.name
        );
        let rows = crate::support::rows(postgres, &scene.database.name, &sessions);
        rows.concat().parse::<u32>().expect("a number")
    };
    let address = grepper.authority.trim_start_matches("http://");
    let ask = || {
        let mut stream = TcpStream::connect(address).expect("connected");
        let head = format!("GET /v2/road?nvr={NVR} HTTP/1.1\r\nHost: h\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        stream
    };
    std::thread::scope(|scope| {
        scope.spawn(|| postgres.run_sql(&scene.database.name, lock));
        std::thread::sleep(Duration::from_millis(700));
        let (first, second) = (ask(), ask());
        eventually("it is read", PATIENCE, || waiting_for_it() == 1);
        std::thread::sleep(Duration::from_millis(500));
        drop(first);
        std::thread::sleep(Duration::from_secs(4));
        assert_eq!(waiting_for_it(), 1, "somebody wants it");
        drop(second);
        eventually("it is given up", Duration::from_secs(15), || {
            waiting_for_it() == 0
        });
        assert_eq!(grepper.asked(["inquire"]), [1], "and not read");
    });
}

#[test]
fn a_page_looks_up_what_messages_say_all_at_once() {
    let scene = Scene::new();
    scene.build(NVR, 0);
    let grepper = Grepper::start_told(&scene.database.url);
    let url = format!("{}/v2/road?nvr={NVR}", grepper.authority);
    let page = crate::support::http::request("GET", &url, &[("Accept", "text/html")]);
    assert!(page.body.contains("tidepool"), "{}", page.body);
    assert_eq!(grepper.asked(["find", "find_all"]), [0, 1]);
}
