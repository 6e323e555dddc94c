//! Pages of roads.

use super::assert_harmless;
use crate::pages::road_page::{Link, RoadPage, RouteView, Stop, road_page};

/// A road with such texts in all places.
fn route(text: &str) -> RouteView {
    let link = Link {
        text: text.to_owned(),
        place: Some(("Koji", "javascript:alert(1)".to_owned())),
    };
    let stop = Stop {
        label: "Gating",
        word: "failed",
        sign: "✗",
        since_human: Some("a day ago".to_owned()),
        since_exact: Some("2026-10-05 08:00:02 UTC".to_owned()),
        messages: vec![text.to_owned()],
        shown_as: None,
        reasons: vec![text.to_owned()],
    };
    RouteView {
        kind: "Build",
        subject: link.clone(),
        own: ("nvr".to_owned(), text.to_owned()),
        package: Some(text.to_owned()),
        branch: Some(text.to_owned()),
        update: Some(link),
        tags: vec![text.to_owned()],
        built_again_by: Some(text.to_owned()),
        replaced_by: Some(text.to_owned()),
        stops: vec![stop],
        headline: Some(0),
    }
}

/// The page of a build of which one stage has this word.
pub(super) fn followed(word: &'static str, as_of: Option<&str>) -> RoadPage<'static> {
    let mut route = route("a-1-1.fc45");
    route.stops[0].word = word;
    RoadPage {
        kind: "nvr",
        name: "a-1-1.fc45",
        as_of: as_of.map(str::to_owned),
        branch: Some("f45"),
        environment: "prod",
        routes: vec![route],
        complete: true,
        until: vec!["stable:passed,failed".to_owned()],
        cursor: "0123",
        wait: 30,
        base_url: "https://example.org",
        ..RoadPage::default()
    }
}

#[test]
fn a_road_is_followed_while_anything_goes_on() {
    for (word, as_of, is_followed) in [
        ("running", None, true),
        ("waiting", None, true),
        ("passed", None, false),
        ("failed", None, false),
        ("running", Some("2026-10-05 08:00:02 UTC"), false),
    ] {
        let html = road_page("/x", &followed(word, as_of));
        let found = html.contains("/follow.js\"");
        assert_eq!(found, is_followed, "{word}: {html}");
        let line = "id=\"follow\" data-cursor=\"0123\" data-wait=\"30\"";
        assert_eq!(html.contains(line), is_followed, "{word}: {html}");
        let link = "href=\"/x/v2/road?nvr=a-1-1.fc45&#38;branch=f45&#38;until=stable%3Apassed%2Cfailed\">Look again<";
        assert_eq!(html.contains(link), is_followed, "{word}: {html}");
    }
    let unheld = RoadPage {
        wait: 0,
        ..followed("running", None)
    };
    let html = road_page("", &unheld);
    assert!(html.contains(">Look again<") && !html.contains("follow.js"));
}

#[test]
fn a_road_says_how_scripts_ask_for_it() {
    let asked = "https://example.org/v2/road?nvr=a-1-1.fc45&#38;branch=f45";
    let now = road_page("", &followed("passed", None));
    for text in [
        format!("curl '{asked}'"),
        format!("curl '{asked}&amp;since=0123&amp;wait=30'"),
    ] {
        assert!(now.contains(&text), "{text}: {now}");
    }
    let then = road_page("", &followed("passed", Some("2026-10-05 08:00:02 UTC")));
    assert!(
        then.contains("as_of=2026-10-05") && !then.contains("wait="),
        "{then}"
    );
}

#[test]
fn a_road_of_staging_says_that_a_search_knows_no_environment() {
    for (environment, end) in [("prod", "</a>"), ("stg", ", those of production too</a>")] {
        let page = RoadPage {
            environment,
            ..RoadPage::default()
        };
        let html = road_page("", &page);
        let link = format!("All messages about it{end}");
        assert!(html.contains(&link), "{html}");
    }
}

#[test]
fn a_road_is_told_when_any_stage_has_a_word_or_messages() {
    for (word, messages, is_known) in [
        ("waived", vec![], true),
        ("none", vec!["a"], true),
        ("none", vec![], false),
    ] {
        let mut page = followed(word, None);
        let route = &mut page.routes[0];
        route.headline = None;
        route.stops[0].messages = messages.into_iter().map(str::to_owned).collect();
        let html = road_page("", &page);
        assert_eq!(html.contains("class=\"stops\""), is_known, "{word}: {html}");
        assert_eq!(html.contains("No message says"), !is_known, "{word}");
    }
}

#[test]
fn a_build_whose_update_was_replaced_leads_to_the_other_one() {
    let mut replaced = route("heron-1-1.fc90");
    replaced.replaced_by = Some("FEDORA-2050-1".to_owned());
    let page = RoadPage {
        kind: "nvr",
        name: "heron-1-1.fc90",
        environment: "prod",
        routes: vec![replaced],
        ..RoadPage::default()
    };
    let html = road_page("", &page);
    let link =
        r#"Replaced by <a href="/v2/road?update=FEDORA-2050-1"><bdi>FEDORA-2050-1</bdi></a>"#;
    assert!(html.contains(link), "{html}");
}

#[test]
fn an_attempt_at_a_build_leads_to_the_task_that_built_it_again() {
    let mut failed = route("heron-1-1.fc90");
    failed.built_again_by = Some("5002".to_owned());
    let page = RoadPage {
        kind: "task",
        name: "5001",
        environment: "prod",
        routes: vec![failed],
        ..RoadPage::default()
    };
    let html = road_page("/datagrepper", &page);
    let link = r#"Built again by <a href="/datagrepper/v2/road?task=5002">task 5002</a>"#;
    assert!(html.contains(link), "{html}");
}

#[test]
fn roads_of_hostile_names_are_harmless() {
    let text = "\"'><script>alert(1)</script>&amp;";
    for kind in ["nvr", "package"] {
        let page = RoadPage {
            kind,
            name: text,
            as_of: Some("2026-10-05 08:00:02 UTC".to_owned()),
            branch: Some(text),
            environment: "stg",
            place: Some(("Koji", "javascript:alert(1)".to_owned())),
            routes: vec![route(text)],
            builds: vec![text.to_owned()],
            more_builds: 7,
            complete: false,
            until: vec![text.to_owned()],
            base_url: "https://example.org",
            wait: 30,
            ..RoadPage::default()
        };
        let html = road_page("/datagrepper", &page);
        assert_harmless(&html);
        for part in [
            "✗ Gating failed",
            "a day ago",
            "not all was read or is told",
            "environment=stg",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let links = ["/datagrepper/v2/road?nvr=%22", "/datagrepper/v2/id?id=%22"];
        assert!(links.iter().any(|link| html.contains(link)), "{html}");
    }
    let nothing = road_page(
        "",
        &RoadPage {
            complete: true,
            ..RoadPage::default()
        },
    );
    assert!(
        nothing.contains("No message says what became of it"),
        "{nothing}"
    );
}
