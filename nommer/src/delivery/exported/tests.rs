//! What is made of texts in both forms.

use std::sync::LazyLock;

use archive::Legacy;
use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::*;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::embedded);

fn now() -> NaiveDateTime {
    NaiveDateTime::default() + TimeDelta::days(20_000)
}

fn accepted(text: &str) -> NewMessage {
    super::decode(text.as_bytes(), now(), &RULES)
        .unwrap_or_else(|reason| panic!("{text}: {reason}"))
}

fn check_refused(text: &str, expected: &str) {
    let reason = super::decode(text.as_bytes(), now(), &RULES).expect_err(text);
    assert!(reason.contains(expected), "{text}: {reason}");
}

/// A message of the ZeroMQ age with these members more.
fn old(more: &str) -> NewMessage {
    accepted(&format!(
        r#"{{"topic": "a.b.c.d.e", "msg": {{"n": 1}}{more}}}"#
    ))
}

#[test]
fn the_form_of_the_bus_goes_the_way_of_a_delivery() {
    let message = accepted(
        r#"{"body": {"a":1.10,"b":NaN}, "headers": {"sent-at": "2024-05-01T10:00:00+02:00", "priority": 3, "big": 5000000000,
            "float": 1.5, "list": [1, null, {"x": true}], "huge": 18446744073709551615, "$timestamp": 5},
            "id": "one", "priority": 9, "queue": null, "topic": "org.fedoraproject.prod.git.x"}"#,
    );
    assert_eq!(message.identity, Identity::IdAndTime);
    assert_eq!(message.timestamp.to_string(), "2024-05-01 08:00:00");
    assert_eq!(message.body.as_str(), r#"{"a": 1.10, "b": null}"#);
    assert_eq!((message.category.as_str(), message.legacy), ("git", None));
    let headers = json!(message.headers);
    let expected = r#"{"$timestamp":5,"big":5000000000,"float":1.5,"huge":18446744073709551615,
                       "list":[1,null,{"x":true}],"priority":3,"sent-at":"2024-05-01T10:00:00+02:00"}"#;
    assert_eq!(
        headers,
        serde_json::from_str::<Value>(expected).expect("JSON")
    );
}

