//! `/v2/digest` tells which messages there are in a short time.

use crate::own_database::{self, COMMENT};
use crate::support::http::Answer;
use crate::support::programs::Grepper;

fn ask(grepper: &Grepper, query: &str) -> Answer {
    grepper.get(&format!("/v2/digest?{query}"))
}

#[test]
fn digests_add_up_and_are_of_what_is_asked_for() {
    let database = own_database::get();
    let grepper = Grepper::start(&database.url, &[]);
    let (first, last) = (
        &database.entries[0],
        &database.entries[database.entries.len() - 1],
    );
    let newest = last.time.max(first.time).format("%Y-%m-%dT%H:%M:%S.999999");
    let day = format!("end={newest}&delta=86399");
    let told = |more: &str| {
        let answer = ask(&grepper, &format!("{day}{more}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let json = answer.json();
        let digits = json["digest"].as_str().expect("a text").to_owned();
        assert_eq!(digits.len(), 14, "{digits}");
        let digest = u64::from_str_radix(&digits, 16).expect("hexadecimal");
        (json["total"].as_u64().expect("a number"), digest)
    };
    let (all, of_all) = told("");
    assert!(all >= 300, "{all}");
    let (some, of_some) = told(&format!("&topic={COMMENT}"));
    let (others, of_others) = told(&format!("&not_topic={COMMENT}"));
    assert!(some > 0 && others > 0);
    assert_eq!(
        (some + others, (of_some + of_others) % (1 << 56)),
        (all, of_all)
    );
}

#[test]
fn no_more_than_a_day_is_digested_and_by_nothing_else() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    for (query, parameter) in [
        ("", "end"),
        ("start=2024-05-01", "end"),
        ("end=2024-05-01", "end"),
        ("start=2024-05-01&end=2024-05-02T00:00:00.000001", "end"),
        (
            "start=2024-05-01&end=2024-05-01T10:00:00&user=bob",
            "(filters)",
        ),
        (
            "start=2024-05-01&end=2024-05-01T10:00:00&not_package=zsh",
            "(filters)",
        ),
        (
            "start=2024-05-01&end=2024-05-01T10:00:00&contains=x&topic=y",
            "(filters)",
        ),
        ("start=soon&end=2024-05-01T10:00:00", "start"),
    ] {
        let answer = ask(&grepper, query);
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert_eq!(answer.json()["parameter"], parameter, "{query}");
    }
    let answer = ask(&grepper, "start=2024-05-01&end=2024-05-01T23:59:59.999999");
    assert_eq!(answer.body, r#"{"total": 0, "digest": "00000000000000"}"#);
}
