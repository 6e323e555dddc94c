//! A site moves from the incumbents to our programs by the road of `docs/switching.md`, while its bus and its clients go
//! on.

mod client;
mod load;
mod odd;
mod route;
mod site;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use devstack::Process;

use crate::environment;
use crate::incumbent::{DEFAULT_SPAN, Datagrepper, sqlalchemy_url};
use crate::shapes::{self, Names};
use crate::support::amqp::Publisher;
use crate::support::differ::compare;
use crate::support::programs::Grepper;
use crate::support::{eventually, rows};
use client::Client;
use load::Load;
use route::Route;
use site::{EXCHANGE, NEW_QUEUE, OLD_QUEUE, PATH, Site};

/// How many messages there were before, of 60 days.
const HISTORY: u32 = 600;

/// Some messages that follow each other are lost here, as where somebody deletes what he should not.
const HOLE: &str = r#"
    WITH lost AS (
        DELETE FROM messages WHERE id IN (
            SELECT id FROM messages WHERE "timestamp" > now() - interval '20 days' ORDER BY "timestamp" LIMIT 5
        ) RETURNING id, "timestamp", msg_id
    ), users AS (
        DELETE FROM users_messages t USING lost WHERE t.msg_id = lost.id AND t.msg_timestamp = lost."timestamp"
    ), packages AS (
        DELETE FROM packages_messages t USING lost WHERE t.msg_id = lost.id AND t.msg_timestamp = lost."timestamp"
    ), subjects AS (
        DELETE FROM message_subjects t USING lost WHERE t.msg_id = lost.id AND t.msg_timestamp = lost."timestamp"
    )
    SELECT msg_id FROM lost"#;

#[test]
fn a_site_moves_without_losing_a_message_and_can_go_back() {
    let Some(site) = Site::new() else {
        return;
    };
    let start = Instant::now();
    let step = |name: &str| println!("== {:6.1?} {name}", start.elapsed());
    let publisher = Publisher::connect(&site.rabbit.url()).apart(EXCHANGE);
    let mut ids = BTreeSet::new();

    step("the old pair, with an archive, under load");
    let datanommer = site.datanommer();
    consumes(&site, OLD_QUEUE, &datanommer);
    let mut load = Load::new(site.programs, &site.old_file(), site.classes);
    load.history(HISTORY);
    ids.extend(odd::publish(&publisher, "before", false));
    // Without the classes of messages, as what these and our rules say in words is for people to compare.
    let datagrepper = Datagrepper::start(site.programs, &site.old.url, PATH);
    let load = load.start();
    let route = Route::to(&datagrepper.url);
    let client = Client::start(format!("{}{PATH}", route.authority));

    step("1 a database");
    site.make_new();

    step("2 a queue and nommer");
    site.succeed(&["check-config"]);
    let mut command = acceptance::consume(&site.new_file()).expect("nommer");
    let nommer = Process::spawn(command.env("TZ", "Asia/Kathmandu")).expect("nommer");
    consumes(&site, NEW_QUEUE, &nommer);
    ids.extend(odd::publish(&publisher, "beside", true));
    assert!(site.succeed(&["stats"]).contains("entries"));

    step("3 copy what came earlier");
    site.succeed(&["adopt", "--check"]);
    site.succeed(&["adopt"]);
    site.succeed(&["extract", "subjects"]);
    site.succeed(&["counters", "verify"]);

    step("4 grepper beside datagrepper");
    let arguments = ["--base-path", PATH, "--default-query-delta", DEFAULT_SPAN];
    let grepper = Grepper::start(&Site::as_role(&site.new, "grepper"), &arguments);
    let new = format!("{}{PATH}", grepper.authority);
    assert_eq!(grepper.get("/datagrepper/healthz/ready").status, 200);

    step("5 compare answers");
    compare_answers(&site, &datagrepper.url, &new);

    step("6 compare archives");
    site.caught_up(OLD_QUEUE, load::RATE.into());
    site.succeed(&["adopt", "--verify"]);
    audits(&site, &datagrepper.url);

    step("7 move the route, and back, and forth again");
    for url in [&new, &datagrepper.url, &new] {
        route.move_to(url);
        client.finds_all_again();
    }

    step("8 those who read the tables");
    readers(&site);

    step("9 stop the old programs, and go back once more");
    stop(datagrepper.process);
    stop(datanommer);
    ids.extend(odd::publish(&publisher, "away", true));
    let datanommer = site.datanommer();
    site.caught_up(OLD_QUEUE, load::RATE.into());
    stop(datanommer);
    site.caught_up(NEW_QUEUE, load::RATE.into());
    let said = site.succeed(&["adopt"]);
    assert!(said.contains(": 0 stored"), "{said}");

    step("10 clean up");
    site.rabbit.delete_queue(OLD_QUEUE).expect("deleted");
    ids.extend(odd::publish(&publisher, "after", false));
    client.finds_all_again();
    println!("{} questions answered", client.stop());
    let by_client = load.stop();
    println!(
        "{} messages published by the real client, {} odd ones",
        by_client.len(),
        ids.len()
    );
    ids.extend(by_client);
    site.caught_up(NEW_QUEUE, 0);
    check_all_is_there_once(&site, &ids);
    site.succeed(&["counters", "verify"]);
    step("done");
}