#[test]
fn what_no_delivery_can_have_is_refused_and_not_imported() {
    let long = "x".repeat(256);
    for (members, expected) in [
        (format!(r#""id": "{long}""#), "its id has 256 bytes"),
        (
            format!(r#""headers": {{"{long}": 1}}"#),
            "its name of a header has",
        ),
        (
            format!(r#""headers": {{"a": [{{"{long}": 1}}]}}"#),
            "its name of a header has",
        ),
    ] {
        let text = format!(r#"{{"body": {{}}, "topic": "a", {members}}}"#);
        check_refused(&text, expected);
    }
}

#[test]
fn without_an_id_the_content_is_the_id_however_it_is_laid_out() {
    let id = |text: &str| {
        let message = accepted(text);
        assert_eq!(message.identity, Identity::RedeliveredContent, "{text}");
        message.msg_id
    };
    let one = id(r#"{"topic": "t", "body": {"a": 1}, "id": null}"#);
    assert_eq!(
        id("{\"body\": {\n\"a\":1}, \"topic\": \"t\", \"id\": \"\"}"),
        one
    );
    assert_ne!(id(r#"{"topic": "t", "body": {"a": 2}}"#), one);
    let one = id(r#"{"topic": "t", "msg": {"a": 1}, "timestamp": 5, "i": 1}"#);
    assert_eq!(
        id(r#"{"topic": "t", "timestamp": 5, "msg": {"a":1}, "i": 1, "msg_id": null}"#),
        one
    );
    assert_ne!(
        id(r#"{"topic": "t", "timestamp": 6, "msg": {"a":1}, "i": 1}"#),
        one
    );
}

#[test]
fn the_form_of_the_zeromq_age_keeps_what_only_it_has() {
    let message = old(
        r#", "i": 3, "msg_id": "2014-x", "timestamp": 1412327834.25, "certificate": "LS0t\n", "signature": "c2ln\n",
           "crypto": "x509", "username": "apache", "users": ["ann", null, "bob"], "packages": [], "source_name": null"#,
    );
    let legacy = *message.legacy.expect("more columns");
    assert_eq!(
        legacy,
        Legacy {
            i: 3,
            certificate: Some("LS0t\n".to_owned()),
            signature: Some("c2ln\n".to_owned()),
            crypto: Some("x509".to_owned()),
            source_name: None,
            ..Legacy::default()
        }
    );
    assert_eq!(
        (message.headers, message.agent_name.as_deref()),
        (None, Some("apache"))
    );
    assert_eq!(
        (message.users.join(" "), message.packages.len()),
        ("ann bob".to_owned(), 0)
    );
    assert_eq!(message.timestamp.to_string(), "2014-10-03 09:17:14.250");
    assert_eq!(message.identity, Identity::IdAndSecond);
    let both = old(r#", "username": "apache", "agent_name": null, "headers": {}"#);
    assert_eq!((both.agent_name, both.headers), (None, Some(Map::new())));
}

#[test]
fn odd_counters_and_times_are_read_as_they_were_meant() {
    for (i, expected) in [
        ("7", 7),
        ("\"7\"", 7),
        ("1.5", 2),
        ("null", 0),
        ("5000000000", 0),
        ("[]", 0),
    ] {
        let message = old(&format!(r#", "i": {i}"#));
        assert_eq!(message.legacy.expect("more columns").i, expected, "{i}");
    }
    for (told, expected) in [
        ("1561377600", Some("2019-06-24 12:00:00")),
        ("1561377600.0", Some("2019-06-24 12:00:00")),
        ("1561377600000", Some("2019-06-24 12:00:00")),
        ("1.561377600125e9", Some("2019-06-24 12:00:00.125")),
        ("\"2019-06-24T14:00:00+02:00\"", Some("2019-06-24 12:00:00")),
        ("-1.5", Some("1969-12-31 23:59:58.500")),
        ("0", None),
        ("0.0", None),
        ("null", None),
        ("false", None),
        ("1e300", None),
        ("\"yesterday\"", None),
    ] {
        let message = old(&format!(r#", "msg_id": "x", "timestamp": {told}"#));
        let time = expected.map_or_else(|| now().to_string(), str::to_owned);
        assert_eq!(message.timestamp.to_string(), time, "{told}");
        let identity = if expected.is_some() {
            Identity::IdAndSecond
        } else {
            Identity::Id
        };
        assert_eq!(message.identity, identity, "{told}");
    }
}

#[test]
fn a_fraction_that_raw_has_cut_off_is_in_the_headers() {
    let with = |sent_at: &str| {
        old(&format!(
            r#", "msg_id": "x", "timestamp": 1714557600.0, "headers": {{"sent-at": "{sent_at}"}}"#
        ))
    };
    let exact = with("2024-05-01T12:00:00.5+02:00");
    assert_eq!(exact.timestamp.to_string(), "2024-05-01 10:00:00.500");
    assert_eq!(exact.identity, Identity::IdAndTime);
    // The row was stored at another time than that.
    let other = with("2024-05-01T12:00:01+02:00");
    assert_eq!(other.timestamp.to_string(), "2024-05-01 10:00:00");
    assert_eq!(other.identity, Identity::IdAndSecond);
}

#[test]
fn what_is_no_message_is_refused_for_a_reason() {
    check_refused("{", "it is not JSON");
    check_refused("[]", "no JSON object");
    check_refused("{}", "neither a body nor a msg");
    check_refused(r#"{"body": {}}"#, "no topic");
    check_refused(r#"{"body": {}, "topic": 5}"#, "topic is not a text");
    check_refused(r#"{"body": [1], "topic": "t"}"#, "JSON array");
    check_refused(r#"{"body": {}, "topic": "t", "id": 5}"#, "id is not a text");
    check_refused(
        r#"{"body": {}, "topic": "t", "headers": []}"#,
        "headers is not an object",
    );
    check_refused(
        r#"{"body": {}, "topic": "t", "headers": {"sent-at": 5}}"#,
        "sent-at is no text",
    );
    check_refused(r#"{"msg": {}, "topic": "a\u0000"}"#, "NUL");
    check_refused(r#"{"msg": {}, "topic": "t", "msg_id": "a\u0000"}"#, "NUL");
    check_refused(r#"{"msg": "text", "topic": "t"}"#, "JSON string");
    check_refused(
        r#"{"msg": {}, "topic": "t", "users": "ann"}"#,
        "users is not a list of names",
    );
    let reason = super::decode(b"{\"a\": \"\xff\"}", now(), &RULES).expect_err("no UTF-8");
    assert!(reason.contains("not UTF-8"), "{reason}");
}

#[test]
fn a_page_is_its_messages() {
    let texts = |text: &str| -> Vec<String> {
        let texts = messages(text.into()).into_iter();
        texts
            .map(|text| String::from_utf8(text).expect("UTF-8"))
            .collect()
    };
    assert_eq!(
        texts(r#"{"raw_messages": [{"n": 1}, {"n": NaN}], "total": 2}"#),
        [r#"{"n": 1}"#, r#"{"n": null}"#]
    );
    assert_eq!(texts(r#"{"arguments": {}, "raw_messages": []}"#), [""; 0]);
    for other in [
        r#"{"body": {"a": "\"raw_messages\""}}"#,
        r#"{"raw_messages": 5}"#,
    ] {
        assert_eq!(texts(other), [other]);
    }
}

#[test]
fn a_dead_letter_has_the_whole_text_and_is_decoded_again_as_one() {
    let text = r#"{"topic": "a.b", "msg": 5}"#;
    let letter = dead_letter(
        text.into(),
        "f: line 1".to_owned(),
        "a reason".to_owned(),
        now(),
    );
    assert!(is_imported(&letter));
    assert_eq!(
        (letter.routing_key.as_str(), letter.queue.as_str()),
        ("a.b", "f: line 1")
    );
    assert_eq!(letter.body, text.as_bytes());
    let garbage = dead_letter(vec![0xff], String::new(), String::new(), now());
    assert_eq!(
        (garbage.routing_key.as_str(), garbage.body),
        ("", vec![0xff])
    );
}
