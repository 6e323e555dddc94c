//! The page of one message, held against what programs are answered.

use crate::support::http::{Answer, request};
use crate::support::programs::{Grepper, migrate};

/// Messages of a package, one of them of 480 kB.
fn database() -> devstack::Database {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let sql = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
               SELECT 'm&' || n, 0, 'org.example.prod.t' || n % 2, timestamp '2024-05-01' + n * interval '1 hour', 't',
                      '{\"n\": 12345678901234567890123, \"e\": 1e+22}', '{}'
               FROM generate_series(1, 30) AS n
               UNION ALL
               SELECT 'large', 0, 'org.example.prod.large', '2024-06-01', 't',
                      json_build_object('text', repeat('x', 480000), 'end', 'behind')::text, '{}'::jsonb";
    postgres.run_sql(&own.name, sql).expect("messages");
    own
}

fn page(grepper: &Grepper, path: &str) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    request("GET", &url, &[("Accept", "text/html")])
}

#[test]
fn the_raw_json_of_a_page_is_what_programs_are_answered() {
    let own = database();
    let grepper = Grepper::start(&own.url, &[]);
    for path in ["/id", "/v2/id"] {
        let asked = format!("{path}?id=m%267");
        let html = page(&grepper, &asked).body;
        let raw = format!("{asked}&amp;format=json\"");
        assert!(html.contains(&raw), "{raw} in {html}");
        let raw = page(&grepper, &format!("{asked}&format=json"));
        assert_eq!(raw.header("content-type"), Some("application/json"));
        assert_eq!(raw.body, grepper.get(&asked).body);
        assert!(html.contains(">12345678901234567890123<") && html.contains(">1e+22<"));
    }
}

#[test]
fn of_a_large_message_there_is_the_first_part_and_a_link() {
    let own = database();
    let grepper = Grepper::start(&own.url, &[]);
    let html = page(&grepper, "/v2/id?id=large&is_raw=true&size=extra-large").body;
    assert!(html.contains("raw JSON, 480 kB</a>"), "{}", html.len());
    assert!(html.len() < 300_000 && !html.contains("behind"));
}

#[test]
fn what_stands_around_a_message_can_be_chosen() {
    let own = database();
    let grepper = Grepper::start(&own.url, &[]);
    let shown = |around: &str| {
        let html = page(&grepper, &format!("/v2/id?id=m%2615{around}")).body;
        let ids = (1..=30).filter(|n| html.contains(&format!("/v2/id?id=m%26{n}&amp;is_raw=")));
        let ids: Vec<u32> = ids.filter(|n| *n != 15).collect();
        ids
    };
    let of_topic = [5, 7, 9, 11, 13, 17, 19, 21, 23, 25];
    assert_eq!(shown(""), of_topic);
    assert_eq!(shown("&around=topic"), of_topic);
    assert_eq!(shown("&around=user"), of_topic, "it has no user");
    assert_eq!(
        shown("&around=all"),
        [10, 11, 12, 13, 14, 16, 17, 18, 19, 20]
    );
    let fragment = page(&grepper, "/v2/id?id=m%2615&chrome=false").body;
    assert!(fragment.starts_with("<li") && !fragment.contains("m%2616"));
    let refused = page(&grepper, "/v2/id?id=m%2615&around=x");
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["parameter"], "around");
}
