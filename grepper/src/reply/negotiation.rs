//! Which form of an answer the client wants.

use crate::reply::jsonp;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// The forms of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Format {
    /// The default.
    Json,
    /// A call of this function.
    Jsonp(String),
    /// A page for people.
    Html,
}

/// A callback decides before the parameter `format`, and that before `accept`, the value of that header.
pub fn format(query: &Query, accept: Option<&str>) -> Result<Format, BadRequest> {
    let named = named(query, &["html", "json"])?;
    if let Some(call) = call(query)? {
        return Ok(call);
    }
    let is_page = match named {
        Some(word) => word == "html",
        None => prefers_html(accept.unwrap_or_default()),
    };
    Ok(if is_page { Format::Html } else { Format::Json })
}

/// What the parameter `format` says, which is one of `known`; `None` where it says nothing.
pub fn named(query: &Query, known: &[&'static str]) -> Result<Option<&'static str>, BadRequest> {
    let given = query.first("format").filter(|word| !word.is_empty());
    let Some(given) = given else {
        return Ok(None);
    };
    let word = known.iter().find(|word| **word == given);
    let refused = || {
        let allowed = match known {
            [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            _ => known.concat(),
        };
        BadRequest::new("format", given, allowed)
    };
    word.copied().map(Some).ok_or_else(refused)
}

/// The call of a function that is asked for.
pub fn call(query: &Query) -> Result<Option<Format>, BadRequest> {
    match query.first("callback") {
        None | Some("") => Ok(None),
        Some(name) => Ok(Some(Format::Jsonp(jsonp::callback(name)?.to_owned()))),
    }
}

/// What can be served, best first. Plain text is served as JSON: it is here because it has always
/// competed with HTML for ranges that match both.
const OFFERED: [(&str, &str); 3] = [("application", "json"), ("text", "html"), ("text", "plain")];

/// Whether HTML is the best of the offered for this `Accept` header.
pub fn prefers_html(accept: &str) -> bool {
    let ranges: Vec<Range<'_>> = accept.split(',').filter_map(Range::parse).collect();
    let mut best = None;
    for offered in OFFERED {
        let matching = ranges
            .iter()
            .filter_map(|range| Some((range.specificity(offered)?, range.quality)));
        // The most specific range decides for a type; of equal ones the kindest.
        let Some((specificity, quality)) = matching.max() else {
            continue;
        };
        if quality > 0 && best.is_none_or(|(best, _)| (quality, specificity) > best) {
            best = Some(((quality, specificity), offered));
        }
    }
    best.is_some_and(|(_, offered)| offered == ("text", "html"))
}

struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    /// `None` for what is no range or has parameters beside its quality: nothing offered has any.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut quality = 1000;
        for parameter in parts.filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=')?;
            if !name.trim().eq_ignore_ascii_case("q") {
                return None;
            }
            let value: f64 = value
                .trim()
                .parse()
                .ok()
                .filter(|q| (0.0..=1.0).contains(q))?;
            quality = (value * 1000.0) as u16;
        }
        Some(Self {
            kind,
            subtype,
            quality,
        })
    }

    fn specificity(&self, (kind, subtype): (&str, &str)) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (own, "*") if own.eq_ignore_ascii_case(kind) => Some(1),
            (own, other)
                if own.eq_ignore_ascii_case(kind) && other.eq_ignore_ascii_case(subtype) =>
            {
                Some(2)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_only_when_preferred() {
        for (accept, html) in [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("application/json, text/plain, */*", false),
            ("application/json; charset=utf-8", false),
            ("application/json, */*;q=0.5", false),
            ("text/plain", false),
            ("image/png", false),
            ("foo", false),
            ("application/*", false),
            ("*/*;q=0.5", false),
            ("application/xml", false),
            ("text/html", true),
            ("TEXT/HTML", true),
            ("text/*", true),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
                true,
            ),
            ("text/html, */*;q=0.1", true),
            ("text/html, */*; q=0.01", true),
            ("*/*, text/html", true),
            ("text/html, text/html;q=0", true),
            ("text/html, application/json", false),
            ("text/html;q=0.5,application/json", false),
            ("text/html;q=0", false),
            ("text/html;level=1", false),
            ("text/html;q=2", false),
            ("text/html;q=0, */*", false),
            (",;/,;q=", false),
        ] {
            assert_eq!(prefers_html(accept), html, "{accept}");
        }
    }

    #[test]
    fn a_callback_wins() {
        let ask = |query: &str| format(&Query::parse(query).unwrap(), Some("text/html"));
        assert_eq!(ask("callback=f"), Ok(Format::Jsonp("f".into())));
        assert_eq!(ask("callback="), Ok(Format::Html));
        assert!(ask("callback=alert(1)").is_err());
        assert_eq!(ask("callback=f&format=html"), Ok(Format::Jsonp("f".into())));
    }

    #[test]
    fn a_format_that_is_named_beats_the_header() {
        let ask = |query: &str, accept| format(&Query::parse(query).unwrap(), accept);
        for accept in [None, Some("text/html"), Some("application/json")] {
            assert_eq!(ask("format=html&format=x", accept), Ok(Format::Html));
            assert_eq!(ask("format=json", accept), Ok(Format::Json));
            assert_eq!(ask("format=", accept), ask("", accept));
            for query in ["format=csv", "format=JSON", "format=xml&callback=f"] {
                let refused = ask(query, accept).unwrap_err();
                assert_eq!(refused.to_string(), "format must be html or json");
            }
        }
    }
}
