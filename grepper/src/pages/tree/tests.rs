//! What readers of a message rely on: its tree says what was stored, whatever that is.

use super::*;

fn html(json: &str) -> String {
    tree(json, &KnownNames::default(), "/x").html
}

/// What a browser shows, all unfolded: the texts without markup.
fn shown(json: &str) -> String {
    let html = html(json);
    let mut text = String::new();
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Whether every element is closed in its turn.
fn is_well_formed(html: &str) -> bool {
    let mut open = Vec::new();
    for piece in html.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("a tag ends");
        let name = tag.split(' ').next().expect("a name");
        match name.strip_prefix('/') {
            None => open.push(name),
            Some(name) => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
        }
    }
    open.is_empty()
}

#[test]
fn numbers_are_as_they_are_written_and_members_in_their_order() {
    let json = r#"{"n": 12345678901234567890123, "e": 1e+22, "z": -0.0, "a": 1.10, "t": true, "no": null}"#;
    assert_eq!(
        shown(json),
        "n: 12345678901234567890123e: 1e+22z: -0.0a: 1.10t: trueno: null"
    );
    assert!(html(json).contains(
        "<li><span class=\"key\" title=\"$.n\">n</span>: <span class=\"json-number\">12345678901234567890123</span></li>"
    ));
}

