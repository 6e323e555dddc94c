//! What browsers are told about every answer, so that nothing in it can do harm: what it may load, who may show it in a
//! frame, and what others learn of it.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::chart::auto;
use crate::config::Config;
use crate::pages::crawlers::is_hidden;
use crate::request::params;
use crate::request::query::Query;

/// Nothing of what pages do needs any of these.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), \
     gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

/// Of what is neither page nor picture.
const REST: &str = "default-src 'none'; frame-ancestors 'none'";

/// The policies, written once.
pub struct Policies {
    /// The policy of the site goes over all of ours.
    of_site: Option<HeaderValue>,
    page: HeaderValue,
    fragment: HeaderValue,
    picture: HeaderValue,
}

impl Policies {
    /// As the settings have them.
    pub fn of(config: &Config) -> Self {
        let pictures = config.picture_hosts.sources();
        let fragment = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{pictures}; connect-src 'self'; \
             form-action 'self'; base-uri 'none'"
        );
        let page = format!("{fragment}; frame-ancestors 'none'");
        // A picture may stand anywhere, and follows dark mode by a sheet of styles that is always the same.
        let picture = format!(
            "default-src 'none'; style-src '{}'; frame-ancestors *",
            auto::hash()
        );
        let written = |text: &str| {
            // Hosts are checked where they are set.
            HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(REST))
        };
        let of_site = config.content_security_policy.as_deref();
        Self {
            of_site: of_site.and_then(|policy| HeaderValue::from_str(policy).ok()),
            page: written(&page),
            fragment: written(&fragment),
            picture: written(&picture),
        }
    }

    /// The policy of an answer of this type; only messages without a page around them may stand in frames of others.
    fn fitting(&self, content_type: &str, query: &str) -> HeaderValue {
        if let Some(policy) = &self.of_site {
            return policy.clone();
        }
        if content_type.starts_with("image/svg") {
            return self.picture.clone();
        }
        if !content_type.starts_with("text/html") {
            return HeaderValue::from_static(REST);
        }
        let query = Query::parse(query).unwrap_or_default();
        match params::boolean(&query, "chrome", true) {
            true => self.page.clone(),
            false => self.fragment.clone(),
        }
    }
}

/// The middleware: what an answer says of itself stays.
pub async fn tell<B: MessageBody>(
    policies: Data<Policies>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let asked = response.request().uri();
    let query = asked.query().unwrap_or_default();
    let is_hidden = is_hidden(asked.path(), query);
    let policy = policies.fitting(kind, query);
    let is_page = kind.starts_with("text/html");
    let headers = response.headers_mut();
    add(headers, CONTENT_SECURITY_POLICY, policy);
    add(
        headers,
        X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if is_page {
        let referrer = HeaderValue::from_static("same-origin");
        add(headers, REFERRER_POLICY, referrer);
        let permissions = HeaderName::from_static("permissions-policy");
        add(headers, permissions, HeaderValue::from_static(PERMISSIONS));
    }
    if is_hidden {
        let robots = HeaderName::from_static("x-robots-tag");
        add(headers, robots, HeaderValue::from_static("noindex"));
    }
    Ok(response)
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::config::settings::CommandLine;

    fn policies(arguments: &[&str]) -> Policies {
        let fixed = ["grepper", "--database-url=postgresql://h/d"];
        let arguments = fixed.iter().chain(arguments);
        let config = Config::load(CommandLine::parse_from(arguments)).expect("settings");
        Policies::of(&config)
    }

    fn fitting(policies: &Policies, content_type: &str, query: &str) -> String {
        let policy = policies.fitting(content_type, query);
        policy.to_str().expect("a text").to_owned()
    }

    #[test]
    fn each_kind_of_answer_may_do_what_it_needs() {
        let policies = policies(&["--picture-hosts=a.org,*.zoo.org"]);
        let html = "text/html; charset=utf-8";
        let page = fitting(&policies, html, "user=x");
        for text in [
            "default-src 'none'",
            "script-src 'self'",
            "img-src 'self' a.org *.zoo.org",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                page.split("; ").any(|part| part == text),
                "{text} in {page}"
            );
        }
        assert!(!page.contains("unsafe"));
        let fragment = fitting(&policies, html, "user=x&chrome=False");
        assert_eq!(format!("{fragment}; frame-ancestors 'none'"), page);
        for rest in [
            "application/json",
            "application/problem+json",
            "text/css",
            "",
        ] {
            assert_eq!(fitting(&policies, rest, "chrome=false"), REST);
        }
        let picture = fitting(&policies, "image/svg+xml; charset=utf-8", "");
        let sheet = format!("style-src '{}'", auto::hash());
        let allowed: Vec<&str> = picture.split("; ").collect();
        assert_eq!(allowed, ["default-src 'none'", &sheet, "frame-ancestors *"]);
    }

    #[test]
    fn the_policy_of_the_site_goes_over_ours() {
        let policies = policies(&["--content-security-policy=default-src *"]);
        for kind in ["text/html", "application/json", "image/svg+xml"] {
            assert_eq!(fitting(&policies, kind, ""), "default-src *");
        }
    }
}
