//! Which messages cannot be stored here, and how they are put aside.

use chrono::{NaiveDateTime, Utc};
use serde_json::json;

use crate::adopt::old_row::{
    AGENT_NAME, CATEGORY, HEADERS, MSG, MSG_ID, NAMES, OldRow, TIMESTAMP, TOPIC,
};
use crate::body::Body;
use crate::dead_letter::DeadLetter;
use crate::store::dead_letters::{self, LetterDigest};

/// Columns that are texts.
const TEXTS: [usize; 10] = [1, 3, 5, 6, 7, 8, 9, 10, 11, 12];

/// When a message was sent that can be stored, or why it cannot be.
pub(super) fn judge(row: &OldRow) -> Result<NaiveDateTime, String> {
    let timestamp = row
        .timestamp()
        .ok_or("its time is not within the years 1 to 9999")?;
    for column in TEXTS {
        if row.field(column).is_some() && row.text(column).is_none() {
            return Err(format!("its {} is not UTF-8", NAMES[column]));
        }
    }
    if row
        .headers()
        .is_some_and(|text| std::str::from_utf8(text).is_err())
    {
        return Err(format!("its {} are not UTF-8", NAMES[HEADERS]));
    }
    for column in [TOPIC, CATEGORY] {
        if row.field(column).is_none() {
            return Err(format!("it has no {}", NAMES[column]));
        }
    }
    let body = row.text(MSG).ok_or("it has no body")?;
    match Body::parse(body) {
        Ok(_) => Ok(timestamp),
        Err(reason) => Err(reason.to_string()),
    }
}

/// Columns that a letter has after its time, as texts.
const TOLD: [usize; 9] = [MSG_ID, TOPIC, CATEGORY, AGENT_NAME, 7, 8, 9, 10, 11];

/// By what a message that was put aside is recognised: all that its row holds.
pub(super) fn digest(row: &OldRow) -> LetterDigest {
    dead_letters::digest_of(&[b"adopted", &row.id().to_be_bytes(), row.others()])
}

/// A message as it is put aside: whole, with its users and packages, in the form that `/raw` has and imports
/// read, so that a retry brings all of it back.
pub(super) fn letter(row: &OldRow, reason: &str, [users, packages]: [&[String]; 2]) -> DeadLetter {
    let time = row.timestamp();
    let sent = time.map_or_else(|| beyond(row), |time| time.format("%FT%T%.6f").to_string());
    let mut body = Vec::from(b"{\"timestamp\": ");
    quote(&mut body, sent.as_bytes());
    body.extend(format!(", \"i\": {}", row.counter()).into_bytes());
    for column in TOLD {
        body.extend(format!(", \"{}\": ", NAMES[column]).into_bytes());
        match row.field(column) {
            Some(text) => quote(&mut body, text),
            None => body.extend(b"null"),
        }
    }
    for (name, names) in [("users", users), ("packages", packages)] {
        body.extend(format!(", \"{name}\": {}", json!(names)).into_bytes());
    }
    body.extend(b", \"headers\": ");
    body.extend(row.headers().unwrap_or(b"null"));
    body.extend(b", \"msg\": ");
    let msg = row.field(MSG).unwrap_or_default();
    if row.text(MSG).is_some_and(|text| Body::parse(text).is_ok()) {
        body.extend(msg);
    } else {
        // An array is no body, so this cannot be taken for one.
        body.push(b'[');
        quote(&mut body, msg);
        body.push(b']');
    }
    body.push(b'}');
    DeadLetter {
        reason: format!("adopted: {reason}"),
        received_at: time.unwrap_or_else(|| Utc::now().naive_utc()),
        queue: String::new(),
        exchange: String::new(),
        routing_key: String::from_utf8_lossy(row.field(TOPIC).unwrap_or_default()).into_owned(),
        properties: json!({DeadLetter::IMPORTED: true, "adopted": {"id": row.id()}}),
        body,
    }
}

/// Writes a text as JSON. Bytes that are not UTF-8 stay as they are, and so are not lost.
fn quote(json: &mut Vec<u8>, text: &[u8]) {
    json.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => json.extend([b'\\', *byte]),
            0..0x20 => json.extend(format!("\\u{byte:04x}").into_bytes()),
            _ => json.push(*byte),
        }
    }
    json.push(b'"');
}

/// A time that is no time for us, as microseconds since 2000.
fn beyond(row: &OldRow) -> String {
    let micros = row.field(TIMESTAMP).and_then(|bytes| bytes.try_into().ok());
    match micros.map(i64::from_be_bytes) {
        Some(i64::MAX) => "infinity".to_owned(),
        Some(i64::MIN) => "-infinity".to_owned(),
        Some(micros) => format!("2000-01-01 and {micros} microseconds"),
        None => String::new(),
    }
}
