//! What readers, the scrolling script and other sites rely on.

use chrono::{NaiveDateTime, TimeDelta};

use crate::chart::options::ChartOptions;
use crate::filters::FILTERS;
use crate::pages::around::{AroundMessage, days};
use crate::pages::assets::{folder, static_file};
use crate::pages::belongs::{Belonging, belongings};
use crate::pages::card::{Card, Size};
use crate::pages::chart_builder::chart_builder;
use crate::pages::documentation::documentation_page;
use crate::pages::find_page::{FindPage, Meant, find_page};
use crate::pages::histogram::histogram;
use crate::pages::home::{HomePage, home_page};
use crate::pages::known::KnownNames;
use crate::pages::message_page::{Detail, MessagePage, message_page};
use crate::pages::road_page::road_page;
use crate::pages::search_links::SearchLinks;
use crate::pages::search_page::{SearchPage, search_fragment, search_page};
use crate::pages::tree::tree;
use crate::pages::widget::widget_js;

mod home;
mod lists;
mod road_pages;

fn card() -> Card {
    Card {
        id: "20390000-aaaa-4bbb-8ccc-000000000039".to_owned(),
        topic: "org.fedoraproject.prod.fas.user.create".to_owned(),
        summary: "Account created".to_owned(),
        date_human: "11 years ago".to_owned(),
        date_exact: "2013-03-28 17:25:38 UTC".to_owned(),
        json: Some(r#"{"crypto":"x509"}"#.to_owned()),
        ..Card::default()
    }
}

fn hostile() -> Card {
    let text = "\"'><script>alert(1)</script>&amp;".to_owned();
    Card {
        id: text.clone(),
        topic: text.clone(),
        summary: text.clone(),
        url: Some("javascript:alert(1)".to_owned()),
        picture: Some(format!("https://example.org/{text}")),
        glyph: "message",
        agent: Some(text.clone()),
        date_human: text.clone(),
        date_exact: text.clone(),
        json: Some(format!("{{\"</pre>{text}\": 1}}")),
        day: text.clone(),
        time: text.clone(),
        excerpt: vec![(text.clone(), text.clone())],
        users: vec![text.clone()],
        packages: vec![text],
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// What a message says that it is about, with a rule that takes any text.
fn hostile_belongings() -> Vec<Belonging> {
    let about = [("zoo", "<script>x"), ("<script>", "\"><script>")];
    belongings(about.into_iter(), "prod")
}

fn hostile_detail() -> Detail {
    let text = || "\"'><script>alert(1)</script>&amp;".to_owned();
    let json = format!("{{\"</pre>{0}\": [\"{0}\"]}}", text().replace('"', "\\\""));
    Detail {
        paths: ["/v2/id", "/id"],
        base_url: text(),
        category: text(),
        schema: Some((text(), Some(text()))),
        source: Some(text()),
        others: vec![("Modules", vec![text()])],
        body: tree(&json, &KnownNames::default(), ""),
        headers: Some(tree(&json, &KnownNames::default(), "")),
        around: Some(AroundMessage {
            days: days(vec![hostile(), hostile()], 1),
            ..AroundMessage::default()
        }),
        ..Detail::default()
    }
}

/// A page of a search that found nothing.
fn searched<'a>(root: &'a str, path: &'a str, query: &'a [(String, String)]) -> SearchPage<'a> {
    SearchPage {
        links: SearchLinks { root, path, query },
        ..SearchPage::default()
    }
}

fn assert_harmless(html: &str) {
    assert!(
        !html.contains("<script>") && !html.contains("javascript:") && !html.contains("data:text"),
        "{html}"
    );
}

#[test]
fn fragments_are_only_messages() {
    let html = search_fragment("/datagrepper", &[card()], Size::Large);
    assert!(html.starts_with("<li class=\"list-group-item"), "{html}");
    for text in [
        "href=\"/datagrepper/v2/search?topic=org.fedoraproject.prod.fas.user.create\"",
        "href=\"/datagrepper/v2/id?id=20390000-aaaa-4bbb-8ccc-000000000039&is_raw=true&size=extra-large\"",
        ">2013-03-28 17:25:38 UTC<",
        "11 years ago",
        "Account created",
        "View JSON",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert_eq!(
        search_fragment("", &[card(), card(), card()], Size::Small)
            .matches("<li")
            .count(),
        3
    );
}

#[test]
fn pictures_are_our_own_where_no_host_is_listed() {
    let fragment = |card| search_fragment("/x", &[card], Size::Large);
    let own = fragment(Card {
        glyph: "build",
        agent: Some("ann/b".to_owned()),
        ..card()
    });
    let glyph = format!("<use href=\"/x{}/glyphs.svg#build\">", folder());
    for text in [
        &*glyph,
        "href=\"/x/v2/search?agent=ann%2Fb\"",
        ">A</span> <bdi>ann/b</bdi>",
    ] {
        assert!(own.contains(text), "{text} in {own}");
    }
    assert!(!own.contains("<img"));
    let glyphs = static_file("glyphs.svg").expect("it exists").bytes;
    let glyphs = str::from_utf8(glyphs).expect("a text");
    for category in [
        "koji", "bodhi", "git", "wiki", "fas", "openqa", "bugzilla", "pungi", "zoo",
    ] {
        let id = format!("id=\"{}\"", crate::pages::glyphs::glyph(category));
        assert!(glyphs.contains(&id), "{id}");
    }
    let of_host = fragment(Card {
        picture: Some("https://a.org/x.png".to_owned()),
        ..card()
    });
    assert!(of_host.contains("src=\"https://a.org/x.png\"") && !of_host.contains("glyphs"));
}

#[test]
fn what_turns_text_around_is_shown() {
    let turning = Card {
        summary: format!("\u{202e}live\n{}", "x".repeat(400)),
        ..card()
    };
    let html = search_fragment("", &[turning], Size::Large);
    let cut = format!("<bdi>⟨RLO⟩live␊{}…</bdi>", "x".repeat(290));
    assert!(html.contains(&cut), "{html}");
}

#[test]
fn an_empty_fragment_has_no_bytes() {
    assert_eq!(search_fragment("", &[], Size::ExtraLarge), "");
}

#[test]
fn sizes_show_more_and_more() {
    let shown = |size| {
        let html = search_fragment("", &[card()], size);
        [
            "Account created",
            ">2013-03-28 17:25:38 UTC<",
            "&quot;crypto&quot;",
        ]
        .map(|text| html.contains(text))
    };
    assert_eq!(shown(Size::Small), [false, false, false]);
    assert_eq!(shown(Size::Medium), [true, false, false]);
    assert_eq!(shown(Size::Large), [true, true, false]);
    assert_eq!(shown(Size::ExtraLarge), [true, true, true]);
    for (word, size) in [
        ("small", Ok(Size::Small)),
        ("extra-large", Ok(Size::ExtraLarge)),
        ("Large", Err(())),
    ] {
        assert_eq!(word.parse::<Size>().map_err(|_| ()), size);
    }
}

#[test]
fn nothing_from_a_message_is_markup() {
    for size in [Size::Small, Size::Medium, Size::Large, Size::ExtraLarge] {
        let card = hostile();
        assert_harmless(&search_fragment("", std::slice::from_ref(&card), size));
        let whole = SearchPage {
            cards: std::slice::from_ref(&card),
            ..searched("", "/raw", &[])
        };
        assert_harmless(&search_page(&whole));
        for detail in [None, Some(&hostile_detail())] {
            assert_harmless(&message_page(
                "",
                &MessagePage {
                    card: &card,
                    belongings: &hostile_belongings(),
                    size,
                    is_raw: true,
                    detail,
                },
            ));
        }
    }
}

#[test]
fn nothing_from_a_request_is_markup() {
    let query = pairs(&[
        ("category", "\"><script>x"),
        ("\"><script>", "\"><script>"),
        ("size", "\"><script>"),
    ]);
    assert_harmless(&search_page(&searched("", "/raw", &query)));
}

#[test]
fn what_is_searched_by_leads_to_its_road() {
    let page = |query: &[(&str, &str)]| search_page(&searched("/x", "/v2/search", &pairs(query)));
    let html = page(&[
        ("package", "c++"),
        ("subject", "nvr:bash-5-1.fc45"),
        ("subject", "zoo:lion"),
        ("not_package", "zsh"),
    ]);
    for text in [
        "href=\"/x/v2/road?package=c%2B%2B\"><bdi>c++</bdi></a>, ",
        "href=\"/x/v2/road?nvr=bash-5-1.fc45\"><bdi>bash-5-1.fc45</bdi></a>?",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert_eq!(html.matches("/v2/road?").count(), 2);
    assert!(!page(&[("user", "ann")]).contains("What became of"));
    assert_harmless(&page(&[
        ("package", "\"><script>"),
        ("subject", "nvr:\"><script>"),
    ]));
}

#[test]
fn pages_are_turned_by_the_messages_at_their_ends() {
    let query = pairs(&[
        ("category", "a b"),
        ("page", "2"),
        ("meta", "url"),
        ("delta", "60"),
    ]);
    let cards = [card()];
    let asked = searched("/x", "/raw", &query);
    let midnight = NaiveDateTime::default();
    let edges = [midnight, midnight + TimeDelta::days(1)];
    let page = SearchPage {
        cards: &cards,
        ends: Some(("9-9".to_owned(), "8-8".to_owned())),
        histogram: histogram(&asked.links, &edges, &[60], "day"),
        total: 60,
        before: 25,
        ..asked
    };
    let html = search_page(&page);
    assert!(html.starts_with("<!DOCTYPE html>"));
    let time = "end=1970-01-01T00%3A00%3A00.000000";
    for text in [
        "<strong>60 messages</strong>",
        ", 26,\nnewest first",
        &format!(
            "rel=\"prev nofollow\" href=\"/x/raw?category=a%20b&#38;meta=url&#38;{time}&#38;before=9-9\""
        ),
        &format!(
            "rel=\"next nofollow\" href=\"/x/raw?category=a%20b&#38;meta=url&#38;{time}&#38;after=8-8\""
        ),
        "<bdi>a b</bdi>",
        "type=\"hidden\" name=\"meta\" value=\"url\"",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    // What is dated in the future would not be on later pages.
    let ahead = SearchPage {
        total: 61,
        ..page.clone()
    };
    let open = "href=\"/x/raw?category=a%20b&#38;meta=url&#38;after=8-8\"";
    assert!(search_page(&ahead).contains(open));
    let is_turned = |page: &SearchPage| {
        let html = search_page(page);
        [html.contains("← Newer"), html.contains("Older →")]
    };
    let last = SearchPage {
        before: 59,
        ..page.clone()
    };
    assert_eq!(is_turned(&last), [true, false]);
    let oldest_first = SearchPage {
        ascending: true,
        ..last
    };
    assert_eq!(is_turned(&oldest_first), [false, true]);
    let beyond = SearchPage {
        cards: &[],
        ends: None,
        before: 60,
        ..page
    };
    assert!(search_page(&beyond).contains("behind the end"));
    let none = search_page(&searched("", "/raw", &[]));
    assert!(none.contains("0 messages") && !none.contains("list-group-item"));
}

#[test]
fn a_message_page_goes_back_or_to_the_json() {
    let card = card();
    let about = [("bug", "7"), ("nvr", "zsh-5.9-1.fc50")];
    let page = MessagePage {
        card: &card,
        belongings: &belongings(about.into_iter(), "prod"),
        size: Size::ExtraLarge,
        is_raw: true,
        detail: Some(&Detail::default()),
    };
    let html = message_page("", &page);
    assert!(html.starts_with("<!DOCTYPE html>"));
    for text in [
        "Message by ID",
        "Go Back",
        "&quot;crypto&quot;",
        "href=\"/v2/road?nvr=zsh-5.9-1.fc50\"",
        "href=\"/v2/search?subject=bug%3A7\"",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert!(!html.contains("View JSON"));
    let html = message_page(
        "",
        &MessagePage {
            is_raw: false,
            detail: None,
            ..page
        },
    );
    assert!(html.contains("View JSON") && !html.contains("Go Back") && html.starts_with("<li"));
}

#[test]
fn what_is_not_clear_is_left_to_whoever_asked() {
    let mut page = FindPage {
        text: "\"><script>x",
        meanings: Vec::new(),
        alike: Vec::new(),
        road: None,
    };
    let html = find_page("/datagrepper", &page);
    assert_harmless(&html);
    assert!(html.contains("Nothing is called like that"), "{html}");
    page.meanings.push(Meant {
        kind: "bug",
        filter: "subject",
        value: "bug:7".to_owned(),
        messages: 1,
        path: "/v2/search?subject=bug%3A7".to_owned(),
    });
    let html = find_page("/datagrepper", &page);
    for text in [
        "<a href=\"/datagrepper/v2/search?subject=bug%3A7\"><bdi>Bug 7</bdi></a>",
        ">1 message<",
        "action=\"/datagrepper/find\"",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    let empty = find_page("", &FindPage::default());
    assert!(!empty.contains("Nothing is called"), "{empty}");
}

fn charts_page(root: &str) -> String {
    chart_builder(root, "https://h/x", &[], Ok(ChartOptions::default()))
}

#[test]
fn documentation_is_served_under_its_names() {
    let base = "https://example.org/datagrepper";
    for name in ["index", "reference", "contributing"] {
        let html = documentation_page(name, "/datagrepper", base).expect(name);
        assert!(
            html.starts_with("<!DOCTYPE html>")
                && html.contains("href=\"/datagrepper/reference/\""),
            "{name}"
        );
        assert!(
            name == "contributing" || html.contains(base),
            "{name} gives examples"
        );
    }
    assert_eq!(documentation_page("release_notes", "", base), None);
    let charts = charts_page("");
    assert!(
        charts.contains("<code>verticalpyramid</code>")
            && charts.contains("<code>dark_solarized</code>")
    );
}

#[test]
fn the_documentation_tells_of_roads_and_of_waiting() {
    let reference = documentation_page("reference", "", "").expect("it exists");
    for parameter in
        "nvr update task pr commit build package branch as_of environment wait until since"
            .split(' ')
    {
        let code = format!("<code>{parameter}</code>");
        assert!(reference.contains(&code), "{parameter}");
    }
    for stage in road::Stage::ALL {
        let code = format!("<code>{stage}</code>");
        assert!(reference.contains(&code), "{stage}");
    }
    let base = "https://example.org/datagrepper";
    let index = documentation_page("index", "", base).expect("it exists");
    let road = format!("{base}/v2/road?nvr=");
    assert!(
        index.contains(&road) && index.contains("&amp;wait="),
        "{index}"
    );
}

#[test]
fn every_filter_is_in_the_form_and_in_the_reference() {
    let form = search_page(&SearchPage::default());
    let reference = documentation_page("reference", "", "").expect("it exists");
    let charts = charts_page("");
    for filter in &FILTERS {
        let options = form.split("<option value=\"");
        let mut shown = options.filter_map(|option| option.split_once('"'));
        let (_, shown) = shown
            .find(|(name, _)| *name == filter.name)
            .expect(filter.name);
        let label = format!(">{}", filter.label);
        assert!(shown.contains(&label), "{shown}");
        let row = format!("<code>{}</code>", filter.name);
        assert!(reference.contains(&row), "{row}");
        let word = format!("<code>{}</code>", filter.plural());
        assert!(charts.contains(&word), "{word}");
    }
}

#[test]
fn each_filter_can_be_taken_off_and_turned_round() {
    let query = pairs(&[("user", "a<b"), ("not_package", "zsh"), ("contains", "x")]);
    let html = search_page(&searched("", "/raw", &query));
    for text in [
        "href=\"/raw?not_user=a%3Cb&#38;not_package=zsh&#38;contains=x\"",
        "href=\"/raw?not_package=zsh&#38;contains=x\"",
        "href=\"/raw?user=a%3Cb&#38;package=zsh&#38;contains=x\"",
        "href=\"/raw?user=a%3Cb&#38;not_package=zsh\"",
        "<bdi>a&lt;b</bdi>",
        ">not package</a>",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
}

#[test]
fn the_widget_asks_for_what_it_shows() {
    let script = widget_js(
        "https://example.org/datagrepper",
        "https://cdn.example.org",
        false,
    );
    for text in [
        "div id=\"datagrepper-widget\"",
        "/v2/search?meta=url&meta=app_icon",
        "dataType: 'jsonp'",
        "list-group-item message-card",
        "\"https://example.org/datagrepper\"",
    ] {
        assert!(script.contains(text), "{text}");
    }
    assert!(!script.contains("static/css"));
    let script = widget_js("https://example.org", "https://cdn.example.org", true);
    for text in [
        "static/css/bootstrap.css",
        "static/css/raw.css",
        "\"https://cdn.example.org\"",
    ] {
        assert!(script.contains(text), "{text}");
    }
    let script = widget_js("http://x\"+alert(1)+\"</script>\n", "", false);
    assert!(script.contains(r#""http://x\"+alert(1)+\"\u003c/script>\n""#));
}

#[test]
fn every_file_a_page_links_to_exists() {
    let page = searched("", "/raw", &[]);
    let followed = road_page("", &road_pages::followed("running", None));
    let pages = search_page(&page) + &followed + &widget_js("", "", true).replace('\'', "\"");
    assert!(pages.contains("follow.js"));
    let linked: Vec<&str> = pages
        .split('"')
        .filter_map(|text| text.strip_prefix("/static/"))
        .collect();
    assert!(linked.len() >= 5);
    for path in linked.into_iter().chain(["favicon.png"]) {
        let file = static_file(path).unwrap_or_else(|| panic!("{path}"));
        assert!(!file.bytes.is_empty() && file.etag.len() == 18 && file.content_type.contains('/'));
    }
    for path in [
        "",
        "css",
        "../Cargo.toml",
        "css/main.css/",
        "h/",
        "h/0/none",
    ] {
        assert_eq!(static_file(path), None);
    }
}

#[test]
fn paths_that_name_the_content_are_final() {
    let folder = folder();
    let (_, hashed) = folder.split_once("/static/").expect("below it");
    let is_final = |path: &str| static_file(path).expect(path).is_final;
    for path in ["css/main.css", "frame.js", "favicon.svg"] {
        assert!(is_final(&format!("{hashed}/{path}")), "{path}");
        assert!(!is_final(path), "{path}");
        assert!(!is_final(&format!("h/0123456789abcdef/{path}")), "{path}");
    }
}

#[test]
fn modules_import_what_there_is() {
    let mut imports = 0;
    for name in [
        "frame.js",
        "pulse.js",
        "zone.js",
        "ago.js",
        "keys.js",
        "message.js",
    ] {
        let script = static_file(name).expect(name);
        let text = str::from_utf8(script.bytes).expect("a text");
        for line in text.lines().filter(|line| line.starts_with("import ")) {
            let imported = line.split('\'').nth(1).expect("a path");
            let path = imported.strip_prefix("./").expect("it is relative");
            assert!(static_file(path).is_some(), "{name}: {line}");
            imports += 1;
        }
    }
    assert!(imports >= 3);
}

#[test]
fn pages_have_one_frame() {
    let html = home_page(&HomePage {
        root: "/x",
        base_url: "https://example.org/x",
        numbers: None,
    });
    for text in [
        "<a class=\"skip\" href=\"#main\">",
        "<main id=\"main\" tabindex=\"-1\">",
        "<form class=\"find\" action=\"/x/find\"",
        "<nav class=\"sections\" aria-label=\"Sections\">",
        "<a href=\"/x/charts/\">Charts</a>",
        "data-from=\"/x/v2/pulse\"",
        concat!("grepper ", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert!(!html.contains("aria-current"));
    let charts = charts_page("/x");
    let current = "<a href=\"/x/charts/\" aria-current=\"page\">Charts</a>";
    assert_eq!(charts.matches(current).count(), 1, "{charts}");
    assert_eq!(charts.matches("aria-current").count(), 1);
}
