//! Pieces of URLs.

use std::fmt::Write as _;

/// The text as a value in a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The pairs as a query.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The address if it leads to the web: a message must not make us link to `javascript:`.
pub fn web(address: Option<&str>) -> Option<&str> {
    let has_scheme = |address: &&str| {
        ["http://", "https://"].iter().any(|scheme| {
            address
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
    };
    address.filter(has_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded() {
        assert_eq!(encode("a.b-c_d~1"), "a.b-c_d~1");
        assert_eq!(encode("<ä>&\"+ /"), "%3C%C3%A4%3E%26%22%2B%20%2F");
        assert_eq!(query([("topic", "a b"), ("x&y", "")]), "topic=a%20b&x%26y=");
    }

    #[test]
    fn only_web_addresses_are_linked() {
        for address in ["https://example.org/", "HTTP://example.org"] {
            assert_eq!(web(Some(address)), Some(address));
        }
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            " https://example.org",
            "//example.org",
            "",
            "é",
        ] {
            assert_eq!(web(Some(address)), None, "{address}");
        }
    }
}
