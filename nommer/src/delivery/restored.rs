//! Deliveries from what is kept of them, in dead letters and in messages: `headers`, read backwards.

use archive::DeadLetter;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, DecimalValue, FieldArray, FieldTable, ShortString};
use serde_json::{Map, Number, Value};

use crate::delivery::headers::Form;
use crate::delivery::received::Received;

/// The delivery that was put aside.
///
/// Its number types may be others of the same value, and it counts as delivered before: so a message
/// without an id is recognised if it is in the archive.
pub fn received(letter: &DeadLetter) -> Received {
    Received {
        queue: letter.queue.clone(),
        exchange: letter.exchange.clone(),
        routing_key: letter.routing_key.clone(),
        redelivered: true,
        properties: properties(&letter.properties),
        body: letter.body.clone(),
        received_at: letter.received_at,
    }
}

/// The header table whose plain form this is. Texts, numbers and the like have the types that the Python client
/// sends.
pub fn headers(plain: &Map<String, Value>) -> FieldTable {
    table(plain, Form::Plain)
}

fn properties(json: &Value) -> BasicProperties {
    type Set = fn(BasicProperties, ShortString) -> BasicProperties;
    let texts: [(&str, Set); 10] = [
        ("content_type", BasicProperties::with_content_type),
        ("content_encoding", BasicProperties::with_content_encoding),
        ("message_id", BasicProperties::with_message_id),
        ("correlation_id", BasicProperties::with_correlation_id),
        ("reply_to", BasicProperties::with_reply_to),
        ("expiration", BasicProperties::with_expiration),
        ("type", BasicProperties::with_type),
        ("user_id", BasicProperties::with_user_id),
        ("app_id", BasicProperties::with_app_id),
        ("cluster_id", BasicProperties::with_cluster_id),
    ];
    let mut properties = BasicProperties::default();
    for (name, set) in texts {
        if let Some(text) = json[name].as_str() {
            properties = set(properties, text.into());
        }
    }
    let octet = |name: &str| {
        json[name]
            .as_u64()
            .and_then(|number| u8::try_from(number).ok())
    };
    if let Some(mode) = octet("delivery_mode") {
        properties = properties.with_delivery_mode(mode);
    }
    if let Some(priority) = octet("priority") {
        properties = properties.with_priority(priority);
    }
    if let Some(epoch) = json["timestamp"].as_u64() {
        properties = properties.with_timestamp(epoch);
    }
    if let Some(headers) = json["headers"].as_object() {
        properties = properties.with_headers(table(headers, Form::Exact));
    }
    properties
}

fn table(members: &Map<String, Value>, form: Form) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in members {
        // In the exact form, one more of these stands before a name that might be taken for a tag.
        let name = match name.strip_prefix('$') {
            Some(rest) if form == Form::Exact && rest.starts_with('$') => rest,
            _ => name,
        };
        table.insert(name.into(), self::value(value, form));
    }
    table
}

fn value(json: &Value, form: Form) -> AMQPValue {
    match json {
        Value::Null => AMQPValue::Void,
        Value::Bool(value) => AMQPValue::Boolean(*value),
        Value::Number(number) => self::number(number),
        Value::String(text) => AMQPValue::LongString(text.as_str().into()),
        Value::Array(items) => AMQPValue::FieldArray(FieldArray::from(
            items
                .iter()
                .map(|item| value(item, form))
                .collect::<Vec<_>>(),
        )),
        Value::Object(members) => {
            let tagged = (form == Form::Exact).then(|| tagged(members)).flatten();
            tagged.unwrap_or_else(|| AMQPValue::FieldTable(table(members, form)))
        }
    }
}

fn number(number: &Number) -> AMQPValue {
    if let Some(integer) = number.as_i64() {
        return i32::try_from(integer).map_or(AMQPValue::LongLongInt(integer), AMQPValue::LongInt);
    }
    match number.as_u64() {
        // No other type holds it.
        Some(large) => AMQPValue::Timestamp(large),
        None => AMQPValue::Double(number.as_f64().unwrap_or_default()),
    }
}

