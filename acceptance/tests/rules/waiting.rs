//! Clients who wait are answered when it is so, whatever happens meanwhile.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use archive::{Body, ConnectionOptions, Identity, NewMessage, Subject, Writer};
use chrono::{TimeDelta, Utc};
use devstack::{Database, Postgres, PostgresOptions, StopMode};
use serde_json::{Value, json};

use crate::support::programs::{Grepper, migrate};
use crate::support::{eventually, http, rows};

const NVR: &str = "tidepool-1.4.2-1.fc45";
/// A wait that nobody waits for.
const LONG: Duration = Duration::from_secs(50);

/// An archive to which messages are written as nommer does.
pub struct Scene {
    pub writer: Writer,
    pub database: Database,
}

impl Scene {
    pub fn on(postgres: &Postgres) -> Self {
        let database = postgres.fresh_database().expect("a database");
        migrate(&database.url);
        let writer = Writer::new(&ConnectionOptions {
            url: database.url.clone(),
            application_name: "test",
            pool_size: 2,
            checkout_timeout: Duration::from_secs(10),
            statement_timeout: None,
            read_only: false,
        });
        Self { writer, database }
    }

    pub fn new() -> Self {
        Self::on(shared())
    }

    pub fn store(&self, message: NewMessage) {
        let outcomes = self.writer.store(&mut [message]).expect("stored");
        assert_eq!(outcomes, [archive::Outcome::Stored]);
    }

    /// Koji says how the build stands: 0 is building, 1 complete, 2 deleted, 3 failed.
    pub fn build(&self, nvr: &str, state: u8) {
        self.store(build(nvr, state));
    }
}

pub fn message(msg_id: &str, about: &str, subjects: &[String], body: &Value) -> NewMessage {
    NewMessage {
        msg_id: msg_id.to_owned(),
        identity: Identity::IdAndTime,
        topic: format!("org.fedoraproject.prod.{about}"),
        timestamp: Utc::now().naive_utc() - TimeDelta::seconds(1),
        category: about.split('.').next().unwrap_or_default().to_owned(),
        agent_name: None,
        body: Body::parse(&body.to_string()).expect("a body"),
        headers: Some(serde_json::Map::new()),
        legacy: None,
        users: Vec::new(),
        packages: Vec::new(),
        subjects: subjects.iter().map(|text| Subject::written(text)).collect(),
    }
}

pub fn build(nvr: &str, state: u8) -> NewMessage {
    let mut parts = nvr.rsplitn(3, '-');
    let [release, version, name] = [(); 3].map(|()| parts.next().expect("a part"));
    let body = json!({
        "name": name, "version": version, "release": release, "build_id": 77, "task_id": 88,
        "old": if state == 0 { Value::Null } else { json!(0) }, "new": state, "request": Value::Null,
    });
    let subjects = [
        format!("nvr:{nvr}"),
        format!("package:{name}"),
        "build:77".to_owned(),
        "task:88".to_owned(),
    ];
    let id = format!("{nvr}-{state}");
    message(&id, "buildsys.build.state.change", &subjects, &body)
}

/// Asks in a thread; answers the answer, and how long it took.
fn asking(grepper: &Grepper, path: &str) -> JoinHandle<(http::Answer, Duration)> {
    let url = format!("{}{path}", grepper.authority);
    thread::spawn(move || {
        let started = Instant::now();
        (http::get(&url), started.elapsed())
    })
}

/// Waits until requests that were sent are waiting: there is a session that looks for new messages.
pub fn settle(postgres: &Postgres, scene: &Scene) {
    let looks = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND query LIKE '%pg_snapshot_xmin(seen%'
                AND state_change > now() - interval '1 second' AND pid <> pg_backend_pid()",
        scene.database.name
    );
    eventually("somebody waits", Duration::from_secs(30), || {
        rows(postgres, &scene.database.name, &looks) != ["0"]
    });
    thread::sleep(Duration::from_millis(700));
}

fn shared() -> &'static Postgres {
    devstack::shared_postgres().expect("a PostgreSQL server")
}

fn answered(asking: JoinHandle<(http::Answer, Duration)>) -> Value {
    let (answer, took) = asking.join().expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(took < LONG, "{took:?}");
    answer.json()
}

fn word<'a>(answer: &'a Value, stage: &str) -> &'a Value {
    &answer["roads"][0]["stages"][stage]["word"]
}

