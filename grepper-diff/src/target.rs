//! What is asked for: the path below the mount point, and the query.

use std::fmt;

use form_urlencoded::{byte_serialize, parse};

/// A path below the mount point, beginning with `/`, and the query behind it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Target {
    pub path: String,
    /// Percent-encoded as it came; parameters that are changed stand at its end.
    pub query: String,
}

/// What answers a target, as far as the comparison has to know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Endpoint {
    Raw,
    Search,
    Id,
    IdOnBus,
    Count,
    Chart,
    Widget,
    Health,
    Page,
    Asset,
    /// Nothing that datagrepper has.
    Unknown,
}

impl Target {
    /// From what stands behind the mount point.
    pub fn new(text: &str) -> Self {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = if path.is_empty() { "/" } else { path };
        Self {
            path: path.to_owned(),
            query: query.to_owned(),
        }
    }

    /// What the path leads to; slashes before it and one behind it do not count where services do not count them.
    pub fn endpoint(&self) -> Endpoint {
        let path = self.path.trim_start_matches('/');
        match path.strip_suffix('/').unwrap_or(path) {
            "raw" => Endpoint::Raw,
            "v2/search" => Endpoint::Search,
            "id" => Endpoint::Id,
            "v2/id" => Endpoint::IdOnBus,
            "messagecount" => Endpoint::Count,
            "widget.js" => Endpoint::Widget,
            "" | "index" | "reference" | "widget" | "charts" | "contributing" => Endpoint::Page,
            _ if path.starts_with("charts/") => Endpoint::Chart,
            _ if path.starts_with("healthz/") => Endpoint::Health,
            _ if path.starts_with("static/") => Endpoint::Asset,
            _ => Endpoint::Unknown,
        }
    }

    /// Whether lists of messages answer it.
    pub fn is_search(&self) -> bool {
        matches!(self.endpoint(), Endpoint::Raw | Endpoint::Search)
    }

    /// Whether one message answers it.
    pub fn is_by_id(&self) -> bool {
        matches!(self.endpoint(), Endpoint::Id | Endpoint::IdOnBus)
    }

    /// Whether times can be given.
    pub fn has_times(&self) -> bool {
        self.is_search() || self.endpoint() == Endpoint::Chart
    }

    /// The parameters as servers read them.
    pub fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        parse(self.query.as_bytes()).into_owned()
    }

    /// All values of a parameter.
    pub fn all(&self, name: &str) -> Vec<String> {
        let named = self.parameters().filter(|(given, _)| given == name);
        named.map(|(_, value)| value).collect()
    }

    /// The value that counts of a parameter that may be there once.
    pub fn first(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    /// Whether a parameter is there, be it blank.
    pub fn has(&self, name: &str) -> bool {
        self.parameters().any(|(given, _)| given == name)
    }

    /// Without a parameter.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let named = |pair: &&str| parse(pair.as_bytes()).any(|(given, _)| given == name);
        let rest: Vec<&str> = self.query.split('&').filter(|pair| !named(pair)).collect();
        Self {
            path: self.path.clone(),
            query: rest.join("&"),
        }
    }

    /// With a parameter added.
    #[must_use]
    pub fn and(&self, name: &str, value: &str) -> Self {
        let mark = if self.query.is_empty() { "" } else { "&" };
        let value: String = byte_serialize(value.as_bytes()).collect();
        Self {
            path: self.path.clone(),
            query: format!("{}{mark}{name}={value}", self.query),
        }
    }

    /// With this as the one value of a parameter.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// With another path and the query that it has.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            query: self.query.clone(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.query.is_empty() { "" } else { "?" };
        write!(f, "{}{mark}{}", self.path, self.query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_servers_read_them() {
        let target = Target::new("//raw?user=a%20b&user=c+d&page=2&page=3&_=1");
        assert_eq!(target.endpoint(), Endpoint::Raw);
        assert_eq!(target.all("user"), ["a b", "c d"]);
        assert_eq!(target.first("page").as_deref(), Some("2"));
        assert!(target.has("_") && !target.has("end"));
    }

    #[test]
    fn changed_parameters_leave_the_others_as_they_came() {
        let target = Target::new("/raw/?a=%2F&delta=5&b=%zz&delta=6");
        assert_eq!(
            target.with("delta", "7").to_string(),
            "/raw/?a=%2F&b=%zz&delta=7"
        );
        assert_eq!(target.without("nothing").to_string(), target.to_string());
        assert_eq!(
            Target::new("/raw").and("x", "é &").to_string(),
            "/raw?x=%C3%A9+%26"
        );
        assert_eq!(Target::new("").to_string(), "/");
    }

    #[test]
    fn endpoints_are_known_with_and_without_slashes() {
        for (path, endpoint) in [
            ("/", Endpoint::Page),
            ("//v2/id", Endpoint::IdOnBus),
            ("/v2/search/", Endpoint::Search),
            ("/charts/", Endpoint::Page),
            ("/charts/line", Endpoint::Chart),
            ("/healthz/live", Endpoint::Health),
            ("/static/css/main.css", Endpoint::Asset),
            ("/raw//", Endpoint::Unknown),
            ("/nope", Endpoint::Unknown),
        ] {
            assert_eq!(Target::new(path).endpoint(), endpoint, "{path}");
        }
    }
}
