//! Ids for messages that came without one.
//!
//! Derived from the content, so that a second delivery of the same message gets
//! the same id. What differs between them is not among the headers any more.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// An id in the form of a random UUID.
pub fn derive(routing_key: &str, headers: &Map<String, Value>, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // Lengths first, so that no two contents run together to the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(routing_key.as_bytes());
    for (key, value) in headers {
        add(key.as_bytes());
        add(value.to_string().as_bytes());
    }
    add(body);
    let digest = hash.finalize();
    let bytes = std::array::from_fn(|at| digest[at]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(json: Value) -> Map<String, Value> {
        json.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_same_content_has_the_same_id() {
        let id = derive("t", &headers(serde_json::json!({"a": 1})), b"{}");
        assert_eq!(
            uuid::Uuid::parse_str(&id).map(|id| id.get_version_num()),
            Ok(4)
        );
        for (key, other, body) in [
            ("u", serde_json::json!({"a": 1}), &b"{}"[..]),
            ("t", serde_json::json!({"a": 2}), b"{}"),
            ("t", serde_json::json!({}), b"{}"),
            ("t", serde_json::json!({"a": 1}), b"{ }"),
        ] {
            assert_ne!(derive(key, &headers(other), body), id);
        }
    }
}
