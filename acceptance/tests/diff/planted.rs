//! grepper beside grepper, with something between them.

use devstack::Database;
use serde_json::json;

use crate::support::differ::compare;
use crate::support::http::get;
use crate::support::programs::Grepper;
use crate::support::sample_archive::{fresh, values};

const REQUESTS: &str = "\
/raw?category=buildsys&delta=5184000
/v2/search?category=bodhi&order=asc&meta=summary&meta=date
/raw?rows_per_page=100
/raw?category=copr&delta=5184000\tAccept: text/html
HEAD /raw
/id?id=nothing
/charts/line?category=buildsys&category=bodhi&split_on=categories
/messagecount
/healthz/ready
/nope
/raw?callback=jQuery1_2&_=3
/raw?category=bodhi\tOrigin: https://dashboard.example.org
";

#[test]
fn equal_services_are_equal() {
    let database = fresh(300);
    let [old, new] = [(); 2].map(|()| Grepper::start(&database.url, &[]));
    let told = compare(&old.authority, &new.authority, REQUESTS, &[]);
    assert_eq!(told.code, Some(0), "{}", told.text);
    let requests = &told.report["requests"];
    assert_eq!(requests["equal"], REQUESTS.lines().count(), "{}", told.text);
    assert!(told.text.ends_with("All differences are known.\n"));
}

#[test]
fn what_is_planted_is_found() {
    let (old_database, new_database) = (fresh(300), fresh(300));
    // In the new archive ten messages are lost, and another is not what it was.
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let ids = values(
        &new_database,
        "SELECT id || ' ' || msg_id FROM messages WHERE category = 'buildsys' AND \"timestamp\" < now() ORDER BY id DESC LIMIT 11",
    );
    let ids: Vec<(&str, &str)> = ids.iter().filter_map(|ids| ids.split_once(' ')).collect();
    let lost: Vec<&str> = ids[1..].iter().map(|(id, _)| *id).collect();
    let (changed, changed_id) = ids[0];
    let lost_id = ids[1].1;
    let damage = format!(
        "DELETE FROM messages WHERE id IN ({});
         UPDATE messages SET msg = replace(msg, '{{\"', '{{\"a\": 1, \"') WHERE id = {changed};",
        lost.join(", ")
    );
    postgres
        .run_sql(&new_database.name, &damage)
        .expect("damaged");
    let old = Grepper::start(&old_database.url, &[]);
    let new = Grepper::start(&new_database.url, &["--max-rows-per-page", "50"]);
    let requests = format!(
        "{REQUESTS}/id?id={lost_id}\n/v2/id?id={changed_id}\n/raw?category=buildsys&rows_per_page=50&order=asc\n"
    );
    let told = compare(&old.authority, &new.authority, &requests, &[]);
    assert_eq!(told.code, Some(1), "{}", told.text);
    let different = told.different();
    for name in [
        "GET /id: status",
        "GET /v2/id: body.a",
        "GET /raw: status",
        "GET /charts/line: chart",
        "GET /messagecount: messagecount",
    ] {
        assert!(different.contains(&name), "{name} in {different:?}");
    }
    let lists = &told.report["different"];
    assert!(lists.to_string().contains("\"total\""), "{}", told.text);
    assert!(told.kinds().is_empty(), "{:?}", told.kinds());
    // What an admin types shows it.
    assert!(told.text.contains(&format!(
        "curl -si -H 'Accept: */*' '{}/id?id={lost_id}'",
        new.authority
    )));
}