#[test]
fn a_road_is_told_when_it_is_as_the_client_wants_it() {
    let scene = Scene::new();
    let grepper = Grepper::start(&scene.database.url, &[]);
    let path = format!("/v2/road?nvr={NVR}&wait=60");
    let anything = asking(&grepper, &path);
    let passed = asking(
        &grepper,
        &format!("{path}&until=build:passed,failed&until=sign:none"),
    );
    let complete = asking(
        &grepper,
        "/v2/road?package=tidepool&wait=60&until=build:passed",
    );
    settle(shared(), &scene);
    scene.build("another-1-1.fc45", 1);
    assert!(!anything.is_finished() && !passed.is_finished());
    scene.build(NVR, 0);
    let answer = answered(anything);
    assert_eq!(
        (&answer["met"], word(&answer, "build")),
        (&json!(true), &json!("running"))
    );
    assert!(!passed.is_finished());
    let cursor = answer["cursor"].as_str().expect("a cursor");
    let changed = asking(&grepper, &format!("{path}&since={cursor}"));
    settle(shared(), &scene);
    assert!(!changed.is_finished());
    scene.build(NVR, 1);
    for asking in [passed, changed, complete] {
        let answer = answered(asking);
        assert_eq!(
            (&answer["met"], word(&answer, "build")),
            (&json!(true), &json!("passed"))
        );
    }
}

#[test]
fn what_is_so_what_is_not_and_what_never_will_be_is_told_at_once_where_nobody_waits() {
    let scene = Scene::new();
    scene.build(NVR, 1);
    scene.build("gone-1-1.fc45", 2);
    let grepper = Grepper::start(&scene.database.url, &[]);
    for (query, met) in [
        (format!("nvr={NVR}&until=build:passed"), json!(true)),
        (format!("nvr={NVR}&until=build:passed&wait=60"), json!(true)),
        (format!("nvr={NVR}&until=stable:passed"), json!(false)),
        (
            format!("nvr={NVR}&until=stable:passed&wait=0.2"),
            json!(false),
        ),
        (
            format!("nvr={NVR}&until=build:running&wait=60"),
            json!("never"),
        ),
        (
            "nvr=gone-1-1.fc45&until=build:passed&wait=60".to_owned(),
            json!("never"),
        ),
        (
            "nvr=gone-1-1.fc45&until=build:passed,failed&wait=60".to_owned(),
            json!(true),
        ),
        (
            "package=gone&until=build:passed&wait=0.2".to_owned(),
            json!(false),
        ),
        (
            format!("nvr={NVR}&until=gating:passed,build:passed&wait=60"),
            json!(true),
        ),
        (
            format!("nvr={NVR}&until=build:running,stable:passed"),
            json!(false),
        ),
        (
            "nvr=gone-1-1.fc45&until=build:running,passed,failed,sign:passed&wait=60".to_owned(),
            json!(true),
        ),
        (
            "nvr=gone-1-1.fc45&until=build:running,build:passed".to_owned(),
            json!("never"),
        ),
        ("nvr=unknown-1-1.fc45&wait=0.2".to_owned(), json!(false)),
        (
            "update=FEDORA-2026-1&until=stable:passed&wait=0.2".to_owned(),
            json!(false),
        ),
        (
            format!("nvr={NVR}&since={}&wait=60", "0".repeat(32)),
            json!(true),
        ),
    ] {
        let answer = answered(asking(&grepper, &format!("/v2/road?{query}")));
        assert_eq!(answer["met"], met, "{query}");
    }
    assert!(
        grepper
            .get(&format!("/v2/road?nvr={NVR}"))
            .json()
            .get("met")
            .is_none()
    );
}

#[test]
fn wrong_waits_are_refused_by_name() {
    let scene = Scene::new();
    let grepper = Grepper::start(&scene.database.url, &["--max-wait", "20"]);
    for (path, parameter, allowed) in [
        ("/v2/road?nvr=a-1-1&wait=21", "wait", "from 0 to 20"),
        ("/v2/road?nvr=a-1-1&wait=x", "wait", "a number of seconds"),
        ("/v2/road?nvr=a-1-1&until=stabel:passed", "until", "stable"),
        (
            "/v2/road?nvr=a-1-1&until=sign:failed",
            "until",
            "running, waiting, passed, none",
        ),
        (
            "/v2/road?nvr=a-1-1&since=x",
            "since",
            "the cursor of an answer",
        ),
        ("/v2/search?wait=21", "wait", "from 0 to 20"),
        ("/v2/id?id=a&wait=-1", "wait", "from 0 to 20"),
    ] {
        let answer = grepper.get(path);
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        let body = answer.json();
        assert_eq!(body["parameter"], parameter, "{path}");
        let told = body["allowed"].as_str().expect("a text");
        assert!(told.contains(allowed), "{path}: {told}");
    }
    assert_eq!(
        grepper.get("/id?id=a&wait=x").status,
        404,
        "the contract knows no waiting"
    );
    assert_eq!(grepper.get("/raw?wait=x").status, 200);
}

