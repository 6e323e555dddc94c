//! By which names a request is known: the id that it brings or gets, and the trace that it is a part of.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The header that brings the id, and tells it in the answer.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A longer id is not taken, as it stands in the log.
const LONGEST: usize = 128;

/// The id of a request.
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The one that a request with these headers brings, if it is short and printable, and else a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        let brought = headers.get(&X_REQUEST_ID).filter(|id| is_id(id.as_bytes()));
        brought.map_or_else(Self::new, |id| Self(id.clone()))
    }

    /// One that no other request has: they are counted from a number of chance.
    fn new() -> Self {
        static NEXT: LazyLock<AtomicU64> =
            LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(())));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let id = HeaderValue::try_from(format!("{number:016x}"));
        Self(id.expect("hexadecimal digits make a header"))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The value for the header of the answer.
    pub fn into_header(self) -> HeaderValue {
        self.0
    }
}

fn is_id(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

/// The trace that a request with these headers is a part of, as W3C Trace Context tells it in `traceparent`: 32
/// hexadecimal digits.
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let parent = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = parent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_whole = is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && is_hex(span, 16)
        && is_hex(flags, 2)
        // Later versions may say more.
        && (version != "00" || parts.next().is_none());
    let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
    (is_whole && !is_zero(trace) && !is_zero(span)).then_some(trace)
}

fn is_hex(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == length && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(value).expect("a value");
        headers.insert(HeaderName::from_static(name), value);
        headers
    }

    #[test]
    fn an_id_is_taken_if_it_is_short_and_printable() {
        let longest = "x".repeat(128);
        let too_long = "x".repeat(129);
        for (brought, is_taken) in [
            ("7f3a-1", true),
            ("a/b:c=\"d\"", true),
            (&longest, true),
            (&too_long, false),
            ("", false),
            ("two words", false),
            ("tab\tbed", false),
            ("é", false),
        ] {
            let id = RequestId::of(&headers("x-request-id", brought.as_bytes()));
            assert_eq!(id.as_str() == brought, is_taken, "{brought}");
            assert!(is_id(id.as_str().as_bytes()), "{brought}");
        }
    }

    #[test]
    fn made_ids_are_different_ones() {
        let ids = [(); 3].map(|()| RequestId::of(&HeaderMap::new()));
        let [one, other, third] = ids.each_ref().map(RequestId::as_str);
        assert!(one != other && other != third, "{one} {other} {third}");
        assert!(is_hex(one, 16), "{one}");
    }

    #[test]
    fn a_trace_is_known_by_its_parent() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        let told = |parent: &str| {
            let headers = headers("traceparent", parent.as_bytes());
            trace_id(&headers).map(str::to_owned)
        };
        for parent in [
            format!("00-{TRACE}-00f067aa0ba902b7-01"),
            format!("cc-{TRACE}-00f067aa0ba902b7-00-what-comes"),
        ] {
            assert_eq!(told(&parent).as_deref(), Some(TRACE), "{parent}");
        }
        for parent in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{TRACE} -0f067aa0ba902b7-01"),
        ] {
            assert_eq!(told(&parent), None, "{parent}");
        }
    }
}
