//! An example of each kind that is seen in answers, and what they are made of.

use std::collections::BTreeMap;

use crate::asking::answer::Answer;
use crate::comparison::spot::Case;
use crate::comparison::spots;
use crate::question::{Method, Question};
use crate::target::Target;
use crate::verdict::explained;

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const JSON: &str = "application/json";

/// A question, and both answers.
pub(super) struct Made {
    pub(super) question: Question,
    pub(super) old: Answer,
    pub(super) new: Answer,
}

pub(super) fn answer(status: u16, content_type: &str, body: &str) -> Answer {
    Answer {
        status,
        headers: BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]),
        body: body.to_owned(),
        ..Answer::default()
    }
}

pub(super) fn made(target: &str, old: Answer, new: Answer) -> Made {
    let question = Question {
        method: Method::Get,
        target: Target::new(target),
        accept: Some("*/*".to_owned()),
        origin: None,
    };
    Made { question, old, new }
}

pub(super) fn failure() -> Answer {
    answer(
        500,
        JSON,
        r#"{"error": "internal_error", "detail": "500 Internal Server Error", "traceback": "Traceback"}"#,
    )
}

pub(super) fn refusal(parameter: &str, given: &str) -> Answer {
    let body = serde_json::json!({"error": "bad_request", "parameter": parameter, "given": given, "detail": "must not"});
    answer(400, JSON, &body.to_string())
}

/// An answer to a search, with these messages and totals.
pub(super) fn page(messages: &str, total: u32, arguments: &str) -> Answer {
    let pages = total.div_ceil(25);
    answer(
        200,
        JSON,
        &format!(
            r#"{{"raw_messages": [{messages}], "total": {total}, "pages": {pages}, "count": 1, "arguments": {{{arguments}}}}}"#
        ),
    )
}

impl Answer {
    /// With so many messages on the page.
    pub(super) fn counting(self, count: u32) -> Self {
        let body = self
            .body
            .replace("\"count\": 1,", &format!("\"count\": {count},"));
        Self { body, ..self }
    }
}

/// A message of `/raw`.
pub(super) fn message(id: &str, second: u32, more: &str) -> String {
    format!(
        r#"{{"msg_id": "{id}", "topic": "a.b.c.d", "timestamp": {second}.0, "agent_name": "ann", "msg": {{"n": 1.10}},
            "headers": {{"sent-at": "2024-05-01T00:00:{second:02}+00:00"}}{more}}}"#
    )
}

