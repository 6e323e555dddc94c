//! Messages of somebody who means harm: usual ones with every text replaced, and some of odd shapes.

use serde_json::{Map, Value, json};
use simulator::Sample;

use crate::archives::written;

/// Each goes into every field. What would run sets `window.__xss`.
pub const TEXTS: &[&str] = &[
    "<script>window.__xss=1</script>",
    "\"><img src=x onerror=window.__xss=2>",
    "'><svg/onload=window.__xss=3>",
    "javascript:window.__xss=4",
    "\tJaVaScRiPt:window.__xss=5",
    "https:javascript:window.__xss=6",
    "data:text/html,<script>window.__xss=7</script>",
    "https://apps.example.org@evil.example/",
    "https://evil.example/\" onmouseover=\"window.__xss=8",
    "</title></textarea></pre></template></script><script>window.__xss=9</script>",
    "https://evil.example/oof/\u{202e}elpmaxe.live//:sptth egap siht tisiv",
    "\u{2066}isolated \u{202d}overridden \u{2067}and not ended",
    "two\u{2028}separate\u{2029}lines",
    "\u{1}start \u{1b}[31mred\u{7} \u{85}next \u{9f}end",
    "<!-- ]]> <![CDATA[ --> &lt;b&gt; &amp; &#x3c;",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "../../%2e%2e/%2F/..?a=b&c#d",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309} \u{feff}\u{200b}\u{200d} 👩‍👩‍👧‍👦 日本語 العربية",
    "a+b c%20d 'e' \"f\"",
];

/// What pages are asked for.
pub fn names() -> [(&'static str, String); 6] {
    [
        ("user", TEXTS[0].to_owned()),
        ("package", TEXTS[1].to_owned()),
        ("topic", topic(TEXTS[0])),
        ("category", TEXTS[0].to_owned()),
        ("id", id(TEXTS[1])),
        ("nvr", TEXTS[1].to_owned() + "-1-1"),
    ]
}

fn topic(text: &str) -> String {
    format!("org.fedoraproject.prod.{text}.new")
}

fn id(text: &str) -> String {
    // As long as one can be sent.
    let short: String = text.chars().take(200).collect();
    format!("{short}-1")
}

/// A line a message: the shapes, then a text in every field, then each kind of message with texts for its own.
pub fn lines(samples: &[Sample]) -> String {
    let shapes = shapes().into_iter().enumerate();
    let newest = samples.last().expect("a sample");
    let mut lines: String = shapes
        .map(|(place, body)| {
            let headers = &newest.headers;
            written(
                &format!("shape-{place}"),
                "org.fedoraproject.prod.shape.new",
                headers,
                &body,
            )
        })
        .collect();
    let long = "w".repeat(400);
    let every = TEXTS.iter().copied().chain([long.as_str()]);
    lines.extend(every.map(|text| everywhere(text, newest)));
    for (place, sample) in samples.iter().enumerate() {
        let mut body: Value = serde_json::from_str(&sample.body).expect("JSON");
        replace(&mut body, &mut (place * 7));
        lines += &written(&sample.id, &sample.topic, &sample.headers, &body);
    }
    lines
}

/// A message that has the text wherever one may be.
fn everywhere(text: &str, newest: &Sample) -> String {
    let short: String = text.chars().take(150).collect();
    let mut headers = Map::new();
    for name in [
        format!("fedora_messaging_user_{short}"),
        format!("fedora_messaging_rpm_{short}"),
    ] {
        headers.insert(name, true.into());
    }
    for name in [
        "fedora_messaging_schema",
        "fedora_messaging_schema_package",
        "source",
        short.as_str(),
    ] {
        headers.insert(name.to_owned(), text.into());
    }
    headers.insert("sent-at".to_owned(), newest.headers["sent-at"].clone());
    let body = json!({"agent": text, "user": text, "username": text, "package": text, "url": text, text: [text, {text: text}]});
    written(&id(text), &topic(&short), &headers, &body)
}

/// Puts texts in the place of others; those that are a name of what they are keep the message what it is.
fn replace(value: &mut Value, place: &mut usize) {
    match value {
        Value::String(text) => {
            *text = TEXTS[*place % TEXTS.len()].to_owned();
            *place += 1;
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, place)),
        Value::Object(members) => members.values_mut().for_each(|value| replace(value, place)),
        _ => {}
    }
}

/// Bodies that are deep, wide, large, or of numbers that no double holds.
fn shapes() -> Vec<Value> {
    let wide: Map<String, Value> = (0..5000)
        .map(|key| (format!("key{key}"), key.into()))
        .collect();
    let mut deep = json!("the bottom");
    for _ in 0..100 {
        deep = json!({"down": [deep]});
    }
    vec![
        Value::Object(wide),
        deep,
        json!({"text": "lorem ipsum ".repeat(42_000)}),
        json!({"word": "w".repeat(100_000)}),
        json!({"list": vec![json!({"name": TEXTS[1]}); 2000]}),
        json!({"big": 12345678901234567890_u64, "small": 1e-300, "none": null, "": "", "empty": [{}, []]}),
        json!({}),
    ]
}