#[test]
fn a_search_and_a_message_are_waited_for() {
    let scene = Scene::new();
    let grepper = Grepper::start(&scene.database.url, &[]);
    let start = Utc::now().timestamp() - 5;
    let by_subject = asking(
        &grepper,
        &format!("/v2/search?subject=nvr:{NVR}&wait=60&start={start}"),
    );
    let topic = "org.fedoraproject.prod.buildsys.build.state.change";
    let by_topic = asking(
        &grepper,
        &format!("/v2/search?topic={topic}&wait=60&delta=600"),
    );
    let by_id = asking(&grepper, &format!("/v2/id?id={NVR}-1&wait=60"));
    let nothing = asking(&grepper, "/v2/search?topic=nothing&wait=0.5");
    let none = asking(&grepper, "/v2/id?id=nothing&wait=0.5");
    settle(shared(), &scene);
    assert!(
        ![&by_subject, &by_topic, &by_id]
            .iter()
            .any(|asking| asking.is_finished())
    );
    scene.build(NVR, 1);
    assert_eq!(answered(by_subject)["total"], 1);
    assert_eq!(answered(by_topic)["total"], 1);
    assert_eq!(answered(by_id)["id"], format!("{NVR}-1"));
    assert_eq!(answered(nothing)["total"], 0);
    assert_eq!(none.join().expect("an answer").0.status, 404);
    let at_once = answered(asking(
        &grepper,
        &format!("/v2/search?subject=nvr:{NVR}&wait=60"),
    ));
    assert_eq!(at_once["total"], 1);
}

#[test]
fn a_message_of_a_clock_that_is_ahead_is_found_when_its_time_has_come() {
    let scene = Scene::new();
    let grepper = Grepper::start(&scene.database.url, &[]);
    let waiting = asking(
        &grepper,
        &format!("/v2/search?subject=nvr:{NVR}&delta=3600&wait=50"),
    );
    settle(shared(), &scene);
    let mut ahead = build(NVR, 1);
    ahead.timestamp = Utc::now().naive_utc() + TimeDelta::seconds(6);
    scene.store(ahead);
    let (answer, took) = waiting.join().expect("answered");
    assert_eq!(answer.json()["total"], 1, "{}", answer.body);
    assert!(
        took < LONG - Duration::from_secs(15),
        "at the end of its time: {took:?}"
    );
}

