//! Cross-origin requests: which pages of other sites may read the answers, compiled from the settings.

use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderName, HeaderValue, ORIGIN,
};
use regex::RegexSet;

use crate::config::Config;

/// Which origins, methods and headers are admitted.
#[derive(Debug)]
pub struct CorsRules {
    domains: RegexSet,
    methods: Vec<String>,
    headers: RegexSet,
    max_age: HeaderValue,
}

/// Names and values of headers to add to an answer.
pub type Added = Vec<(HeaderName, HeaderValue)>;

impl CorsRules {
    /// Fails on patterns that are no regular expressions.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        // The whole text must match: else `https://safe\.example` would admit `https://safe.example.evil.com`.
        let whole = |patterns: &[String]| {
            RegexSet::new(patterns.iter().map(|pattern| format!("^(?:{pattern})$")))
        };
        Ok(Self {
            domains: whole(&config.cors_domains)?,
            methods: config.cors_methods.clone(),
            headers: whole(&config.cors_headers)?,
            max_age: HeaderValue::from(config.cors_max_age),
        })
    }

    /// The headers to add to the answer of a request; none for a page that may not read it.
    pub fn answer(&self, method: &Method, headers: &HeaderMap) -> Added {
        let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let mut added = Added::new();
        let (Some(origin), Some(value)) = (header(ORIGIN), headers.get(ORIGIN)) else {
            return added;
        };
        if !self
            .methods
            .iter()
            .any(|allowed| allowed == method.as_str())
            || !self.domains.is_match(origin)
        {
            return added;
        }
        added.push((ACCESS_CONTROL_ALLOW_ORIGIN, value.clone()));
        if headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
            && let Ok(methods) = HeaderValue::from_str(&self.methods.join(", "))
        {
            added.push((ACCESS_CONTROL_ALLOW_METHODS, methods));
        }
        if let Some(asked) = header(ACCESS_CONTROL_REQUEST_HEADERS) {
            let allowed: Vec<&str> = asked
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty() && self.headers.is_match(name))
                .collect();
            if let Ok(allowed) = HeaderValue::from_str(&allowed.join(", "))
                && !allowed.is_empty()
            {
                added.push((ACCESS_CONTROL_ALLOW_HEADERS, allowed));
            }
        }
        if method == Method::OPTIONS {
            added.push((ACCESS_CONTROL_MAX_AGE, self.max_age.clone()));
        }
        added
    }
}
