//! Lists of names.

use crate::pages::busy_page::{BusyPage, busy_page};
use crate::pages::census_page::{CensusPage, NameGroup, census_page};
use crate::pages::lists::{NameRow, PACKAGES, TOPICS, USERS};
use crate::pages::name_page::TimeShown;
use crate::pages::search_links::SearchLinks;

const HOSTILE: &str = "a\u{202e}<b>\"'&.x";

fn topics(query: &[(String, String)], groups: Vec<NameGroup>) -> String {
    census_page(&CensusPage {
        kind: &TOPICS,
        links: SearchLinks {
            root: "/x",
            path: "/topics/",
            query,
        },
        groups,
        matching: 1234,
        of: 2345,
        silent: 3,
        range: Some((151, 300)),
        of_each: None,
        pages: [Some(1), Some(3)],
    })
}

fn row(name: &str) -> NameRow {
    NameRow {
        usual: "72".to_owned(),
        silence: Some("usually every 20 min, nothing for 3 h".to_owned()),
        first: Some("2026-01-02".to_owned()),
        last: Some(TimeShown {
            exact: "2026-11-27 20:00:00 UTC".to_owned(),
            human: "an hour ago".to_owned(),
        }),
        ..NameRow::new(&TOPICS, name, 1500, &[1; 30])
    }
}

#[test]
fn topics_are_sorted_and_narrowed_by_links_that_keep_the_rest() {
    let query = [("category", HOSTILE), ("q", "ed\"it"), ("sort", "last")];
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let group = NameGroup {
        rows: vec![row("org.fedoraproject.prod.git.push"), row(HOSTILE)],
        of: 2,
        ..NameGroup::default()
    };
    let html = topics(&query, vec![group]);
    let kept = "category=a%E2%80%AE%3Cb%3E%22%27%26.x&#38;q=ed%22it";
    for text in [
        "<th scope=\"col\" class=\"when\" aria-sort=\"descending\">",
        &format!("<a rel=\"nofollow\" href=\"/x/topics/?{kept}&#38;sort=day\">24 h</a>"),
        &format!("href=\"/x/topics/?{kept}&#38;sort=last&#38;silent=true\">3 silent</a>"),
        &format!("<a rel=\"next nofollow\" href=\"/x/topics/?{kept}&#38;sort=last&#38;page=3\">"),
        "value=\"ed&#34;it\"",
        "<strong>1,234 topics</strong> of 2,345, 151 to 300",
        "○ silent: usually every 20 min, nothing for 3 h",
        "<td class=\"number usual\">72</td>",
        "title=\"2026-11-27 20:00:00 UTC\">an hour ago</time>",
        "<td class=\"number\">1,500</td>",
        "<bdi>git.<wbr>push</bdi>",
        "<bdi>a⟨RLO⟩&lt;b&gt;",
        "<meta name=\"robots\" content=\"noindex\">",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    // What a form sends is sent as it is.
    let turning = html.matches('\u{202e}').count();
    assert!(!html.contains("<b>") && turning == 1, "{html}");
}

#[test]
fn categories_of_which_not_all_is_shown_lead_to_the_rest() {
    let group = NameGroup {
        category: Some("git".to_owned()),
        href: "/categories/git".to_owned(),
        rows: vec![row("org.fedoraproject.prod.git.push")],
        of: 1_200,
    };
    let html = topics(&[], vec![group]);
    for text in [
        "<a href=\"/x/categories/git\"><bdi>git</bdi></a>",
        "href=\"/x/topics/?category=git\">all 1,200<span",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert!(!html.contains("noindex"), "{html}");
    assert!(topics(&[], Vec::new()).contains("None is like that"));
}

#[test]
fn the_largest_list_is_no_larger_than_a_page_may_be() {
    let long = |n: usize| {
        row(&format!(
            "org.fedoraproject.prod.copr.build.{n:03}.{}",
            "y".repeat(30)
        ))
    };
    let group = NameGroup {
        rows: (0..150).map(long).collect(),
        of: 150,
        ..NameGroup::default()
    };
    let length = topics(&[], vec![group]).len();
    assert!(length < 130_000, "{length}");
}

#[test]
fn busy_names_say_of_how_many_they_are() {
    let mut page = BusyPage {
        root: "/x",
        kind: &PACKAGES,
        days: 7,
        choices: &[1, 7, 30],
        rows: vec![NameRow::new(&PACKAGES, HOSTILE, 3, &[1, 2])],
        of: 1234,
        newest: None,
        new: vec![NameRow::new(&PACKAGES, "new&", 0, &[])],
    };
    let html = busy_page(&page);
    for text in [
        "In the last 7 days: <strong>the 1 busiest of 1,234 packages</strong>",
        "<a aria-current=\"true\" href=\"/x/packages/?days=7\">7 days</a>",
        "href=\"/x/packages/\">24 hours</a>",
        "<bdi>a⟨RLO⟩&lt;b&gt;",
        "at most 2 a day",
        "<bdi>new&amp;</bdi>",
        "name=\"robots\" content=\"noindex\"",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    page.days = 1;
    assert!(!busy_page(&page).contains("noindex"));
    page.kind = &USERS;
    page.newest = Some(10_000);
    page.rows = vec![NameRow::new(&USERS, "ann", 3, &[])];
    let html = busy_page(&page);
    assert!(
        html.contains("noindex") && !html.contains("30 days</th>"),
        "{html}"
    );
    assert!(
        html.contains("as the newest 10,000 messages tell"),
        "{html}"
    );
    page.rows.clear();
    assert!(busy_page(&page).contains("no messages about any"));
}