#[test]
fn who_stores_first_and_commits_last_is_waited_for() {
    let postgres = shared();
    let scene = Arc::new(Scene::new());
    // The message of one build takes long to be stored: it has its number by then.
    postgres
        .run_sql(
            &scene.database.name,
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN IF new.msg LIKE '%slow%' THEN PERFORM pg_sleep(3); END IF; RETURN new; END $$;
             CREATE TRIGGER slow BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .expect("made");
    let grepper = Grepper::start(&scene.database.url, &[]);
    let slow = asking(&grepper, "/v2/road?nvr=slow-1-1.fc45&wait=60");
    let quick = asking(&grepper, "/v2/road?nvr=quick-1-1.fc45&wait=60");
    settle(shared(), &scene);
    let storing = thread::spawn({
        let scene = scene.clone();
        move || scene.build("slow-1-1.fc45", 1)
    });
    thread::sleep(Duration::from_millis(500));
    scene.build("quick-1-1.fc45", 1);
    assert_eq!(answered(quick)["met"], true);
    assert!(!slow.is_finished());
    storing.join().expect("stored");
    assert_eq!(answered(slow)["met"], true);
    let ids = "SELECT string_agg(msg_id, ' ' ORDER BY id) FROM messages";
    let ids = postgres.run_sql(&scene.database.name, ids).expect("read");
    assert_eq!(ids.trim(), "slow-1-1.fc45-1 quick-1-1.fc45-1");
}

#[test]
fn a_restart_of_the_database_is_waited_out() {
    let mut postgres = Postgres::start(PostgresOptions::default()).expect("a server");
    let scene = Scene::on(&postgres);
    let grepper = Grepper::start(&scene.database.url, &[]);
    let nvr = |n: usize| format!("many-{n}-1.fc45");
    let waiting: Vec<_> = (0..30)
        .map(|n| {
            asking(
                &grepper,
                &format!("/v2/road?nvr={}&wait=60&until=build:passed", nvr(n)),
            )
        })
        .collect();
    settle(&postgres, &scene);
    for n in 0..10 {
        scene.build(&nvr(n), 1);
    }
    postgres.stop(StopMode::Immediate).expect("stopped");
    thread::sleep(Duration::from_secs(1));
    postgres.start_again().expect("started");
    for n in 10..30 {
        eventually("stored again", Duration::from_secs(30), || {
            scene.writer.store(&mut [build(&nvr(n), 1)]).is_ok()
        });
    }
    for asking in waiting {
        assert_eq!(answered(asking)["met"], true);
    }
}

#[test]
fn who_hangs_up_makes_room_and_too_many_are_refused() {
    let scene = Scene::new();
    let limits = [
        "--max-waiters",
        "5",
        "--max-waiters-per-client",
        "2",
        "--client-header",
        "x-real-ip",
    ];
    let grepper = Grepper::start(&scene.database.url, &limits);
    let address = grepper.authority.trim_start_matches("http://");
    let path = format!("/v2/road?nvr={NVR}&wait=60");
    let hanging = |client: &str| {
        let mut stream = TcpStream::connect(address).expect("connected");
        let head = format!("GET {path} HTTP/1.1\r\nHost: h\r\nX-Real-IP: {client}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        stream
    };
    let ask = |client: &str, wait: &str| {
        let url = format!("{}/v2/road?nvr={NVR}&wait={wait}", grepper.authority);
        http::request("GET", &url, &[("X-Real-IP", client), ("Accept", "*/*")])
    };
    let mut streams: Vec<TcpStream> = (0..2).map(|_| hanging("192.0.2.1")).collect();
    settle(shared(), &scene);
    let refused = ask("192.0.2.1", "9");
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused.header("retry-after"), Some("10"));
    assert!(
        refused
            .body
            .contains("at most 5 in all, and 2 of one client"),
        "{}",
        refused.body
    );
    assert_eq!(
        ask("192.0.2.1", "0").status,
        200,
        "who does not wait needs no room"
    );
    streams.extend(["192.0.2.2", "192.0.2.3", "192.0.2.4"].map(hanging));
    settle(shared(), &scene);
    assert_eq!(ask("192.0.2.5", "9").status, 503);
    streams.remove(0);
    eventually("there is room", Duration::from_secs(20), || {
        ask("192.0.2.1", "0.1").status == 200
    });
    scene.build(NVR, 1);
    assert_eq!(
        ask("192.0.2.5", "9").status,
        200,
        "what is so is told, whoever waits"
    );
}

#[test]
fn who_waits_is_answered_when_grepper_stops() {
    let scene = Scene::new();
    scene.build(NVR, 0);
    let mut grepper = Grepper::start(&scene.database.url, &[]);
    let waiting = asking(
        &grepper,
        &format!("/v2/road?nvr={NVR}&wait=60&until=build:passed"),
    );
    let searching = asking(&grepper, "/v2/search?package=nobody-has-it&wait=60");
    let looking = asking(&grepper, "/v2/id?id=not-yet&wait=60");
    settle(shared(), &scene);
    grepper.process.terminate().expect("signalled");
    let answer = answered(waiting);
    assert_eq!(answered(searching)["count"], 0);
    let (unknown, _) = looking.join().expect("an answer");
    assert_eq!(unknown.status, 503, "the message may come yet");
    assert_eq!(unknown.header("retry-after"), Some("5"));
    assert_eq!(
        (&answer["met"], word(&answer, "build")),
        (&json!(false), &json!("running"))
    );
    let status = grepper
        .process
        .wait(Duration::from_secs(120))
        .expect("waited");
    assert_eq!(status.and_then(|status| status.code()), Some(0));
}

#[test]
fn a_standby_tells_what_it_has_got() {
    let options = PostgresOptions::default();
    let primary = Postgres::start(options.clone()).expect("a server");
    let scene = Scene::on(&primary);
    let standby = primary.standby(options).expect("a standby");
    let grepper = Grepper::start(&standby.url(&scene.database.name), &[]);
    let waiting: Vec<_> = (0..5)
        .map(|n| {
            asking(
                &grepper,
                &format!("/v2/road?nvr=many-{n}-1.fc45&wait=60&until=build:passed"),
            )
        })
        .collect();
    settle(&standby, &scene);
    for n in 0..5 {
        scene.build(&format!("many-{n}-1.fc45"), 1);
    }
    for asking in waiting {
        assert_eq!(answered(asking)["met"], true);
    }
}
