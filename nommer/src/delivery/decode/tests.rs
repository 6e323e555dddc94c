//! What is decoded, and into what. The whole table of the incumbent's cases runs through the real
//! binaries elsewhere; these are the decisions that are taken here.

use std::sync::LazyLock;

use lapin::BasicProperties;
use lapin::types::{FieldArray, ShortString};
use proptest::prelude::*;

use super::*;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::embedded);

const RECEIVED_AT: NaiveDateTime = NaiveDateTime::MIN;

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

/// A delivery that nothing is wrong with, with some headers replaced.
fn delivery(body: &[u8], replaced: &[(&str, AMQPValue)]) -> Received {
    let mut headers = FieldTable::default();
    headers.insert("fedora_messaging_schema".into(), text("base.message"));
    headers.insert(SEVERITY.into(), AMQPValue::LongInt(20));
    headers.insert("sent-at".into(), text("2024-01-01T00:00:00+00:00"));
    for (key, value) in replaced {
        headers.insert((*key).into(), value.clone());
    }
    Received {
        queue: "q".to_owned(),
        exchange: "amq.topic".to_owned(),
        routing_key: "org.fedoraproject.prod.test.x".to_owned(),
        properties: BasicProperties::default()
            .with_content_encoding("utf-8".into())
            .with_message_id("id-1".into())
            .with_headers(headers),
        body: body.to_vec(),
        received_at: RECEIVED_AT,
        ..Received::default()
    }
}

fn accepted(received: &Received) -> NewMessage {
    decode(received, &RULES).unwrap_or_else(|reason| panic!("{received:?}: {reason}"))
}

fn headers(message: &NewMessage) -> &Map<String, Value> {
    message.headers.as_ref().expect("a table")
}

fn check_refused(received: &Received, expected: &str) {
    let reason = decode(received, &RULES).expect_err(expected);
    assert!(reason.contains(expected), "{reason}");
    assert!(!reason.ends_with('.'), "{reason}");
}

