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

/// So many messages of one second, more than pages hold, that came in this order.
fn crowded(count: u32, order: &str) -> Database {
    let database = fresh(10);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let sql = format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
           SELECT 'crowd-' || n, 0, 'a.b.c.crowd.x', timestamp '2024-05-01', 'crowd', '{{}}', '{{"sent-at": "2024-05-01T00:00:00+00:00"}}'
           FROM generate_series(1, {count}) AS n ORDER BY n {order}"#
    );
    postgres.run_sql(&database.name, &sql).expect("stored");
    database
}

#[test]
fn a_moment_of_more_messages_than_a_page_holds_is_asked_for_whole() {
    let (old_database, new_database) = (crowded(250, "ASC"), crowded(250, "DESC"));
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
fn a_moment_that_is_too_large_to_be_asked_for_whole_is_told() {
    let (old_database, new_database) = (crowded(5001, "ASC"), crowded(5001, "DESC"));
    let old = Grepper::start(&old_database.url, &[]);
    let new = Grepper::start(&new_database.url, &[]);
    let requests = "/raw?category=crowd&rows_per_page=7\n/healthz/live\n";
    let told = compare(&old.authority, &new.authority, requests, &[]);
    assert_eq!(told.code, Some(1), "{}", told.text);
    let words = "Of these, 1 were not looked at to the end: what would prove them known or not has more than 5,000 messages, \
                 such as GET /raw?category=crowd&start=1714521600.000000&end=1714521600.999999&rows_per_page=100.";
    assert!(told.text.contains(words), "{}", told.text);
    assert_eq!(told.report["too_large"]["requests"], 1, "{}", told.report);
}

/// A search's worth of messages, two of which have the time of their receipt: this many milliseconds late.
fn received(late: u32) -> Database {
    let database = fresh(10);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let sql = format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
           SELECT 'here-' || n, 0, 'a.b.c.here.x', timestamp '2024-05-01' + n * interval '1 second'
                      + CASE WHEN n % 10 = 5 THEN {late} * interval '1 ms' ELSE interval '0' END,
                  'here', '{{}}',
                  CASE WHEN n % 10 = 5 THEN '{{}}'::json
                       ELSE json_build_object('sent-at', to_char(timestamp '2024-05-01' + n * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS+00:00')) END
           FROM generate_series(1, 20) AS n"#
    );
    postgres.run_sql(&database.name, &sql).expect("stored");
    database
}

#[test]
fn messages_without_a_time_of_their_sender_are_known_wherever_they_are_on_pages() {
    let (old_database, new_database) = (received(100), received(2300));
    let old = Grepper::start(&old_database.url, &[]);
    let new = Grepper::start(&new_database.url, &[]);
    let pages = |path: &str| -> String {
        (1..=5)
            .map(|page| format!("{path}?category=here&rows_per_page=5&order=asc&page={page}\n"))
            .collect()
    };
    let by_id = "/id?id=here-5\n/v2/id?id=here-5\n/v2/search?category=here\n/raw?category=here\n/raw?category=here Accept: text/html\n";
    let requests = format!("{}{by_id}", pages("/raw"));
    let compare = || compare(&old.authority, &new.authority, &requests, &[]);
    let told = compare();
    assert_eq!(
        (told.code, told.kinds()),
        (Some(0), vec!["received-at"]),
        "{}",
        told.text
    );
    // One of which the sender gave the time.
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let moved = r#"UPDATE messages SET "timestamp" = "timestamp" + interval '2300 ms' WHERE msg_id = 'here-8'"#;
    postgres.run_sql(&new_database.name, moved).expect("moved");
    let told = compare();
    assert_eq!(told.code, Some(1), "{}", told.text);
}

#[test]
fn names_of_which_datanommer_had_no_schema_package_are_known() {
    let (old_database, new_database) = (fresh(300), fresh(300));
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let user = "SELECT name FROM users JOIN users_messages ON user_id = users.id JOIN messages m ON m.id = users_messages.msg_id
                WHERE m.category = 'bodhi' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1";
    let user = values(&new_database, user).remove(0);
    for ties in ["users_messages", "packages_messages"] {
        let sql = format!(
            "DELETE FROM {ties} WHERE msg_id IN (SELECT id FROM messages WHERE category = 'bodhi');
             UPDATE messages SET agent_name = NULL WHERE category = 'bodhi'"
        );
        postgres.run_sql(&old_database.name, &sql).expect("deleted");
    }
    let old = Grepper::start(&old_database.url, &[]);
    let new = Grepper::start(&new_database.url, &[]);
    let requests = format!(
        "/raw?category=bodhi\n/raw?user={user}&rows_per_page=100\n/v2/search?user={user}&rows_per_page=2&category=bodhi\n"
    );
    let compare = || compare(&old.authority, &new.authority, &requests, &[]);
    let told = compare();
    assert_eq!(
        (told.code, told.kinds()),
        (Some(0), vec!["names-from-rules"]),
        "{}",
        told.text
    );
    // One that the old archive has not got at all.
    let lost = format!(
        "DELETE FROM messages WHERE id IN (SELECT m.id FROM messages m WHERE category = 'bodhi' AND headers::text LIKE '%{user}%' ORDER BY \"timestamp\" DESC LIMIT 1)"
    );
    postgres.run_sql(&old_database.name, &lost).expect("lost");
    let told = compare();
    assert_eq!(told.code, Some(1), "{}", told.text);
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
