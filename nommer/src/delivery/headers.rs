//! AMQP tables and properties as JSON.
//!
//! There are two forms. *Plain* is what the archive stores as a message's
//! headers: for readers, and without what `jsonb` refuses. *Exact* is what a
//! dead letter keeps: a value that has no counterpart in JSON is an object
//! with one member that names its type, so that nothing is lost.
//!
//! | AMQP                    | plain                         | exact                   |
//! |-------------------------|-------------------------------|-------------------------|
//! | timestamp               | `"2024-01-01T00:00:00+00:00"` | `{"$timestamp": epoch}` |
//! | decimal                 | `"12.50"`                     | `{"$decimal": "12.50"}` |
//! | bytes, if not UTF-8     | `"hex:ff00"`                  | `{"$bytes_hex": "ff00"}`|
//! | bytes that are UTF-8    | text                          | `{"$bytes_hex": …}`     |
//! | text that is not UTF-8  | `"hex:ff00"`                  | `{"$bytes_hex": "ff00"}`|
//! | NaN, infinity           | `null`                        | `{"$float": "nan"}`     |
//! | character NUL in a text | U+FFFD                        | kept                    |
//! | no value                | `null`                        | `null`                  |
//! | a name that begins `$x` | `$x`                          | `$$x`                   |
//!
//! Headers by which a queue tells about a delivery and not about what was sent
//! are in neither: they differ from one delivery to the next. What brokers note
//! of the way that a message took (`x-death`, `x-received-from`) stays.

use chrono::DateTime;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, DecimalValue, FieldTable};
use serde_json::{Map, Value, json};

/// How often a quorum queue delivered it before.
const DELIVERY_COUNT: &str = "x-delivery-count";
/// What queues tell about a delivery.
const OF_THE_DELIVERY: [&str; 3] = [DELIVERY_COUNT, "x-acquired-count", STREAM_OFFSET];
/// Where in a stream it stands; a consumer says by the same name where to begin.
pub const STREAM_OFFSET: &str = "x-stream-offset";

/// How often a queue says that it delivered it before, if it counts.
pub fn delivery_count(properties: &BasicProperties) -> Option<i64> {
    number(properties, DELIVERY_COUNT)
}

/// Where a stream says that the delivery stands in it.
pub fn stream_offset(properties: &BasicProperties) -> Option<u64> {
    u64::try_from(number(properties, STREAM_OFFSET)?).ok()
}

fn number(properties: &BasicProperties, header: &str) -> Option<i64> {
    match properties.headers().as_ref()?.inner().get(header)? {
        AMQPValue::LongLongInt(count) => Some(*count),
        AMQPValue::LongInt(count) => Some((*count).into()),
        _ => None,
    }
}

/// Readers of JSON give up at some depth: this one is safe with all of them. Tables that came over
/// the wire are never deeper, as they are repaired before they are read.
pub const DEEPEST_NESTING: usize = 100;

/// A table, or a value in it, is nested deeper than readers can follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("headers are nested more than {DEEPEST_NESTING} levels deep")]
pub struct TooDeep;

/// The plain form of a header table.
pub fn plain(table: &FieldTable) -> Result<Map<String, Value>, TooDeep> {
    Form::Plain.headers(table)
}

/// The exact form of all properties of a delivery.
///
/// A property that is absent has no member. What is nested too deeply for readers of JSON is cut
/// off, leaving `{"$too_deep": true}`.
pub fn properties(properties: &BasicProperties) -> Value {
    let mut members = Map::new();
    let texts = [
        ("content_type", properties.content_type()),
        ("content_encoding", properties.content_encoding()),
        ("message_id", properties.message_id()),
        ("correlation_id", properties.correlation_id()),
        ("reply_to", properties.reply_to()),
        ("expiration", properties.expiration()),
        ("type", properties.kind()),
        ("user_id", properties.user_id()),
        ("app_id", properties.app_id()),
        ("cluster_id", properties.cluster_id()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            members.insert(name.to_owned(), text.as_str().into());
        }
    }
    let numbers = [
        ("delivery_mode", properties.delivery_mode().map(u64::from)),
        ("priority", properties.priority().map(u64::from)),
        ("timestamp", *properties.timestamp()),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            members.insert(name.to_owned(), number.into());
        }
    }
    if let Some(headers) = properties.headers() {
        let headers = Form::Exact.headers(headers).unwrap_or_default();
        // A stream gives a table to what was sent without any, and it is the same letter.
        if !headers.is_empty() {
            members.insert("headers".to_owned(), headers.into());
        }
    }
    members.into()
}

/// How a table is written as JSON.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Form {
    Plain,
    Exact,
}

impl Form {
    /// What was sent, without what a queue added.
    fn headers(self, table: &FieldTable) -> Result<Map<String, Value>, TooDeep> {
        let mut members = self.table(table, 1)?;
        members.retain(|name, _| !OF_THE_DELIVERY.contains(&name.as_str()));
        Ok(members)
    }