#[test]
fn two_levels_are_unfolded() {
    let html =
        html(r#"{"a": {"b": {"c": {"d": 1, "x": "y", "z": [2]}}}, "none": [], "empty": {}}"#);
    let folded: Vec<&str> = html.split("<details").skip(1).collect();
    let is_open: Vec<bool> = folded
        .iter()
        .map(|each| each.starts_with(" open>"))
        .collect();
    assert_eq!(is_open, [true, true, false, false]);
    for text in [
        "title=\"$.a.b.c\">c</span>: <small>3 members</small> <span class=\"peek\">d: 1, x: &quot;y&quot;</span>",
        "title=\"$.a.b.c.z[0]\">0</span>",
        "none</span>: <span class=\"json-word\">[]</span>",
        "empty</span>: <span class=\"json-word\">{}</span>",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
}

#[test]
fn members_beyond_fifty_are_folded_up() {
    let list = |members: usize| html(&format!("{{\"l\": [{}]}}", vec!["7"; members].join(", ")));
    assert!(!list(50).contains(" more</summary>"));
    let html = list(1_051);
    let (before, behind) = html
        .split_once("<li><details><summary>1,001 more</summary>")
        .expect(&html);
    assert_eq!(
        (
            before.matches("number\">7<").count(),
            behind.matches("number\">7<").count()
        ),
        (50, 1_001)
    );
    assert!(html.contains("<small>1,051 items</small>") && is_well_formed(&html));
}

#[test]
fn long_texts_are_folded_up_behind_two_thousand_letters() {
    let html = html(&format!(
        "{{\"t\": \"{}{}\"}}",
        "ä".repeat(2_000),
        "b".repeat(500)
    ));
    let cut = format!(
        "<div class=\"json-string\">&quot;<bdi>{}</bdi><details><summary>all 2,500 letters</summary>{}&quot;</details></div>",
        "ä".repeat(2_000),
        "b".repeat(500)
    );
    assert!(html.contains(&cut), "{html}");
}

#[test]
fn of_large_texts_there_is_the_first_part() {
    let large = |members: usize| {
        let member = format!("{{\"text\": \"{}\"}}", "x".repeat(1_000));
        format!("[{}]", vec![member; members].join(", "))
    };
    let known = KnownNames::default();
    let small = tree(&large(200), &known, "");
    assert!(small.is_whole && small.html.matches("$[199].text").count() == 1);
    let cut = tree(&large(300), &known, "");
    assert!(!cut.is_whole && is_well_formed(&cut.html));
    assert_eq!(
        cut.html.matches(".text\"").count(),
        MOST_BYTES.div_ceil(1_014)
    );
    // A text that is cut within an escape, and a number of which digits would be missing.
    for before in 0..14 {
        let text = format!(
            "{{\"t\": \"{}\\ud83d\\ude00\"}}",
            "x".repeat(MOST_BYTES - 7 - before)
        );
        let cut = tree(&text, &known, "");
        assert!(
            cut.html.ends_with("x…</details></div></li></ul>") || before > 11,
            "{before}"
        );
        let number = format!("[\"{}\", 123456789]", "x".repeat(MOST_BYTES - 4 - before));
        let has_number = tree(&number, &known, "").html.contains("json-number");
        assert_eq!(has_number, before > 10, "{before}");
    }
}

#[test]
fn what_is_small_does_not_become_large() {
    let many = format!("[{}]", vec!["1"; 120_000].join(","));
    let cut = tree(&many, &KnownNames::default(), "");
    assert!(!cut.is_whole && cut.html.len() < MOST_HTML + 1_000 && is_well_formed(&cut.html));
    let name = "n".repeat(5_000);
    let deep = format!("{}1{}", format!("{{\"{name}\":").repeat(23), "}".repeat(23));
    assert!(html(&deep).len() < 3 * deep.len());
    let wide: Vec<String> = (0..5_000)
        .map(|key| format!("\"key{key}\": {key}"))
        .collect();
    let wide = tree(
        &format!("{{{}}}", wide.join(", ")),
        &KnownNames::default(),
        "",
    );
    assert!(wide.is_whole && wide.html.contains(">key4999<"));
}

#[test]
fn what_is_nested_deep_is_shown_as_it_is_written() {
    for levels in [25, 200, 900, 100_000] {
        let deep = "[".repeat(levels) + "17" + &"]".repeat(levels);
        let html = html(&deep);
        assert!(
            is_well_formed(&html) && html.matches("<details").count() < 30,
            "{levels}"
        );
        assert!(html.contains("<span class=\"json-raw\">[17]</span>") || levels > 25);
    }
    let objects = "{\"a\":".repeat(200) + "1" + &"}".repeat(200);
    assert!(shown(&objects).contains("{\"a\":{\"a\":"));
}

#[test]
fn odd_texts_can_be_read_and_turn_nothing() {
    for (json, expected) in [
        (r#"{"a": 1, "a": 2}"#, "a: 1a: 2"),
        (r#"{"\ud800": "\udc00 x"}"#, "\u{fffd}: \"\u{fffd} x\""),
        (r#"{"": " "}"#, "\"\": \" \""),
        (
            "{\"a\u{2028}\": \"\u{202e}x\u{2029}\"}",
            "a⟨LS⟩: \"⟨RLO⟩x⟨PS⟩\"",
        ),
        (r#"{"m": "one\r\ntwo\n\tthree"}"#, "m: \"one\ntwo\n␉three\""),
        (
            r#"{"</pre><script>": "'\"><script>"}"#,
            "</pre><script>: \"'\"><script>\"",
        ),
        ("\"just a text\"", "\"just a text\""),
        ("null", "null"),
        ("{}", "{}"),
        ("", ""),
        ("{\"a\": 1, \"b", "a: 1"),
    ] {
        assert_eq!(shown(json), expected);
        let html = html(json);
        assert!(!html.contains("<script") && is_well_formed(&html), "{html}");
    }
    assert!(html("{\"a\u{202e}'\": 1}").contains("title=\"$[&#39;a\\u202e\\&#39;&#39;]\""));
    assert!(html(r#"{"é": 1}"#).contains("><bdi>é</bdi></span>"));
}

#[test]
fn addresses_and_known_names_are_links() {
    let known = KnownNames::new([("zsh".to_owned(), "/v2/search?package=zsh".to_owned())]);
    let json = r#"{"a": "zsh", "b": "https://example.org/?a&b", "zsh": "zsh 5", "c": "javascript:x", "d": 7}"#;
    let html = tree(json, &known, "/x").html;
    for text in [
        "<a rel=\"nofollow\" href=\"/x/v2/search?package=zsh\">zsh</a>",
        "<a rel=\"nofollow noopener\" href=\"https://example.org/?a&amp;b\">https://example.org/?a&amp;b</a>",
    ] {
        assert!(html.contains(text), "{text} in {html}");
    }
    assert_eq!(html.matches("<a ").count(), 2);
}

proptest::proptest! {
    #[test]
    fn any_text_becomes_a_tree(json in "[\\[\\]{}:,\"\\\\a1é ]{0,40}") {
        proptest::prop_assert!(is_well_formed(&html(&json)));
    }
}