/// A value that has no counterpart in JSON; `None` for a table.
fn tagged(members: &Map<String, Value>) -> Option<AMQPValue> {
    let (tag, value) = members.iter().next().filter(|_| members.len() == 1)?;
    Some(match tag.as_str() {
        "$timestamp" => AMQPValue::Timestamp(value.as_u64()?),
        "$decimal" => AMQPValue::DecimalValue(decimal(value.as_str()?)?),
        "$bytes_hex" => AMQPValue::ByteArray(hex::decode(value.as_str()?).ok()?.into()),
        "$float" => AMQPValue::Double(value.as_str()?.parse().ok()?),
        _ => return None,
    })
}

fn decimal(text: &str) -> Option<DecimalValue> {
    let scale = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let value: i32 = text.replace('.', "").parse().ok()?;
    Some(DecimalValue {
        scale: u8::try_from(scale).ok()?,
        value: value.cast_unsigned(),
    })
}

#[cfg(test)]
mod tests {
    use lapin::types::{ByteArray, LongString};

    use super::*;
    use crate::delivery::headers;

    fn headers_of(values: Vec<(&str, AMQPValue)>) -> FieldTable {
        let mut table = FieldTable::default();
        for (name, value) in values {
            table.insert(name.into(), value);
        }
        table
    }

    fn odd() -> FieldTable {
        let tag = headers_of(vec![("$timestamp", AMQPValue::LongLongInt(5))]);
        let twice = headers_of(vec![("$$x", AMQPValue::Void)]);
        headers_of(vec![
            (
                "sent-at",
                AMQPValue::LongString("2024-01-01T00:00:00+00:00".into()),
            ),
            ("nul \0", AMQPValue::LongString("nul \0".into())),
            ("time", AMQPValue::Timestamp(u64::MAX)),
            (
                "decimal",
                AMQPValue::DecimalValue(DecimalValue { scale: 3, value: 5 }),
            ),
            (
                "negative",
                AMQPValue::DecimalValue(DecimalValue {
                    scale: 1,
                    value: u32::MAX,
                }),
            ),
            (
                "bytes",
                AMQPValue::ByteArray(ByteArray::from(b"ab".to_vec())),
            ),
            (
                "no text",
                AMQPValue::LongString(LongString::from(vec![0xff, 0])),
            ),
            ("inf", AMQPValue::Double(f64::NEG_INFINITY)),
            ("float", AMQPValue::Double(1.5)),
            ("number", AMQPValue::LongLongInt(i64::MIN)),
            ("table of a tag", AMQPValue::FieldTable(tag)),
            ("table", AMQPValue::FieldTable(twice)),
            (
                "items",
                AMQPValue::FieldArray(FieldArray::from(vec![
                    AMQPValue::Void,
                    AMQPValue::Boolean(true),
                ])),
            ),
        ])
    }

    #[test]
    fn a_delivery_is_read_back_as_it_was() {
        let received = Received {
            queue: "q".to_owned(),
            exchange: "amq.topic".to_owned(),
            routing_key: "a.b".to_owned(),
            properties: BasicProperties::default()
                .with_message_id("nul \0".into())
                .with_content_encoding("utf-8".into())
                .with_delivery_mode(2)
                .with_timestamp(7)
                .with_headers(odd()),
            body: vec![0xff],
            ..Received::default()
        };
        let letter = received.clone().into_dead_letter("a reason".to_owned());
        let again = self::received(&letter);
        assert!(again.redelivered);
        assert_eq!(
            headers::plain(&odd()),
            headers::plain(again.properties.headers().as_ref().expect("headers"))
        );
        assert_eq!(again.into_dead_letter("a reason".to_owned()), letter);
    }
}