#[test]
fn a_plain_message() {
    let message = accepted(&delivery(
        br#"{"a":1}"#,
        &[
            ("fedora_messaging_user_bob", AMQPValue::Boolean(true)),
            ("fedora_messaging_rpm_zsh", AMQPValue::Boolean(true)),
        ],
    ));
    assert_eq!(message.msg_id, "id-1");
    assert_eq!(message.identity, Identity::IdAndTime);
    assert_eq!(message.topic, "org.fedoraproject.prod.test.x");
    assert_eq!(message.category, "test");
    assert_eq!(message.timestamp.to_string(), "2024-01-01 00:00:00");
    assert_eq!(message.body.as_str(), r#"{"a": 1}"#);
    assert_eq!(message.users, ["bob"]);
    assert_eq!(message.packages, ["zsh"]);
    assert_eq!(headers(&message)["fedora_messaging_severity"], 20);
    assert_eq!(unreadable_sent_at(&message), None);
}

#[test]
fn what_may_be_missing() {
    let mut received = delivery(b"{}", &[]);
    received.properties = BasicProperties::default();
    received.routing_key = String::new();
    let message = accepted(&received);
    assert!(headers(&message).is_empty());
    assert_eq!(message.category, "Unclassified");
    assert_eq!(message.timestamp, RECEIVED_AT);
    assert_eq!(message.identity, Identity::NewContent);
    assert_eq!(
        uuid::Uuid::parse_str(&message.msg_id).map(|id| id.get_version_num()),
        Ok(4)
    );
}

#[test]
fn messages_without_an_id_are_known_by_their_content() {
    let mut received = delivery(b"{}", &[]);
    received.properties = received.properties.with_message_id("".into());
    let first = accepted(&received);
    received.redelivered = true;
    let second = accepted(&received);
    assert_eq!(first.msg_id, second.msg_id);
    assert_eq!(
        (first.identity, second.identity),
        (Identity::NewContent, Identity::RedeliveredContent)
    );
    assert_eq!(first.timestamp.to_string(), "2024-01-01 00:00:00");
}

#[test]
fn messages_without_a_readable_time_are_stored_at_the_time_of_receipt() {
    for (sent_at, unreadable) in [
        ("", false),
        ("yesterday", true),
        ("9999-12-31T23:59:59-01:00", true),
    ] {
        let message = accepted(&delivery(b"{}", &[("sent-at", text(sent_at))]));
        assert_eq!(message.timestamp, RECEIVED_AT, "{sent_at:?}");
        assert_eq!(message.identity, Identity::Id);
        assert_eq!(headers(&message)["sent-at"], sent_at);
        assert_eq!(
            unreadable_sent_at(&message).is_some(),
            unreadable,
            "{sent_at:?}"
        );
    }
}

#[test]
fn headers_with_a_meaning_have_a_type() {
    for name in TEXT_HEADERS {
        for value in [
            AMQPValue::LongInt(1),
            AMQPValue::Void,
            AMQPValue::Timestamp(1),
            AMQPValue::ByteArray(b"x".to_vec().into()),
            AMQPValue::LongString(vec![0xff].into()),
            AMQPValue::FieldArray(FieldArray::default()),
            AMQPValue::FieldTable(FieldTable::default()),
        ] {
            check_refused(
                &delivery(b"{}", &[(name, value)]),
                &format!("header {name} is no text"),
            );
        }
    }
}

#[test]
fn severities() {
    for value in [
        AMQPValue::LongInt(10),
        AMQPValue::ShortShortUInt(20),
        AMQPValue::LongLongInt(30),
        AMQPValue::ShortInt(40),
        AMQPValue::Double(20.0),
    ] {
        accepted(&delivery(b"{}", &[(SEVERITY, value)]));
    }
    for value in [
        AMQPValue::LongInt(15),
        AMQPValue::LongInt(0),
        AMQPValue::Void,
        AMQPValue::Boolean(true),
        text("20"),
        AMQPValue::Double(f64::NAN),
    ] {
        check_refused(
            &delivery(b"{}", &[(SEVERITY, value)]),
            "none of 10, 20, 30, 40",
        );
    }
}

#[test]
fn bodies() {
    for (body, expected) in [
        (&b"null"[..], "{}"),
        (b"[]", "{}"),
        (br#"{"a":NaN}"#, r#"{"a": null}"#),
        ("{\"é\":1}".as_bytes(), r#"{"\u00e9": 1}"#),
        (br#"{"a":"\u0000\ud800"}"#, r#"{"a": "\u0000\ud800"}"#),
    ] {
        assert_eq!(accepted(&delivery(body, &[])).body.as_str(), expected);
    }
    check_refused(&delivery(b"", &[]), "not JSON");
    check_refused(&delivery(b"[1]", &[]), "a JSON array");
    check_refused(&delivery(b"{\"a\":\"\xff\"}", &[]), "body is not UTF-8");
    check_refused(&delivery(b"\xef\xbb\xbf{}", &[]), "not JSON");
}

#[test]
fn codecs() {
    let encoded = |codec: &str, body: &[u8]| {
        let mut received = delivery(body, &[]);
        received.properties = received.properties.with_content_encoding(codec.into());
        received
    };
    assert_eq!(
        accepted(&encoded("latin-1", b"{\"a\":\"\xe9\"}"))
            .body
            .as_str(),
        r#"{"a": "\u00e9"}"#
    );
    assert_eq!(accepted(&encoded("UTF8", b"{}")).body.as_str(), "{}");
    check_refused(
        &encoded("gzip", b"{}"),
        "content_encoding \"gzip\" is no known text encoding",
    );
    check_refused(&encoded("", b"{}"), "content_encoding \"\"");
}

#[test]
fn what_the_database_cannot_hold_is_refused_or_replaced() {
    let mut received = delivery(b"{}", &[("x\0y", text("a\0b"))]);
    assert_eq!(headers(&accepted(&received))["x\u{fffd}y"], "a\u{fffd}b");
    received.routing_key = "a\0b".to_owned();
    check_refused(&received, "routing key holds the character NUL");
    let mut received = delivery(b"{}", &[]);
    received.properties = received.properties.with_message_id("a\0b".into());
    check_refused(&received, "message_id holds the character NUL");
    assert_eq!(name("a\0".to_owned()).as_deref(), Some("a\u{fffd}"));
    assert_eq!(name("a".repeat(1001)), None);
}

#[test]
fn brokers_own_headers_are_kept() {
    let mut death = FieldTable::default();
    death.insert("count".into(), AMQPValue::LongLongInt(1));
    death.insert("time".into(), AMQPValue::Timestamp(1_704_067_200));
    let deaths = FieldArray::from(vec![AMQPValue::FieldTable(death)]);
    let message = accepted(&delivery(
        b"{}",
        &[("x-death", AMQPValue::FieldArray(deaths))],
    ));
    assert_eq!(
        headers(&message)["x-death"],
        serde_json::json!([{"count": 1, "time": "2024-01-01T00:00:00+00:00"}])
    );
}

#[test]
fn a_dead_letter_is_the_whole_delivery() {
    let received = delivery(b"\xff", &[("x", AMQPValue::ByteArray(vec![0xff].into()))]);
    let letter = received.clone().into_dead_letter("reason".to_owned());
    assert_eq!(letter.body, received.body);
    assert_eq!(
        (letter.queue, letter.exchange, letter.routing_key),
        (received.queue, received.exchange, received.routing_key)
    );
    assert_eq!(
        letter.properties["headers"]["x"],
        serde_json::json!({"$bytes_hex": "ff"})
    );
    assert_eq!(letter.properties["message_id"], "id-1");
}

fn short_string() -> impl Strategy<Value = ShortString> {
    prop_oneof![
        "\\PC{0,20}".prop_map(|text| text.as_str().into()),
        "[\\x00-\\x7f]{0,20}".prop_map(|text| text.as_str().into()),
        proptest::sample::select(
            &[
                "sent-at",
                SEVERITY,
                "fedora_messaging_schema",
                "fedora_messaging_user_x"
            ][..]
        )
        .prop_map(ShortString::from),
    ]
}

fn value() -> impl Strategy<Value = AMQPValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(AMQPValue::Boolean),
        any::<i32>().prop_map(AMQPValue::LongInt),
        any::<i64>().prop_map(AMQPValue::LongLongInt),
        any::<f64>().prop_map(AMQPValue::Double),
        any::<u64>().prop_map(AMQPValue::Timestamp),
        (any::<u8>(), any::<u32>()).prop_map(|(scale, value)| AMQPValue::DecimalValue(
            lapin::types::DecimalValue { scale, value }
        )),
        any::<Vec<u8>>().prop_map(|bytes| AMQPValue::ByteArray(bytes.into())),
        any::<Vec<u8>>().prop_map(|bytes| AMQPValue::LongString(bytes.into())),
        "[0-9TWZ:+.-]{0,30}".prop_map(|time| text(&time)),
        Just(AMQPValue::Void),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| AMQPValue::FieldArray(items.into())),
            table(inner).prop_map(AMQPValue::FieldTable),
        ]
    })
}

