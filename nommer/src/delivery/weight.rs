//! What a delivery counts for in memory.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

/// What a delivery has without body and headers.
const DELIVERY: usize = 1024;
/// What a header or an item takes in the client's table and in that which is stored, without its
/// texts: 280 bytes were measured with texts of 11.
const ENTRY: usize = 256;

/// The weight of a delivery; in bytes, and rather too much.
pub fn of(properties: &BasicProperties, body: &[u8]) -> usize {
    let headers = properties.headers().as_ref().map_or(0, table);
    DELIVERY + headers + stored(body)
}

/// How many bytes a body of UTF-8 becomes at most where it is stored, as escapes of printable ASCII:
/// of a character of two bytes come six, of three six, of four twelve.
fn stored(body: &[u8]) -> usize {
    // Nearly all are plain, which a glance tells.
    if body.is_ascii() && !body.contains(&0x7f) {
        return body.len();
    }
    let each = body.iter().map(|byte| match byte {
        0x7f => 6,
        0x80.. => 3,
        _ => 1,
    });
    each.sum()
}

/// Tables that came over the wire are repaired, and not nested deeply.
fn table(table: &FieldTable) -> usize {
    let entries = table.inner().iter();
    entries
        .map(|(name, of)| ENTRY + 2 * name.as_str().len() + value(of))
        .sum()
}

fn value(value: &AMQPValue) -> usize {
    match value {
        AMQPValue::ShortString(text) => 2 * text.as_str().len(),
        AMQPValue::LongString(text) => 2 * text.as_bytes().len(),
        AMQPValue::ByteArray(bytes) => 2 * bytes.len(),
        AMQPValue::FieldTable(inner) => table(inner),
        AMQPValue::FieldArray(items) => {
            let items = items.as_slice().iter();
            items.map(|item| ENTRY + self::value(item)).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use archive::Body;
    use lapin::types::FieldArray;

    use super::*;

    fn weight(headers: FieldTable) -> usize {
        of(&BasicProperties::default().with_headers(headers), b"")
    }

    fn headers(count: usize, value: &AMQPValue) -> FieldTable {
        let mut headers = FieldTable::default();
        for n in 0..count {
            headers.insert(format!("{n:04}").into(), value.clone());
        }
        headers
    }

    #[test]
    fn bodies_and_headers_count_however_they_are_nested() {
        assert_eq!(
            of(&BasicProperties::default(), &[b'x'; 1 << 20]),
            DELIVERY + (1 << 20)
        );
        let many = headers(5000, &AMQPValue::Void);
        assert!(weight(many.clone()) > 5000 * ENTRY);
        let nested = headers(1, &AMQPValue::FieldTable(many));
        assert!(weight(nested) > 5001 * ENTRY);
        let items = FieldArray::from(vec![AMQPValue::Void; 5000]);
        assert!(weight(headers(1, &AMQPValue::FieldArray(items))) > 5001 * ENTRY);
        for text in [
            AMQPValue::LongString("x".repeat(1 << 20).into()),
            AMQPValue::ByteArray(vec![0; 1 << 20].into()),
        ] {
            assert!(weight(headers(1, &text)) > 2 << 20);
        }
    }

    #[test]
    fn bodies_weigh_what_is_stored_of_them() {
        for text in ["plain", "é", "€", "😀", "\u{7f}", "a\u{7f}é€😀b"] {
            let body = format!("{{\"text\": \"{}\"}}", text.repeat(1000));
            let weight = of(&BasicProperties::default(), body.as_bytes()) - DELIVERY;
            let stored = Body::parse(&body).unwrap().as_str().len();
            assert!(
                (stored..2 * stored).contains(&weight),
                "{text}: {weight}, {stored}"
            );
        }
    }
}