/// Sixty messages, five of which share a second, that came in this order.
fn tied(order: &str) -> Database {
    let database = fresh(10);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let sql = format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
           SELECT 'tied-' || n, 0, 'a.b.c.tied.x', timestamp '2024-05-01' + n / 5 * interval '1 second', 'tied', format('{{"n": %s}}', n),
                  json_build_object('sent-at', to_char(timestamp '2024-05-01' + n / 5 * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS+00:00'))
           FROM generate_series(0, 59) AS n ORDER BY n {order}"#
    );
    postgres.run_sql(&database.name, &sql).expect("stored");
    database
}

#[test]
fn messages_of_one_moment_have_no_order_and_must_all_be_there() {
    let (old_database, new_database) = (tied("ASC"), tied("DESC"));
    let old = Grepper::start(&old_database.url, &[]);
    let new = Grepper::start(&new_database.url, &[]);
    let requests: String = (1..=9)
        .map(|page| {
            format!(
                "/raw?category=tied&rows_per_page=7&page={page}\n/v2/search?topic=a.b.c.tied.x&order=asc&rows_per_page=7&page={page}\n\
                 /raw?category=tied&rows_per_page=7&page={page} Accept: text/html\n"
            )
        })
        .collect();
    let compare = || compare(&old.authority, &new.authority, &requests, &[]);
    let told = compare();
    assert_eq!(
        (told.code, told.kinds()),
        (Some(0), vec!["tie-order"]),
        "{}",
        told.text
    );
    assert_eq!(told.report["requests"]["known"], 27, "{}", told.text);
    // Another one in the place of one that a page cuts off.
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let replaced = "UPDATE messages SET msg_id = 'other' WHERE msg_id = 'tied-52'";
    postgres
        .run_sql(&new_database.name, replaced)
        .expect("replaced");
    let told = compare();
    assert_eq!(told.code, Some(1), "{}", told.text);
    assert!(
        told.different().contains(&"GET /raw: raw_messages"),
        "{}",
        told.text
    );
}

/// Messages of one second, more than pages hold, that came in this order.
fn crowded(order: &str) -> Database {
    let database = fresh(10);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let sql = format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
           SELECT 'crowd-' || n, 0, 'a.b.c.crowd.x', timestamp '2024-05-01', 'crowd', '{{}}', '{{"sent-at": "2024-05-01T00:00:00+00:00"}}'
           FROM generate_series(1, 250) AS n ORDER BY n {order}"#
    );
    postgres.run_sql(&database.name, &sql).expect("stored");
    database
}

#[test]
fn a_moment_of_more_messages_than_a_page_holds_is_asked_for_whole() {
    let (old_database, new_database) = (crowded("ASC"), crowded("DESC"));
    let old = Grepper::start(&old_database.url, &[]);
    let new = Grepper::start(&new_database.url, &[]);
    let requests =
        "/raw?category=crowd&rows_per_page=7\n/v2/search?category=crowd&rows_per_page=100&page=3\n";
    let compare = || compare(&old.authority, &new.authority, requests, &[]);
    let told = compare();
    assert_eq!(
        (told.code, told.kinds()),
        (Some(0), vec!["tie-order"]),
        "{}",
        told.text
    );
    // On the last of the pages of one, and on the first of the other.
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let replaced = "UPDATE messages SET msg_id = 'other' WHERE msg_id = 'crowd-2'";
    postgres
        .run_sql(&new_database.name, replaced)
        .expect("replaced");
    let told = compare();
    assert_eq!(told.code, Some(1), "{}", told.text);
    assert_eq!(told.report["requests"]["different"], 2, "{}", told.text);
}

#[test]
fn where_answers_differ_in_how_many_likely_reasons_are_told() {
    let (old_database, new_database) = (fresh(300), fresh(300));
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let lost = "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE category = 'bodhi' ORDER BY id DESC LIMIT 10)";
    postgres.run_sql(&old_database.name, lost).expect("lost");
    let old = Grepper::start(&old_database.url, &[]);
    let new = Grepper::start(&new_database.url, &[]);
    let requests =
        "/messagecount\n/raw?category=bodhi&start=1&end=9999999999&rows_per_page=100&page=50\n";
    for (old, new, direction, reason) in [
        (
            &old,
            &new,
            "more messages in the new archive",
            "datanommer drops what fails the validation",
        ),
        (
            &new,
            &old,
            "more messages in the old archive",
            "nommer dead-letters list",
        ),
    ] {
        let told = compare(&old.authority, &new.authority, requests, &[]);
        // It cannot be proved, and so it stays a difference.
        assert_eq!(told.code, Some(1), "{}", told.text);
        for words in [direction, reason, "cannot prove", "nommer audit --peer"] {
            assert!(told.text.contains(words), "{words}: {}", told.text);
            assert!(
                told.report["amounts"].to_string().contains(words),
                "{words}: {}",
                told.report
            );
        }
        assert_eq!(told.report["amounts"][0]["requests"], 2, "{}", told.text);
    }
}

#[test]
fn another_default_is_a_difference() {
    let database = fresh(50);
    let old = Grepper::start(&database.url, &["--default-query-delta", "86400"]);
    let new = Grepper::start(&database.url, &["--base-path", "/datagrepper"]);
    let address = format!("{}/datagrepper", new.authority);
    assert_eq!(get(&format!("{address}/raw")).status, 200);
    let told = compare(&old.authority, &address, "/raw?user=nobody\n/index\n", &[]);
    assert_eq!(told.code, Some(1), "{}", told.text);
    let settings =
        json!([{"name": "the default span in seconds", "old": "86400.0", "new": "null"}]);
    assert_eq!(told.report["settings"], settings);
    // The span was put into the request, and a redirect leads to the same place below each mount point.
    assert_eq!(told.report["requests"]["equal"], 2, "{}", told.text);
}