/// A message of `/raw` whose sender gave no time.
pub(super) fn untimed(id: &str, second: u32) -> String {
    let sent_at = format!(r#""sent-at": "2024-05-01T00:00:{second:02}+00:00""#);
    let timestamp = format!(r#""timestamp": {}.0"#, 1_714_521_600 + second);
    let message = message(id, second, "").replace(&sent_at, "");
    message.replace(&format!(r#""timestamp": {second}.0"#), &timestamp)
}

/// A message of `/raw` with these users and this agent.
pub(super) fn named(id: &str, users: &str, agent: &str) -> String {
    let more = format!(r#", "users": {users}, "packages": []"#);
    message(id, 1, &more).replace("\"ann\", \"msg\"", &format!("{agent}, \"msg\""))
}

pub(super) const ECHO: &str = r#""start": null, "end": null, "agents": [], "not_agents": []"#;

/// For each kind that is seen in answers.
pub(super) fn examples() -> Vec<(&'static str, Made)> {
    let both = |answer: &Answer| (answer.clone(), answer.clone());
    let (with, without) = both(&page("", 0, ECHO));
    let typed = |given: &str, answer: &Answer| answer_with("content-type", given, answer);
    let html = answer(200, HTML, "");
    let old = |messages: &str, total| page(messages, total, ECHO);
    let (a, b) = (message("a", 1, ""), message("b", 1, ""));
    let alone = message("d", 3, "").replace("\"ann\"", "null");
    let meta = |value: &str| old(&message("a", 1, &format!(r#", "meta": {{{value}}}"#)), 1);
    let text = |headers: &str| {
        meta(&format!(
            r#""text": "Id: a\nTopic: a.b.c.d\nHeaders: {{{headers}}}\nBody: {{}}""#
        ))
    };
    let redirect = |location: &str| answer_with("location", location, &answer(308, HTML, ""));
    let widget = |body: &str| {
        answer(
            200,
            "application/javascript",
            &format!("datagrepper-widget {body}"),
        )
    };
    let count = |count: u32| answer(200, JSON, &format!("{{\"messagecount\":{count}}}"));
    vec![
        (
            "bad-time",
            made("/raw?start=abc", failure(), refusal("start", "abc")),
        ),
        (
            "bad-number",
            made("/raw?page=abc", failure(), refusal("page", "abc")),
        ),
        (
            "bad-meta",
            made("/raw?meta=nope", failure(), refusal("meta", "nope")),
        ),
        (
            "bad-meta",
            made("/raw?meta=nope", html.clone(), refusal("meta", "nope")),
        ),
        (
            "bad-size",
            made("/id?id=x&size=tiny", failure(), refusal("size", "tiny")),
        ),
        (
            "bad-chart",
            made(
                "/charts/line?N=99",
                answer(500, HTML, "Error, x"),
                refusal("N", "99"),
            ),
        ),
        (
            "nul",
            made("/raw?user=a%00b", failure(), refusal("user", "a\0b")),
        ),
        (
            "bad-callback",
            made(
                "/raw?callback=a%20b",
                html.clone(),
                refusal("callback", "a b"),
            ),
        ),
        (
            "partial-date",
            made(
                "/raw?start=2024-05",
                html.clone(),
                refusal("start", "2024-05"),
            ),
        ),
        (
            "unknown-zone",
            made(
                "/raw?end=2024-05-01+10:00+EST",
                html.clone(),
                refusal("end", "2024-05-01 10:00 EST"),
            ),
        ),
        ("failed", made("/raw", failure(), with.clone())),
        (
            "gave-up",
            made("/raw", answer(502, HTML, "Bad Gateway"), with.clone()),
        ),
        (
            "type-as-asked",
            Made {
                question: Question {
                    accept: None,
                    ..made("/raw", html.clone(), html.clone()).question
                },
                old: typed(HTML, &with),
                new: with.clone(),
            },
        ),
        (
            "type-as-asked",
            Made {
                question: Question {
                    accept: Some("application/xml".to_owned()),
                    ..made("/id", html.clone(), html).question
                },
                old: typed("application/xml; charset=utf-8", &with),
                new: with.clone(),
            },
        ),
        (
            "refusal-as-json",
            made(
                "/raw?page=0",
                answer(400, HTML, "<p>page</p>"),
                refusal("page", "0"),
            ),
        ),
        (
            "refusal-says-more",
            made(
                "/charts/pie",
                answer(404, JSON, r#"{"error": "not_found"}"#),
                answer(404, JSON, r#"{"error": "not_found", "parameter": "type"}"#),
            ),
        ),
        (
            "redirect-without-host",
            made("/index", redirect("(its host)/index/"), redirect("/index/")),
        ),
        (
            "widget-names",
            made("/widget.js", widget("link"), widget("url")),
        ),
        (
            "estimated-count",
            made("/messagecount", count(1_005_000), count(1_000_000)),
        ),
        (
            "no-agents",
            made(
                "/raw?agent=ann",
                page("", 0, r#""start": null"#),
                page(
                    "",
                    0,
                    r#""start": null, "agents": ["ann"], "not_agents": []"#,
                ),
            ),
        ),
        (
            "not-finite",
            made(
                "/raw",
                old(&a.replace("1.10", "NaN"), 1),
                old(&a.replace("1.10", "null"), 1),
            ),
        ),
        (
            "numbers-as-sent",
            made("/raw", old(&a.replace("1.10", "1.1"), 1), old(&a, 1)),
        ),
        (
            "numbers-as-sent",
            made(
                "/raw",
                old(&a.replace("1.10", "1e-07"), 1),
                old(&a.replace("1.10", "0.1e-6"), 1),
            ),
        ),
        (
            "total-past-the-end",
            made("/raw?page=2", past_the_end(0), past_the_end(7)),
        ),
        (
            "tie-order",
            made(
                "/raw",
                old(&[&*a, &*b].join(","), 2),
                old(&[&*b, &*a].join(","), 2),
            ),
        ),
        (
            "not-agent-without-agent",
            made(
                "/raw?not_agent=bob",
                old(&a, 1),
                old(&[&*alone, &*a].join(","), 2).counting(2),
            ),
        ),
        (
            "meta-from-rules",
            made(
                "/raw",
                meta(r#""summary": "a.b.c.d", "url": null, "packages": []"#),
                meta(r#""summary": "A", "url": "https://x", "packages": ["bash"]"#),
            ),
        ),
        (
            "meta-from-rules",
            made("/raw", text(""), meta(r#""text": "A builds bash""#)),
        ),
        (
            "meta-names",
            made(
                "/raw",
                meta(r#""usernames": ["bob", "ann"], "packages": ["zsh", "zsh"]"#),
                meta(r#""usernames": ["ann", "bob"], "packages": ["zsh"]"#),
            ),
        ),
        ("meta-text-headers", made("/raw", text("now"), text("then"))),
        (
            "meta-sent-at",
            made(
                "/raw?meta=url",
                old(&a.replace("00:00:01+00:00", "00:00:01.123456"), 1),
                old(
                    &a.replace(r#""sent-at": "2024-05-01T00:00:01+00:00""#, ""),
                    1,
                ),
            ),
        ),
        (
            "received-at",
            made(
                "/id?id=u",
                answer(200, JSON, &untimed("u", 5)),
                answer(200, JSON, &untimed("u", 6)),
            ),
        ),
        (
            "received-at",
            made(
                "/raw",
                old(&[&*untimed("u", 5), &*b, &*a].join(","), 3),
                old(&[&*b, &*untimed("u", 5), &*a].join(","), 3),
            ),
        ),
        (
            "names-from-rules",
            made(
                "/raw",
                old(&named("a", "[]", "null"), 1),
                old(&named("a", r#"["ann"]"#, r#""ann""#), 1),
            ),
        ),
    ]
    .into_iter()
    .chain([("", made("/raw", with, without))])
    .collect()
}

pub(super) fn answer_with(name: &str, value: &str, answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    answer.headers.insert(name.to_owned(), value.to_owned());
    answer
}

/// The second page of one.
pub(super) fn past_the_end(total: u32) -> Answer {
    answer(
        200,
        JSON,
        &format!(
            r#"{{"raw_messages": [], "total": {total}, "pages": 1, "count": 0, "arguments": {{}}}}"#
        ),
    )
}

/// The kinds that are seen, and the places that are not explained.
pub(super) fn judged(made: &Made) -> (Vec<&'static str>, Vec<String>) {
    let case = Case::new(&made.question, &made.old, &made.new);
    let (known, unknown) = explained(&case, spots(&case));
    (
        known.iter().map(|kind| kind.id).collect(),
        unknown.into_iter().map(|spot| spot.place).collect(),
    )
}