/// Every id that was published is in our archive, once, and nothing else.
fn check_all_is_there_once(site: &Site, ids: &BTreeSet<String>) {
    let stored = rows(site.postgres, &site.new.name, "SELECT msg_id FROM messages");
    let once: BTreeSet<String> = stored.iter().cloned().collect();
    let lost: Vec<_> = ids.difference(&once).collect();
    let more: Vec<_> = once.difference(ids).collect();
    assert!(
        lost.is_empty() && more.is_empty(),
        "lost {lost:?}, more {more:?}"
    );
    assert_eq!(stored.len(), once.len(), "some are there twice");
    let sql = "SELECT count(*) FROM dead_letters";
    assert_eq!(rows(site.postgres, &site.new.name, sql), ["0"]);
}

/// The published models find in the new database what they found in the old one.
fn readers(site: &Site) {
    let script = "import sys; from datanommer import models; models.init(sys.argv[1])
for one in models.session.query(models.Package): print(one.name)";
    let ask = |database| -> BTreeSet<String> {
        let mut python = Command::new(site.programs.join("python"));
        let url = sqlalchemy_url(&Site::as_role(database, "reader"));
        let names = environment::run(python.args(["-c", script, &url]));
        names.lines().map(str::to_owned).collect()
    };
    let sql = "GRANT SELECT ON users, packages, messages TO reader";
    site.postgres.run_sql(&site.new.name, sql).expect("granted");
    let found = ask(&site.old);
    assert!(found.len() > 50, "{found:?}");
    eventually("they are found", Duration::from_secs(30), || {
        found.is_subset(&ask(&site.new))
    });
}

/// Ends a program as its service manager does.
fn stop(mut process: Process) {
    process.terminate().expect("signalled");
    let ended = process.wait(Duration::from_secs(60)).expect("waited");
    // By the signal or in order, as each of them does.
    assert!(ended.is_some(), "{}", process.log().unwrap_or_default());
}

/// Waits until a queue has a consumer.
fn consumes(site: &Site, queue: &str, process: &Process) {
    let consumers = || site.rabbit.rabbitmqctl(["list_consumers", "queue_name"]);
    eventually(queue, Duration::from_secs(60), || {
        let log = process.log().unwrap_or_default();
        assert!(process.pid().is_some(), "{log}");
        consumers().is_ok_and(|list| list.contains(queue))
    });
}

/// Both services answer requests alike, but for what is known.
fn compare_answers(site: &Site, old: &str, new: &str) {
    let requests = shapes::requests(&Names::of(&site.old), shapes::wanted(150));
    let arguments = ["--jobs", "2", "--settle", "30"];
    let told = compare(old, new, &requests, &arguments);
    println!("{}", told.text);
    assert_eq!(told.code, Some(0), "{}", told.text);
}

/// Another look at both archives, through the old service; and it fills a hole.
fn audits(site: &Site, old: &str) {
    let since = (Utc::now() - TimeDelta::days(61))
        .format("%Y-%m-%d")
        .to_string();
    let audit = [
        "audit", "--peer", old, "--since", &since, "--settle", "30s", "--rate", "100",
    ];
    site.succeed(&audit);
    let hole = rows(site.postgres, &site.new.name, HOLE);
    assert_eq!(hole.len(), 5, "{hole:?}");
    let said = site.succeed(&[&audit[..], &["--backfill"]].concat());
    let told = "missing here: 5, missing there: 0; stored 5";
    assert!(said.contains(told), "{said}");
    for id in &hole {
        assert!(said.contains(id.as_str()), "{id}: {said}");
    }
    site.succeed(&["adopt", "--verify"]);
    let (_, said) = site.nommer(&["audit", "--full", "--json"]);
    for line in said.lines() {
        assert!(line.contains("silent"), "{line}");
    }
}
