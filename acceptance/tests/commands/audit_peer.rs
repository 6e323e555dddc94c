//! Two archives that miss messages, compared and brought together.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::middleman::Middleman;
use crate::site::{Site, told, typed};
use crate::support::rows;
use crate::typed::{command, run};

/// Holes of all kinds, and where they are; none is in both archives.
const HOLES: [(&str, &str); 2] = [
    // An hour; a topic for hours; single ids; most of an hour with many; three of an hour of which the other archive lacks
    // three others.
    (
        "an hour",
        "DELETE FROM messages WHERE msg_id LIKE 'm5-%' OR topic LIKE '%.git.branch' AND split_part(msg_id, '-', 1) IN ('m10', 'm11', 'm12')
            OR msg_id IN ('m0-1', 'm20-7', 'm47-20') OR msg_id LIKE 'm30-%' AND split_part(msg_id, '-', 2)::int BETWEEN 100 AND 380
            OR msg_id IN ('m40-1', 'm40-2', 'm40-3')",
    ),
    (
        "others",
        "DELETE FROM messages WHERE msg_id LIKE 'm6-%' OR msg_id IN ('m1-1', 'm21-7', 'm21-8') OR msg_id IN ('m30-1', 'm30-2')
            OR msg_id IN ('m40-4', 'm40-5', 'm40-6')",
    ),
];

fn both() -> [Site; 2] {
    HOLES.map(|(_, hole)| Site::with_hole(hole))
}

/// Asserts that exactly these messages are told to be missing on a side.
#[track_caller]
fn check_told(gaps: &[Value], side: &str, expected: &BTreeSet<String>) {
    let of_side: Vec<&Value> = gaps.iter().filter(|gap| gap["missing"] == side).collect();
    let number: u64 = of_side
        .iter()
        .filter_map(|gap| gap["messages"].as_u64())
        .sum();
    assert_eq!(number, expected.len() as u64, "{side}: {gaps:#?}");
    let lists = of_side.iter().filter_map(|gap| gap["ids"].as_array());
    for id in lists.flatten().filter_map(Value::as_str) {
        assert!(expected.contains(id), "{side}: {id}");
    }
}