fn table(value: impl Strategy<Value = AMQPValue>) -> impl Strategy<Value = FieldTable> {
    prop::collection::vec((short_string(), value), 0..5).prop_map(|members| {
        members
            .into_iter()
            .fold(FieldTable::default(), |mut table, (key, value)| {
                table.insert(key, value);
                table
            })
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        "[{}\\[\\]\",:0-9a-zNIé\\\\ -]{0,60}".prop_map(String::into_bytes),
        Just(b"{}".to_vec()),
    ]
}

proptest! {
    /// Whatever comes is a message whose headers are JSON without NUL, or a dead letter.
    #[test]
    fn decoding_survives_anything(
        routing_key in "\\PC{0,40}|[\\x00-\\x7f]{0,20}",
        headers in proptest::option::of(table(value())),
        id in proptest::option::of(short_string()),
        codec in proptest::option::of(short_string()),
        body in body(),
        redelivered: bool,
    ) {
        let mut properties = BasicProperties::default();
        if let Some(headers) = headers { properties = properties.with_headers(headers); }
        if let Some(id) = id { properties = properties.with_message_id(id); }
        if let Some(codec) = codec { properties = properties.with_content_encoding(codec); }
        let received = Received { routing_key, redelivered, properties, body, ..Received::default() };
        match decode(&received, &RULES) {
            Ok(message) => {
                let text = serde_json::to_string(&message.headers).expect("headers are JSON");
                prop_assert!(!text.contains("\\u0000"), "{}", text);
                prop_assert!(!message.msg_id.is_empty());
                prop_assert!(!message.msg_id.contains('\0') && !message.topic.contains('\0'));
            }
            Err(reason) => {
                let body = received.body.clone();
                prop_assert!(!reason.is_empty());
                prop_assert_eq!(received.into_dead_letter(reason).body, body);
            }
        }
    }

    /// No text breaks the reader of times, and every time it reads is one PostgreSQL can hold.
    #[test]
    fn times_are_within_four_digit_years(text in "\\PC{0,40}|[0-9TWZ:+. ,-]{7,40}") {
        if let Some(time) = pythonic::iso_time::parse(&text) {
            let year = chrono::Datelike::year(&time);
            prop_assert!((1..=9999).contains(&year), "{}", year);
        }
    }
}
