//! What no client of Fedora's sends, and yet is a message.

use lapin::types::{AMQPValue, ByteArray, FieldArray, FieldTable, LongString};
use simulator::Random;

use crate::messages::draft::{Draft, decent, put_text};

/// One kind of oddity: its name, and what it does to a decent message.
type Oddity = (&'static str, fn(&mut Draft, &mut Random));

const ODDITIES: &[Oddity] = &[
    ("no id", |draft, random| {
        draft.properties = draft.properties.clone().with_message_id("".into());
        // Equal ones without an id are different messages: this one is told from all others.
        draft.body = format!(r#"{{"token": "{}"}}"#, random.uuid()).into_bytes();
        draft.repeatable = false;
    }),
    ("no time", |draft, _| remove_time(draft)),
    ("unreadable time", |draft, _| {
        put_text(&mut draft.headers, "sent-at", "the day before yesterday");
    }),
    ("far year", |draft, random| {
        let year = random.pick(&["0001", "1066", "1969", "2038", "9999"]);
        put_text(
            &mut draft.headers,
            "sent-at",
            &format!("{year}-12-31T23:59:59.999999+00:00"),
        );
    }),
    ("latin-1", |draft, _| {
        encode(draft, "latin-1", b"{\"name\": \"J\xf6rg\"}");
    }),
    ("utf-16", |draft, _| {
        let bytes = "\u{feff}{\"name\": \"Jörg\"}".encode_utf16();
        let bytes: Vec<u8> = bytes.flat_map(u16::to_le_bytes).collect();
        encode(draft, "UTF-16", &bytes);
    }),
    ("no encoding", |draft, _| {
        draft.properties = lapin::BasicProperties::default()
            .with_message_id(draft.properties.message_id().clone().unwrap_or_default())
            .with_delivery_mode(2);
    }),
    ("characters", |draft, _| {
        let text = r#"{"a": "\u0000 \ud800 \ud83d\ude00", "b": NaN, "c": -1e999, "d": 0.10, "d": 2, "e": [[[]]]}"#;
        draft.body = text.as_bytes().to_vec();
    }),
    ("no object", |draft, random| {
        draft.body = random
            .pick(&["null", "false", "0", "\"\"", "[]"])
            .as_bytes()
            .to_vec();
    }),
    ("deep", |draft, _| {
        draft.body = format!("{}1{}", r#"{"a":"#.repeat(880), "}".repeat(880)).into_bytes();
    }),
    ("many keys", |draft, _| {
        let keys: Vec<String> = (0..2000).map(|n| format!(r#""key {n}": {n}"#)).collect();
        draft.body = format!("{{{}}}", keys.join(",")).into_bytes();
    }),
    ("many headers", |draft, random| {
        for n in 0..random.between(100, 2000) {
            put_text(&mut draft.headers, &format!("x-{n}"), &random.hex(20));
        }
    }),
    ("headers of all types", |draft, _| {
        all_types(&mut draft.headers);
    }),
    ("many users", |draft, random| {
        for _ in 0..random.between(50, 500) {
            name(draft, "user", &format!("user{}", random.between(0, 5000)));
        }
    }),
    ("many packages", |draft, random| {
        for _ in 0..random.between(50, 500) {
            name(draft, "rpm", &format!("package{}", random.between(0, 5000)));
        }
    }),
    ("odd names", |draft, _| {
        for user in ["o'brien", "a b", "\"", "ünï", "\\", "%", "a,b", "NULL"] {
            name(draft, "user", user);
        }
    }),
    ("odd topic", |draft, random| {
        let topics = ["x", "a..b", "org.fedoraproject.prod.", "ünï.'\"\\.%", "#.*"];
        draft.routing_key = random.pick(&topics).to_owned();
    }),
];

/// A message that is archived although it is odd.
pub fn draft(random: &mut Random) -> Draft {
    let (kind, change) = random.pick(ODDITIES);
    let mut draft = decent(kind, random);
    change(&mut draft, random);
    draft
}

fn remove_time(draft: &mut Draft) {
    let mut headers = FieldTable::default();
    for (name, value) in draft.headers.inner() {
        if name.as_str() != "sent-at" {
            headers.insert(name.clone(), value.clone());
        }
    }
    draft.headers = headers;
}

fn encode(draft: &mut Draft, encoding: &str, body: &[u8]) {
    draft.properties = draft
        .properties
        .clone()
        .with_content_encoding(encoding.into());
    draft.body = body.to_vec();
}

fn name(draft: &mut Draft, of: &str, name: &str) {
    let header = format!("fedora_messaging_{of}_{name}");
    draft
        .headers
        .insert(header.as_str().into(), AMQPValue::Boolean(true));
}

fn all_types(headers: &mut FieldTable) {
    let table = headers.clone();
    let list = vec![AMQPValue::Void, AMQPValue::LongLongInt(i64::MIN)];
    for (name, value) in [
        (
            "x-bytes",
            AMQPValue::ByteArray(ByteArray::from(vec![0, 255])),
        ),
        (
            "x-no-utf-8",
            AMQPValue::LongString(LongString::from(vec![0xff, 0])),
        ),
        ("x-nul", AMQPValue::LongString("a\0b".into())),
        ("x-time", AMQPValue::Timestamp(u64::from(u32::MAX))),
        ("x-table", AMQPValue::FieldTable(table)),
        ("x-list", AMQPValue::FieldArray(FieldArray::from(list))),
    ] {
        headers.insert(name.into(), value);
    }
}