    fn table(self, table: &FieldTable, depth: usize) -> Result<Map<String, Value>, TooDeep> {
        let mut members = Map::with_capacity(table.inner().len());
        for (key, value) in table.inner() {
            members.insert(self.name(key.as_str()), self.value(value, depth)?);
        }
        Ok(members)
    }

    /// A name in a table. In the exact form, `$` stands before one that begins with it, so that it is
    /// no tag.
    fn name(self, name: &str) -> String {
        match self {
            Self::Exact if name.starts_with('$') => format!("${name}"),
            _ => self.text(name),
        }
    }

    /// `depth` is how many tables and arrays the value is in.
    fn value(self, value: &AMQPValue, depth: usize) -> Result<Value, TooDeep> {
        if depth >= DEEPEST_NESTING
            && matches!(value, AMQPValue::FieldArray(_) | AMQPValue::FieldTable(_))
        {
            return match self {
                Self::Plain => Err(TooDeep),
                Self::Exact => Ok(json!({"$too_deep": true})),
            };
        }
        Ok(match value {
            AMQPValue::Boolean(value) => (*value).into(),
            AMQPValue::ShortShortInt(number) => (*number).into(),
            AMQPValue::ShortShortUInt(number) => (*number).into(),
            AMQPValue::ShortInt(number) => (*number).into(),
            AMQPValue::ShortUInt(number) => (*number).into(),
            AMQPValue::LongInt(number) => (*number).into(),
            AMQPValue::LongUInt(number) => (*number).into(),
            AMQPValue::LongLongInt(number) => (*number).into(),
            AMQPValue::Float(number) => self.float(f64::from(*number)),
            AMQPValue::Double(number) => self.float(*number),
            AMQPValue::DecimalValue(number) => self.tagged("$decimal", decimal(*number)),
            AMQPValue::ShortString(text) => self.text(text.as_str()).into(),
            AMQPValue::LongString(text) => match std::str::from_utf8(text.as_bytes()) {
                Ok(text) => self.text(text).into(),
                Err(_) => self.bytes(text.as_bytes()),
            },
            AMQPValue::ByteArray(bytes) => match (self, std::str::from_utf8(bytes.as_slice())) {
                (Self::Plain, Ok(text)) => self.text(text).into(),
                _ => self.bytes(bytes.as_slice()),
            },
            AMQPValue::Timestamp(epoch) => self.timestamp(*epoch),
            AMQPValue::FieldArray(items) => items
                .as_slice()
                .iter()
                .map(|item| self.value(item, depth + 1))
                .collect::<Result<Vec<Value>, TooDeep>>()?
                .into(),
            AMQPValue::FieldTable(table) => self.table(table, depth + 1)?.into(),
            AMQPValue::Void => Value::Null,
        })
    }

    fn text(self, text: &str) -> String {
        match self {
            Self::Plain => text.replace('\0', "\u{fffd}"),
            Self::Exact => text.to_owned(),
        }
    }

    fn bytes(self, bytes: &[u8]) -> Value {
        match self {
            Self::Plain => format!("hex:{}", hex::encode(bytes)).into(),
            Self::Exact => json!({"$bytes_hex": hex::encode(bytes)}),
        }
    }

    fn float(self, number: f64) -> Value {
        match (self, serde_json::Number::from_f64(number)) {
            (_, Some(number)) => number.into(),
            (Self::Plain, None) => Value::Null,
            (Self::Exact, None) => json!({"$float": number.to_string().to_lowercase()}),
        }
    }

    fn timestamp(self, epoch: u64) -> Value {
        let time = i64::try_from(epoch)
            .ok()
            .and_then(|epoch| DateTime::from_timestamp(epoch, 0));
        match (self, time) {
            (Self::Exact, _) => json!({"$timestamp": epoch}),
            (Self::Plain, Some(time)) => time.format("%Y-%m-%dT%H:%M:%S+00:00").to_string().into(),
            (Self::Plain, None) => epoch.into(),
        }
    }

    fn tagged(self, tag: &str, text: String) -> Value {
        match self {
            Self::Plain => text.into(),
            Self::Exact => json!({tag: text}),
        }
    }
}

