//! Cross-origin requests: which pages of other sites may read the answers.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    CACHE_CONTROL, HeaderName, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, http::Method};
use regex::RegexSet;

use crate::config::Config;
use crate::state::State;

/// The rules, compiled.
#[derive(Debug)]
pub struct Cors {
    domains: RegexSet,
    methods: Vec<String>,
    headers: RegexSet,
    max_age: HeaderValue,
}

/// Headers to add to an answer.
type Added = Vec<(HeaderName, HeaderValue)>;

impl Cors {
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

    fn answer(&self, request: &ServiceRequest) -> Added {
        let header = |name: HeaderName| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let mut added = Added::new();
        let (Some(origin), Some(value)) = (header(ORIGIN), request.headers().get(ORIGIN)) else {
            return added;
        };
        if !self
            .methods
            .iter()
            .any(|method| method == request.method().as_str())
            || !self.domains.is_match(origin)
        {
            return added;
        }
        added.push((ACCESS_CONTROL_ALLOW_ORIGIN, value.clone()));
        if request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
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
        if request.method() == Method::OPTIONS {
            added.push((ACCESS_CONTROL_MAX_AGE, self.max_age.clone()));
        }
        added
    }
}

/// The middleware.
pub async fn add_headers(
    state: Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let added = state.cors.answer(&request);
    let of_a_site = request.headers().contains_key(ORIGIN);
    let preflight = request.method() == Method::OPTIONS;
    let mut response = next.call(request).await?;
    let cacheable = response.status().is_success() && !preflight;
    let headers = response.headers_mut();
    match (of_a_site, preflight) {
        (true, true) if !added.is_empty() => {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
        }
        // An answer for one site must not reach another through a cache. The incumbent sends no
        // `Vary` with it, so it is not cached at all; an answer for no site says that others exist.
        (true, false) => {
            headers.remove(VARY);
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        (false, _) if cacheable => {
            let vary = match headers.get(VARY).and_then(|value| value.to_str().ok()) {
                Some(others) => HeaderValue::from_str(&format!("{others}, Origin")).ok(),
                None => Some(HeaderValue::from_static("Origin")),
            };
            if let Some(vary) = vary {
                headers.insert(VARY, vary);
            }
        }
        _ => {}
    }
    for (name, value) in added {
        headers.insert(name, value);
    }
    Ok(response)
}
