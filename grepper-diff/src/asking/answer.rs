//! What came back.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::json::Json;

/// An answer of HTTP.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    /// By name in small letters; several of one name are joined by commas.
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// Until the whole body was there.
    pub took: Duration,
}

/// What came of a question: an answer, or why there is none.
pub type Reply = Result<Answer, Silence>;

/// No answer came.
#[derive(Clone, Debug)]
pub struct Silence {
    pub why: String,
    pub took: Duration,
}

impl Answer {
    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// How many pages a search has, where it says so.
    pub fn pages(&self) -> Option<u32> {
        let pages = self.json()?.1.get("pages")?.number()?;
        Some(pages as u32)
    }

    /// The body as JSON, where it is such, with the function that it is wrapped in for JSONP.
    pub fn json(&self) -> Option<(Option<&str>, Json)> {
        if let Some(json) = Json::parse(&self.body) {
            return Some((None, json));
        }
        let body = self.body.trim_end();
        let (callback, rest) = body.split_once('(')?;
        let inner = rest.strip_suffix(';').unwrap_or(rest).strip_suffix(')')?;
        Some((Some(callback), Json::parse(inner)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jsonp_is_unwrapped() {
        let json = |body: &str| {
            Answer {
                body: body.to_owned(),
                ..Answer::default()
            }
            .json()
            .map(|(callback, json)| (callback.map(str::to_owned), json.to_string()))
        };
        assert_eq!(
            json("cb({\"a\": \"(\"});"),
            Some((Some("cb".to_owned()), "{\"a\": \"(\"}".to_owned()))
        );
        assert_eq!(json("{\"a\":1}\n"), Some((None, "{\"a\": 1}".to_owned())));
        assert_eq!(json("<html>(x)"), None);
    }
}