/// The specification leaves the sign open; publishers in Python send a signed number.
fn decimal(number: DecimalValue) -> String {
    let value = number.value.cast_signed();
    let scale = usize::from(number.scale);
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use lapin::types::FieldArray;

    use super::*;

    fn table(value: AMQPValue) -> FieldTable {
        let mut table = FieldTable::default();
        table.insert("k".into(), value);
        table
    }

    fn check(value: AMQPValue, expected_plain: Value, expected_exact: Value) {
        let table = table(value);
        assert_eq!(
            plain(&table).map(|members| members["k"].clone()),
            Ok(expected_plain)
        );
        let properties = properties(&BasicProperties::default().with_headers(table));
        assert_eq!(properties["headers"]["k"], expected_exact);
    }

    fn same(value: AMQPValue, expected: Value) {
        check(value, expected.clone(), expected);
    }

    #[test]
    fn what_json_knows_is_the_same_in_both_forms() {
        same(AMQPValue::Boolean(true), json!(true));
        same(AMQPValue::ShortShortInt(-1), json!(-1));
        same(AMQPValue::ShortShortUInt(255), json!(255));
        same(AMQPValue::ShortInt(-300), json!(-300));
        same(AMQPValue::ShortUInt(65535), json!(65535));
        same(AMQPValue::LongInt(20), json!(20));
        same(AMQPValue::LongUInt(u32::MAX), json!(u32::MAX));
        same(AMQPValue::LongLongInt(i64::MIN), json!(i64::MIN));
        same(AMQPValue::Float(1.5), json!(1.5));
        same(AMQPValue::Double(20.0), json!(20.0));
        same(AMQPValue::LongString("é".into()), json!("é"));
        same(AMQPValue::Void, json!(null));
        same(
            AMQPValue::FieldTable(table(AMQPValue::Boolean(false))),
            json!({"k": false}),
        );
        let items = FieldArray::from(vec![AMQPValue::Void, AMQPValue::LongInt(1)]);
        same(AMQPValue::FieldArray(items), json!([null, 1]));
    }

    #[test]
    fn what_json_does_not_know_is_text_or_tagged() {
        check(
            AMQPValue::Timestamp(1_704_067_200),
            json!("2024-01-01T00:00:00+00:00"),
            json!({"$timestamp": 1704067200}),
        );
        check(
            AMQPValue::Timestamp(u64::MAX),
            json!(u64::MAX),
            json!({"$timestamp": u64::MAX}),
        );
        check(
            AMQPValue::ByteArray(vec![0xff, 0].into()),
            json!("hex:ff00"),
            json!({"$bytes_hex": "ff00"}),
        );
        check(
            AMQPValue::ByteArray(b"ab".to_vec().into()),
            json!("ab"),
            json!({"$bytes_hex": "6162"}),
        );
        check(
            AMQPValue::LongString(vec![0xff].into()),
            json!("hex:ff"),
            json!({"$bytes_hex": "ff"}),
        );
        check(
            AMQPValue::Double(f64::NAN),
            json!(null),
            json!({"$float": "nan"}),
        );
        check(
            AMQPValue::Double(f64::NEG_INFINITY),
            json!(null),
            json!({"$float": "-inf"}),
        );
        check(
            AMQPValue::LongString("a\0b".into()),
            json!("a\u{fffd}b"),
            json!("a\u{0}b"),
        );
    }

    #[test]
    fn decimals_keep_their_scale() {
        for (scale, value, expected) in [
            (2, 1250, "12.50"),
            (0, 7, "7"),
            (3, 5, "0.005"),
            (1, u32::MAX, "-0.1"),
            (0, 1 << 31, "-2147483648"),
        ] {
            assert_eq!(decimal(DecimalValue { scale, value }), expected);
        }
    }

    #[test]
    fn what_a_queue_tells_about_a_delivery_is_not_of_what_was_sent() {
        let mut headers = FieldTable::default();
        for (name, value) in [
            ("x-delivery-count", AMQPValue::LongLongInt(3)),
            ("x-acquired-count", AMQPValue::LongLongInt(4)),
            ("x-stream-offset", AMQPValue::LongLongInt(7)),
            (
                "x-received-from",
                AMQPValue::FieldTable(table(AMQPValue::Void)),
            ),
            (
                "sender",
                AMQPValue::FieldTable({
                    let mut own = FieldTable::default();
                    own.insert("x-delivery-count".into(), AMQPValue::LongInt(1));
                    own
                }),
            ),
        ] {
            headers.insert(name.into(), value);
        }
        let sent = json!({"x-received-from": {"k": null}, "sender": {"x-delivery-count": 1}});
        assert_eq!(plain(&headers).map(Value::from), Ok(sent.clone()));
        let received = BasicProperties::default().with_headers(headers);
        assert_eq!(properties(&received), json!({ "headers": sent }));
        assert_eq!(delivery_count(&received), Some(3));
        assert_eq!(delivery_count(&BasicProperties::default()), None);
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |levels: usize| {
            (1..levels).fold(FieldTable::default(), |inner, _| {
                table(AMQPValue::FieldTable(inner))
            })
        };
        assert!(plain(&nested(100)).is_ok());
        assert_eq!(plain(&nested(101)), Err(TooDeep));
        let kept = properties(&BasicProperties::default().with_headers(nested(101)));
        assert!(kept.to_string().contains("$too_deep"));
    }

    #[test]
    fn all_properties_are_kept() {
        let kept = properties(
            &BasicProperties::default()
                .with_content_type("application/json".into())
                .with_content_encoding("gzip".into())
                .with_delivery_mode(2)
                .with_priority(5)
                .with_message_id("id".into())
                .with_timestamp(7)
                .with_app_id("app".into()),
        );
        assert_eq!(
            kept,
            json!({
                "content_type": "application/json", "content_encoding": "gzip", "message_id": "id", "app_id": "app",
                "delivery_mode": 2, "priority": 5, "timestamp": 7,
            })
        );
    }
}
