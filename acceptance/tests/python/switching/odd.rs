//! Deliveries that are odd and have a place in both archives.

use chrono::{TimeDelta, Utc};

use crate::support::amqp::{Publisher, properties};

const TOPIC: &str = "org.fedoraproject.prod.odd.one";

/// Publishes one of each, with this word in its id; answers the ids.
pub fn publish(publisher: &Publisher, when: &str, both_listen: bool) -> Vec<String> {
    let mut deliveries = deliveries(when);
    // Each program takes its own time for what has none, so that what both get is there twice.
    let has_time = |sent_at: &Option<String>| sent_at.is_some() || !both_listen;
    deliveries.retain(|(_, sent_at, _)| has_time(sent_at));
    let ids = deliveries.iter().map(|(id, ..)| id.clone()).collect();
    for (id, sent_at, body) in deliveries {
        // The broker may deliver anything again; what has no time would be stored twice by the incumbent.
        let times = if sent_at.is_some() { 2 } else { 1 };
        for _ in 0..times {
            publisher.publish(TOPIC, properties(&id, sent_at.as_deref()), &body);
        }
    }
    ids
}

/// Id, `sent-at` and body.
fn deliveries(when: &str) -> Vec<(String, Option<String>, Vec<u8>)> {
    let now = Utc::now().naive_utc();
    let at = |form: &str| Some(now.format(form).to_string());
    let plain = || b"{\"n\": 1}".to_vec();
    let text = |json: &str| json.as_bytes().to_vec();
    let large = format!("{{\"text\": \"{}\"}}", "x".repeat(300_000));
    let numbers = r#"{"one": 1.10, "large": 123456789012345678901234567890, "small": 0.1e-7, "none": NaN, "minus": -0.0}"#;
    let texts = r#"{"nul": "a\u0000b", "lone": "\ud800", "é": "☃", "twice": 1, "twice": 2}"#;
    let far = |year: &str| Some(format!("{year}-06-01T00:00:00+00:00"));
    let earlier = Utc::now() - TimeDelta::days(3);
    let tomorrow = Utc::now() + TimeDelta::days(1);
    [
        ("Z", at("%Y-%m-%dT%H:%M:%S.%6fZ"), plain()),
        ("naive", at("%Y-%m-%d %H:%M:%S"), plain()),
        ("east", at("%Y-%m-%dT%H:%M:%S.25+02:00"), plain()),
        ("without-time", None, plain()),
        ("first-year", far("0001"), plain()),
        ("last-year", far("9999"), plain()),
        ("tomorrow", Some(tomorrow.to_rfc3339()), plain()),
        // Not everybody reads these, so that they are no news for the client.
        ("numbers", Some(earlier.to_rfc3339()), text(numbers)),
        ("texts", Some(earlier.to_rfc3339()), text(texts)),
        ("null", at("%Y-%m-%dT%H:%M:%SZ"), text("null")),
        ("empty", at("%Y-%m-%dT%H:%M:%SZ"), text("{}")),
        ("large", at("%Y-%m-%dT%H:%M:%SZ"), large.into_bytes()),
    ]
    .map(|(name, sent_at, body)| (format!("ID:{name}-{when}:1:0"), sent_at, body))
    .into()
}
