//! The query string as a list of names and values.

use percent_encoding::{percent_decode_str, percent_encode_byte};

use crate::request::refusal::BadRequest;

/// Bytes that a query string may have: room for hundreds of values.
pub const LONGEST_QUERY: usize = 32 * 1024;

/// Names and values in the order they came, decoded. Names may repeat.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `a=b&c`: `+` is a blank, a name without `=` has the empty value, and escapes that
    /// are no UTF-8 stay as they are.
    pub fn parse(text: &str) -> Result<Self, BadRequest> {
        if text.len() > LONGEST_QUERY {
            let allowed = format!("at most {LONGEST_QUERY} bytes long");
            return Err(BadRequest::new("(query string)", text, allowed));
        }
        let pairs: Vec<_> = decoded(text).collect();
        // PostgreSQL has no NUL in its texts.
        match pairs
            .iter()
            .find(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            Some((name, value)) => Err(BadRequest::new(
                name.clone(),
                value,
                "free of NUL characters",
            )),
            None => Ok(Self(pairs)),
        }
    }

    /// What people may go on with of a query that is refused: all but NUL characters, and nothing of one that is too
    /// long.
    pub fn salvaged(text: &str) -> Self {
        let pairs = decoded(text).filter(|_| text.len() <= LONGEST_QUERY);
        let kept = pairs.map(|(name, value)| (name.replace('\0', ""), value.replace('\0', "")));
        Self(kept.collect())
    }

    /// The first value of this name: later ones do not count.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// All values of this name, in the order they came.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.values(name).map(str::to_owned).collect()
    }

    /// Everything, in the order it came.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn decoded(text: &str) -> impl Iterator<Item = (String, String)> {
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    pieces.map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let with_blanks = text.replace('+', " ");
    let bytes: Vec<u8> = percent_decode_str(&with_blanks).collect();
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            decoded.push_str(percent_encode_byte(byte));
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        for (text, expected) in [
            ("a=user+with+space", "user with space"),
            ("a=user%20with%20space", "user with space"),
            ("a=zo%C3%AB", "zoë"),
            ("a=perl-Foo%2520Bar", "perl-Foo%20Bar"),
            ("a=%ff%C3%28", "%FF%C3("),
            ("a=100%", "100%"),
            ("a=%zz%4", "%zz%4"),
            ("a=%+%2", "% %2"),
            ("a=%2B+%2b", "+ +"),
            ("a=%%41%4", "%A%4"),
            ("a=%e2%82%ac%E2%82", "€%E2%82"),
            ("a=%f0%9f%98%80%ed%a0%80", "😀%ED%A0%80"),
            ("a=é%C3", "é%C3"),
            ("a=%26%3D", "&="),
            ("a=x=y", "x=y"),
            ("a=é", "é"),
            ("a", ""),
            ("a=", ""),
            ("&&b=1&a=2&", "2"),
            ("%61=1", "1"),
        ] {
            assert_eq!(
                Query::parse(text).unwrap().first("a"),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn the_first_value_counts_and_all_are_kept() {
        let query = Query::parse("a=1&b=x&a=&a=2").unwrap();
        assert_eq!(query.first("a"), Some("1"));
        assert_eq!(query.all("a"), ["1", "", "2"]);
        assert_eq!(query.first("c"), None);
    }

    #[test]
    fn what_the_database_cannot_hold_is_refused() {
        assert!(Query::parse("a=x%00y").is_err());
        assert!(Query::parse(&"é".repeat(LONGEST_QUERY)).is_err());
        let salvaged = Query::salvaged("a=x%00y&b%00=%00&c=1");
        let pairs = salvaged.pairs().iter();
        let pairs = pairs.map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(
            pairs.collect::<Vec<_>>(),
            [("a", "xy"), ("b", ""), ("c", "1")]
        );
        let long = "é".repeat(LONGEST_QUERY);
        assert_eq!(Query::salvaged(&long), Query::default());
    }
}
