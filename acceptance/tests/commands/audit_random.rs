//! Two archives with holes cut at random, brought together through servers with moods.

use std::collections::BTreeSet;

use crate::chance::{random, seed};
use crate::moody::{self, Mood};
use crate::site::{Site, told};

/// More messages in a second than there are on a page of a server that orders none of these; of some, no header tells when
/// they were sent.
const BURST: &str = r#"
    INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
    SELECT 'm35-b' || n, 0, 'org.fedoraproject.prod.git.receive', at, 'git', '{}',
           CASE WHEN n % 3 > 0 THEN jsonb_build_object('sent-at', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00')) ELSE '{}' END
    FROM generate_series(1, 60) AS n, LATERAL (SELECT timestamp '2026-11-21 11:30:00.1' + n * interval '7 milliseconds' AS at) AS m"#;

const TOPICS: [&str; 5] = [
    "git.receive",
    "git.branch",
    "bodhi.update.edit",
    "bodhi.comment",
    "buildsys.build",
];

/// A statement that cuts holes: an hour, a topic for some hours, single ids, a part of the hour with many messages and of
/// the second with many, or nothing.
fn holes(random: &mut impl FnMut(usize) -> usize) -> String {
    let mut holes = vec!["false".to_owned()];
    for _ in 0..random(5) {
        let hour = random(48);
        holes.push(match random(5) {
            0 => format!("msg_id LIKE 'm{hour}-%'"),
            1 => format!(
                r#"topic LIKE '%.{}' AND "timestamp" >= timestamp '2026-11-20' + {hour} * interval '1 hour'
                   AND "timestamp" < timestamp '2026-11-20' + {} * interval '1 hour'"#,
                TOPICS[random(5)],
                hour + 1 + random(6)
            ),
            2 => {
                let ids = (0..=random(6)).map(|_| format!("'m{}-{}'", random(48), 1 + random(20)));
                format!("msg_id IN ({})", ids.collect::<Vec<_>>().join(", "))
            }
            3 => format!("msg_id LIKE 'm30-%' AND id % {} = 0", 2 + random(40)),
            _ => format!("msg_id LIKE 'm35-b%' AND id % {} = 0", 1 + random(4)),
        });
    }
    format!("{BURST}; DELETE FROM messages WHERE {}", holes.join(" OR "))
}

/// Cuts holes by `seed`, has each archive fetch from the other one what it lacks, and asserts that both have all then.
fn check_filled(seed: u64, by: &str, mood: Mood) {
    println!("AUDIT_SEED={seed}: by {by}, {mood:?}");
    let mut random = random(seed);
    let one = Site::with_hole(&holes(&mut random));
    // As many may be missing here as there, which is no difference by counts.
    let others = match by {
        "counts" => BURST.to_owned(),
        _ => holes(&mut random),
    };
    let other = Site::with_hole(&others);
    let rows = |site: &Site| -> BTreeSet<String> { site.rows().into_iter().collect() };
    let (ours, theirs) = (rows(&one), rows(&other));
    let all: BTreeSet<String> = &ours | &theirs;
    let [our_peer, their_peer] = [(&other, 1), (&one, 2)]
        .map(|(site, n)| moody::start(&site.grepper.authority, mood, seed.wrapping_add(n)));
    let sides = [
        (&one, &our_peer, all.len() - ours.len(), theirs.len()),
        (&other, &their_peer, all.len() - theirs.len(), all.len()),
    ];
    for (here, peer, lacking, at_peer) in sides {
        let ended = here.audit(&peer.authority, &["--backfill", "--json", "--by", by]);
        let (_, sums) = told(&ended);
        println!(
            "{lacking} missing here, {} there: {sums}",
            all.len() - at_peer
        );
        assert_eq!(sums["stored"], lacking, "{ended:?}");
        assert_eq!(sums["missing_there"], all.len() - at_peer, "{ended:?}");
        let equal = if at_peer == all.len() {
            Some(0)
        } else {
            Some(1)
        };
        assert_eq!(ended.code, equal, "{ended:?}");
        let now = rows(here);
        let [lacking, surplus] = [&all - &now, &now - &all];
        assert!(
            now == all,
            "seed {seed}, by {by}: {lacking:?} are not here, {surplus:?} are"
        );
    }
    let ended = one.audit(&our_peer.authority, &["--by", by]);
    println!("equal: {}", ended.text());
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn holes_cut_at_random_in_both_archives_are_filled_by_busy_and_slow_peers() {
    let mood = Mood {
        page: None,
        has_digests: true,
    };
    check_filled(seed(), "digests", mood);
}

#[test]
fn holes_cut_at_random_are_filled_by_peers_with_small_pages_without_an_order_within_a_second() {
    let mood = Mood {
        page: Some(37),
        has_digests: true,
    };
    for by in ["digests", "ids"] {
        check_filled(seed(), by, mood);
    }
}

#[test]
fn holes_cut_at_random_in_one_archive_are_filled_by_counts() {
    let mood = Mood {
        page: Some(37),
        has_digests: false,
    };
    check_filled(seed(), "counts", mood);
}
