//! Queue arguments from the file as an AMQP table, typed as the Python client types them.

use lapin::types::{AMQPValue, FieldTable};
use toml::Value;

/// Converts a table; the error names the key in it and the reason.
pub fn table(values: &toml::Table) -> Result<FieldTable, (String, String)> {
    let mut table = FieldTable::default();
    for (key, item) in values {
        let name = key.as_str();
        let short = lapin::types::ShortString::try_new(name).map_err(|_| {
            (
                name.to_owned(),
                "the name is longer than 255 bytes".to_owned(),
            )
        })?;
        table.insert(
            short,
            value(item).map_err(|reason| (name.to_owned(), reason))?,
        );
    }
    Ok(table)
}

fn value(item: &Value) -> Result<AMQPValue, String> {
    Ok(match item {
        Value::String(text) => AMQPValue::LongString(text.as_str().into()),
        Value::Integer(number) => match i32::try_from(*number) {
            Ok(number) => AMQPValue::LongInt(number),
            Err(_) => AMQPValue::LongLongInt(*number),
        },
        Value::Boolean(value) => AMQPValue::Boolean(*value),
        Value::Array(items) => AMQPValue::FieldArray(
            items
                .iter()
                .map(value)
                .collect::<Result<Vec<AMQPValue>, String>>()?
                .into(),
        ),
        Value::Table(inner) => {
            AMQPValue::FieldTable(table(inner).map_err(|(key, reason)| format!("{key}: {reason}"))?)
        }
        Value::Float(_) => return Err("the client sends no fractions in arguments".to_owned()),
        Value::Datetime(_) => return Err("the client sends no times in arguments".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(text: &str) -> Result<FieldTable, (String, String)> {
        table(&text.parse().expect("valid TOML"))
    }

    #[test]
    fn values_keep_their_types() {
        let table = convert(
            "x-queue-type = 'quorum'\nx-max-length = 10\nx-expires = 3000000000\nb = true\nc = ['d']\ne = {f = 1}",
        )
        .expect("convertible");
        let members = table.inner();
        assert_eq!(
            members["x-queue-type"],
            AMQPValue::LongString("quorum".into())
        );
        assert_eq!(members["x-max-length"], AMQPValue::LongInt(10));
        assert_eq!(members["x-expires"], AMQPValue::LongLongInt(3_000_000_000));
        assert_eq!(members["b"], AMQPValue::Boolean(true));
        assert_eq!(
            members["c"],
            AMQPValue::FieldArray(vec![AMQPValue::LongString("d".into())].into())
        );
        assert!(matches!(&members["e"], AMQPValue::FieldTable(inner) if inner.contains_key("f")));
    }

    #[test]
    fn what_the_client_does_not_send_is_refused() {
        assert_eq!(
            convert("a = 1.5").map_err(|(key, _)| key),
            Err("a".to_owned())
        );
        assert!(convert("a = {b = 1979-05-27}").is_err());
    }
}
