//! The front page.

use crate::pages::card::Card;
use crate::pages::histogram::histogram;
use crate::pages::home::{HomeColumn, HomeNumbers, HomePage, home_page};
use crate::pages::lists::{NameRow, PACKAGES, TOPICS};
use crate::pages::name_page::TimeShown;
use crate::pages::search_links::SearchLinks;

fn page(numbers: Option<HomeNumbers>) -> String {
    home_page(&HomePage {
        root: "/x",
        base_url: "https://h/x",
        numbers,
    })
}

#[test]
fn without_numbers_it_still_leads_everywhere() {
    let html = page(None);
    for text in [
        "Numbers are not available",
        "action=\"/x/find\"",
        "href=\"/x/reference/\"",
        "curl 'https://h/x/v2/search?delta=86400'",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert!(!html.contains("archived"), "{html}");
}

#[test]
fn an_empty_archive_says_how_messages_come() {
    let html = page(Some(HomeNumbers::default()));
    assert!(html.contains("Nothing is archived yet"), "{html}");
    assert!(html.contains("nommer consume"), "{html}");
    assert!(!html.contains("class=\"figures\""), "{html}");
}

#[test]
fn it_tells_how_lively_the_archive_is() {
    let edges =
        ["2026-11-27T20:00:00", "2026-11-27T21:00:00"].map(|at| at.parse().expect("a time"));
    let links = SearchLinks {
        root: "/x",
        path: "/v2/search",
        query: &[],
    };
    let silent = NameRow {
        silence: Some("usually every 20 min, nothing for 3 h".to_owned()),
        ..NameRow::new(&TOPICS, "org.fedoraproject.prod.git.push", 0, &[])
    };
    let html = page(Some(HomeNumbers {
        total: 1_234_567,
        day: 2_000,
        day_before: 1_000,
        newest: Some(TimeShown {
            exact: "2026-11-27 20:00:00 UTC".to_owned(),
            human: "an hour ago".to_owned(),
        }),
        is_late: true,
        histogram: histogram(&links, &edges, &[7], "hour"),
        columns: vec![HomeColumn {
            kind: &PACKAGES,
            rows: vec![NameRow::new(&PACKAGES, "<b>\u{202e}", 77, &[1, 2])],
        }],
        silent: vec![silent],
        all_silent: 12,
        latest: vec![Card {
            topic: "t".to_owned(),
            summary: "somebody did something".to_owned(),
            day: "Friday, 27 November 2026".to_owned(),
            ..Card::default()
        }],
    }));
    for text in [
        "<dd>1,234,567</dd>",
        "2,000 <small>1,000 the day before</small>",
        "<dd class=\"late\">",
        "○ longer than usual",
        "7 messages by hour",
        "href=\"/x/packages/\">Packages</a>",
        "<bdi>&lt;b&gt;⟨RLO⟩</bdi>",
        "<span class=\"number\">77</span>",
        "at most 2 a day",
        "<small>12</small>",
        "○ usually every 20 min, nothing for 3 h",
        "<h3>Friday, 27 November 2026</h3>",
        "somebody did something",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert_eq!(html.matches("id=\"find-box\"").count(), 1);
}