#[test]
fn gaps_on_both_sides_are_told_exactly_and_filled_row_by_row() {
    let [one, other] = both();
    let complete = Site::with_hole("SELECT");
    for by in ["digests", "ids"] {
        let ended = one.audit(&other.grepper.authority, &["--json", "--by", by]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let (gaps, sums) = told(&ended);
        check_told(&gaps, "here", &(&other.ids() - &one.ids()));
        check_told(&gaps, "there", &(&one.ids() - &other.ids()));
        println!("by {by}: {sums}");
        assert_eq!(sums["complete"], true);
    }
    let mut requests = 0;
    for (here, there, code) in [(&one, &other, Some(1)), (&other, &one, Some(0))] {
        let ended = here.audit(&there.grepper.authority, &["--backfill", "--json"]);
        assert_eq!(ended.code, code, "{ended:?}");
        let (_, sums) = told(&ended);
        println!("backfill: {sums}");
        assert_eq!(sums["stored"], sums["missing_here"]);
        requests += sums["requests"].as_u64().unwrap_or_default();
    }
    assert!(requests < 250, "{requests}");
    let expected = complete.rows();
    assert_eq!(one.rows(), expected);
    assert_eq!(other.rows(), expected);
    let ended = one.audit(&other.grepper.authority, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.text(),
        "missing here: 0, missing there: 0; 3 requests\n"
    );
}

/// An incumbent answers so where a row of a page cannot be written, whatever else is on it.
#[test]
fn what_the_peer_cannot_read_is_told_and_all_else_is_compared_and_filled() {
    let [one, other] = both();
    // Of m5-2, which is missing here with all of its hour.
    let bad = "2026-11-20T05:00:14";
    let peer = Middleman::start(&other.grepper.authority, move |_, path| {
        let path = path.replace("%3A", ":");
        let bound = |name: &str| {
            let (_, rest) = path.split_once(&format!("{name}="))?;
            rest.get(..bad.len()).map(str::to_owned)
        };
        if path.starts_with("/v2/digest") {
            return Some((404, "{}".to_owned()));
        }
        let holds = bound("start")?.as_str() <= bad && bad <= bound("end")?.as_str();
        (holds && path.starts_with("/raw")).then(|| (500, "Internal Server Error".to_owned()))
    });
    let ended = one.audit(&peer.authority, &["--json", "--by", "ids", "--backfill"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let (told, sums) = told(&ended);
    let unread: Vec<&Value> = told.iter().filter(|line| line["unread"] == true).collect();
    assert_eq!(unread.len(), 1, "{told:?}");
    assert_eq!(unread[0]["from"], format!("{bad}Z"));
    assert!(
        unread[0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("500"))
    );
    assert_eq!(
        (&sums["complete"], &sums["unread"]),
        (&true.into(), &1.into())
    );
    println!("{sums}");
    let lacking = &other.ids() - &one.ids();
    assert_eq!(lacking, BTreeSet::from(["m5-2".to_owned()]));
    let (_, sums) = self::told(&one.audit(&other.grepper.authority, &["--backfill", "--json"]));
    assert_eq!(sums["stored"], 1, "{sums}");
    assert!((&other.ids() - &one.ids()).is_empty());
}

#[test]
fn what_each_received_at_its_own_time_is_not_missing() {
    // Without a time of their sender: a second later, in another hour, and so late that it is another sending. With one.
    let moved = "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '1.5 seconds' WHERE msg_id IN ('m3-1', 'm3-8');
                 UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '1 hour' WHERE msg_id = 'm4-1';
                 UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '26 hours' WHERE msg_id = 'm5-1';
                 UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '3 seconds' WHERE msg_id = 'm6-2';
                 DELETE FROM messages WHERE msg_id = 'm7-1'";
    let [one, other] = ["SELECT", moved].map(Site::with_hole);
    let others: BTreeSet<String> = ["m5-1", "m6-2"].map(str::to_owned).into();
    let lacking = &others | &BTreeSet::from(["m7-1".to_owned()]);
    for by in ["digests", "ids"] {
        let ended = one.audit(&other.grepper.authority, &["--json", "--by", by]);
        let (gaps, sums) = told(&ended);
        check_told(&gaps, "here", &others);
        check_told(&gaps, "there", &lacking);
        // Each on both sides.
        assert_eq!(sums["received"], 6, "{sums}");
    }
    let ended = other.audit(&one.grepper.authority, &["--json", "--backfill"]);
    let (gaps, sums) = told(&ended);
    check_told(&gaps, "here", &lacking);
    assert_eq!(sums["stored"], 3, "{sums}");
    let doubled = "SELECT msg_id FROM messages GROUP BY msg_id HAVING count(*) > 1 ORDER BY 1";
    let doubled = rows(other.postgres, &other.database.name, doubled);
    assert_eq!(doubled, ["m5-1", "m6-2"], "what was sent at two times");
    let ended = other.audit(&one.grepper.authority, &[]);
    let told =
        "missing here: 0, missing there: 2; at another time in either, without a sender's: 6; ";
    assert!(ended.text().contains(told), "{ended:?}");
}

#[test]
fn a_peer_without_digests_is_compared_by_counts_or_by_all_ids() {
    let [one, other] = both();
    let peer = Middleman::start(&other.grepper.authority, |_, path| {
        path.starts_with("/v2/digest")
            .then(|| (404, "{}".to_owned()))
    });
    let ended = one.audit(&peer.authority, &["--json"]);
    assert!(
        ended.stderr.contains("the peer has no digests"),
        "{ended:?}"
    );
    let (gaps, sums) = told(&ended);
    println!("by counts: {sums}");
    // Of each of two hours that day, one lacks all: counts of the day are equal, and what is told is true, but not all.
    let lacking = &other.ids() - &one.ids();
    let counted = gaps.iter().filter(|gap| gap["missing"] == "here");
    let counted = counted
        .filter_map(|gap| gap["messages"].as_u64())
        .sum::<u64>() as usize;
    assert!(
        (1..lacking.len()).contains(&counted),
        "{counted} of {}",
        lacking.len()
    );
    let ended = one.audit(&peer.authority, &["--json", "--by", "ids", "--backfill"]);
    let (gaps, sums) = told(&ended);
    check_told(&gaps, "there", &(&one.ids() - &other.ids()));
    assert_eq!(sums["stored"], sums["missing_here"]);
}

#[test]
fn more_categories_than_an_address_can_name_are_compared_by_counts() {
    let named = |more: &str| {
        Site::with_hole(&format!(
            r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
               SELECT 'x' || n, 0, 'a.b.c.kind' || n || '.d', timestamp '2026-11-20' + n * interval '7 minutes', 'kind' || n, '{{}}', '{{}}'
               FROM generate_series(1, 400) AS n; {more}"#
        ))
    };
    // Of one category all is missing here; of an hour as many as there are missing there, of others.
    let one = named("DELETE FROM messages WHERE category = 'kind7' OR msg_id IN ('x60', 'm7-3')");
    let other = named("DELETE FROM messages WHERE msg_id = 'x61'");
    let peer = Middleman::start(&other.grepper.authority, |_, path| {
        let is_long = format!("GET {path} HTTP/1.1").len() > 4094;
        is_long.then(|| (400, "Request Line is too large".to_owned()))
    });
    let ended = one.audit(&peer.authority, &["--json", "--by", "counts", "--backfill"]);
    let (gaps, sums) = told(&ended);
    println!("by counts: {sums}");
    let there = BTreeSet::from(["x61".to_owned()]);
    check_told(&gaps, "there", &(&there & &one.ids()));
    let here = ["x7", "x60", "m7-3"].map(str::to_owned);
    check_told(&gaps, "here", &BTreeSet::from(here));
    assert_eq!(&other.ids() - &one.ids(), BTreeSet::new());
}

#[test]
fn a_peer_that_fails_for_a_while_is_asked_again() {
    let [one, other] = both();
    let peer = Middleman::start(&other.grepper.authority, |n, _: &str| match n {
        2 => Some((500, String::new())),
        4 => Some((429, String::new())),
        6 => Some((200, "{\"total\": ".to_owned())),
        9 => Some((503, "busy".to_owned())),
        _ => None,
    });
    let ended = one.audit(&peer.authority, &["--json"]);
    let (gaps, _) = told(&ended);
    check_told(&gaps, "here", &(&other.ids() - &one.ids()));
    assert!(
        ended.stderr.contains("the peer is asked again"),
        "{ended:?}"
    );
}

#[test]
fn a_peer_that_cannot_be_understood_ends_the_audit_and_says_why() {
    let one = Site::with_hole(HOLES[0].1);
    let other = Site::with_hole("SELECT");
    let check =
        |answer: fn(u64, &str) -> Option<(u16, String)>, arguments: &[&str], expected: &str| {
            let peer = Middleman::start(&other.grepper.authority, answer);
            let ended = one.audit(&peer.authority, arguments);
            assert_eq!(ended.code, Some(1), "{ended:?}");
            assert!(ended.stderr.contains(expected), "{ended:?}");
            let sums = ended.text().lines().last().unwrap_or_default();
            assert!(
                sums.starts_with("until it failed: missing here: 0"),
                "{ended:?}"
            );
            let left = "not compared: 2026-11-20T00:00:00Z to 2026-11-22T00:00:00Z: ";
            assert!(ended.text().contains(left), "{ended:?}");
        };
    check(
        |_, _| Some((500, String::new())),
        &[],
        "500 Internal Server Error, as to a search that finds nothing",
    );
    check(
        |_, _| Some((404, "{}".to_owned())),
        &[],
        "there is no archive",
    );
    check(|_, _| Some((403, "{}".to_owned())), &[], "403 Forbidden");
    check(
        |_, _| Some((200, "<html>".to_owned())),
        &[],
        "its answer is not understood",
    );
    let lies = |_: u64, _: &str| Some((200, r#"{"total": 7, "raw_messages": []}"#.to_owned()));
    check(
        lies,
        &["--by", "ids"],
        "the peer's answers do not fit each other: 7 messages",
    );
    let nobody = one.audit("http://127.0.0.1:1", &[]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    let wrong = one.audit("nonsense", &[]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
}

#[test]
fn a_peer_that_fails_again_and_again_is_given_up_and_what_is_left_is_told() {
    let [one, other] = both();
    let from = "2026-11-20T10";
    // From then on it can read nothing; with digests, and where it has none.
    for has_digests in [true, false] {
        let peer = Middleman::start(&other.grepper.authority, move |_, path| {
            if !has_digests && path.starts_with("/v2/digest") {
                return Some((404, "{}".to_owned()));
            }
            let path = path.replace("%3A", ":");
            let end = path.split_once("end=").map(|(_, end)| end.to_owned());
            let fails = end.is_some_and(|end| end.as_str() >= from);
            fails.then(|| (500, "Internal Server Error".to_owned()))
        });
        let start = Instant::now();
        let ended = one.audit(
            &peer.authority,
            &[
                "--json",
                "--by",
                if has_digests { "digests" } else { "counts" },
            ],
        );
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let (told, sums) = told(&ended);
        println!("{sums} in {:?}", start.elapsed());
        let left: Vec<&Value> = told
            .iter()
            .filter(|line| line["uncompared"] == true)
            .collect();
        assert_eq!(left[0]["to"], "2026-11-22T00:00:00Z", "{told:#?}");
        assert!(
            left[0]["from"].as_str() >= Some("2026-11-20T10:00:00Z"),
            "{told:#?}"
        );
        if !has_digests {
            // Two other categories, and what has none of the three.
            assert_eq!(left[1]["from"], "2026-11-20T00:00:00Z", "{told:#?}");
            let of = left[1]["of"].as_array().map(Vec::len);
            assert_eq!(
                (of, &left[1]["and_others"]),
                (Some(2), &true.into()),
                "{told:#?}"
            );
        }
        let why = "the last 40 in a row";
        assert!(ended.stderr.contains(why), "{ended:?}");
        assert_eq!(sums["complete"], false);
        assert!(sums["requests"].as_u64() < Some(150), "{sums}");
    }
}

#[test]
fn what_is_here_as_a_dead_letter_is_told_by_its_number_and_is_not_missing() {
    let [one, other] = [
        "DELETE FROM messages WHERE msg_id IN ('m5-2', 'm5-3')",
        "SELECT",
    ]
    .map(Site::with_hole);
    let run_sql = |sql| one.postgres.run_sql(&one.database.name, sql).expect(sql);
    run_sql("ALTER TABLE messages ADD CONSTRAINT refuses CHECK (msg_id <> 'm5-2')");
    let ended = one.audit(&other.grepper.authority, &["--json", "--backfill"]);
    let (gaps, sums) = told(&ended);
    check_told(&gaps, "here", &["m5-2", "m5-3"].map(str::to_owned).into());
    assert_eq!(
        (&sums["stored"], &sums["put_aside"]),
        (&1.into(), &1.into())
    );
    let letter = rows(
        one.postgres,
        &one.database.name,
        "SELECT id FROM dead_letters",
    )
    .remove(0);
    for by in ["digests", "counts", "ids"] {
        let ended = one.audit(&other.grepper.authority, &["--backfill", "--by", by]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let line = format!(
            "put aside here: 2026-11-20T05:00:14Z to 2026-11-20T05:00:14Z, org.fedoraproject.prod.bodhi.update.edit: 1 message (m5-2): dead letter {letter}\n\
             missing here: 0, missing there: 0; put aside here: 1; "
        );
        assert!(ended.text().contains(&line), "{ended:?}");
    }
    let came = "SELECT deliveries FROM dead_letters";
    assert_eq!(rows(one.postgres, &one.database.name, came), ["1"]);
    // What is stored after all stays so.
    run_sql("ALTER TABLE messages DROP CONSTRAINT refuses");
    let retry = ["nommer", "dead-letters", "retry", "--all"];
    assert_eq!(run(&one.database.url, &retry).code, Some(0));
    let ended = one.audit(&other.grepper.authority, &["--backfill"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .text()
            .starts_with("missing here: 0, missing there: 0; "),
        "{ended:?}"
    );
    assert_eq!(one.rows(), other.rows());
    let kept = "SELECT count(*) FROM dead_letters";
    assert_eq!(rows(one.postgres, &one.database.name, kept), ["0"]);
}

#[test]
fn a_backfill_that_was_killed_goes_on_where_it_was() {
    let one =
        Site::with_hole("DELETE FROM messages WHERE msg_id LIKE 'm30-%' OR msg_id LIKE 'm4_-%'");
    let other = Site::with_hole("SELECT");
    let mut arguments = typed(&other.grepper.authority, &["--backfill"]);
    arguments[5] = "8";
    let before = one.ids().len();
    let mut child = command(&one.database.url, &arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("nommer");
    let start = Instant::now();
    while one.ids().len() == before {
        assert!(
            start.elapsed() < Duration::from_secs(300),
            "nothing is stored"
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(one.ids().len() < other.ids().len());
    let ended = one.audit(&other.grepper.authority, &["--backfill"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(one.rows(), other.rows());
}

#[test]
fn two_sites_that_compare_again_and_again_become_equal_until_they_are_stopped() {
    let [one, other] = both();
    let start = |here: &Site, there: &Site| {
        let arguments = typed(&there.grepper.authority, &["--backfill", "--every", "1s"]);
        let mut command = command(&here.database.url, &arguments);
        devstack::Process::spawn(&command)
            .unwrap_or_else(|error| panic!("{:?}: {error}", command.arg("")))
    };
    let mut services = [start(&one, &other), start(&other, &one)];
    let started = Instant::now();
    while one.ids() != other.ids() {
        assert!(started.elapsed() < Duration::from_secs(300), "not equal");
        std::thread::sleep(Duration::from_millis(200));
    }
    for service in &mut services {
        service.terminate().expect("signalled");
        let status = service.wait(Duration::from_secs(120)).expect("waited");
        assert_eq!(status.and_then(|status| status.code()), Some(0));
    }
    assert_eq!(one.rows(), other.rows());
}
