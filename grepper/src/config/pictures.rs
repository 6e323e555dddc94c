//! Hosts from which pages may show pictures.

use std::sync::Arc;

use crate::config::fault::{ConfigError, fault};
use crate::config::places::is_host;

/// The hosts, in small letters; one that begins with `*.` stands for all below it.
#[derive(Clone, Debug, Default)]
pub struct PictureHosts(Arc<[String]>);

impl PictureHosts {
    pub(super) fn of(given: Option<Vec<String>>) -> Result<Self, ConfigError> {
        let given = given.unwrap_or_default().into_iter();
        let hosts: Vec<String> = given
            .filter(|host| !host.is_empty())
            .map(|host| host.to_ascii_lowercase())
            .collect();
        match hosts.iter().find(|host| !is_pattern(host)) {
            Some(wrong) => Err(fault(format!(
                "picture_hosts must be names of hosts such as apps.example.org or *.example.org, not {wrong:?}"
            ))),
            None => Ok(Self(hosts.into())),
        }
    }

    /// Whether a picture at this address may be shown: it is on the web, at one of the hosts and at no port of its own.
    pub fn admit(&self, address: &str) -> bool {
        let Some((scheme, rest)) = address.split_once("://") else {
            return false;
        };
        let is_web = ["http", "https"]
            .iter()
            .any(|web| scheme.eq_ignore_ascii_case(web));
        let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host = host.to_ascii_lowercase();
        let is_at = |pattern: &String| match pattern.strip_prefix('*') {
            Some(end) => host.strip_suffix(end).is_some_and(|name| !name.is_empty()),
            None => host == *pattern,
        };
        is_web && is_host(&host) && self.0.iter().any(is_at)
    }

    /// The hosts, as a policy names them: a blank before each.
    pub fn sources(&self) -> String {
        self.0.iter().map(|host| format!(" {host}")).collect()
    }
}

/// Whether a policy can hold it: a host, or all below one.
fn is_pattern(host: &str) -> bool {
    let plain = host.strip_prefix("*.").unwrap_or(host);
    plain.is_ascii() && !plain.is_empty() && is_host(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(given: &[&str]) -> Result<PictureHosts, String> {
        let given = given.iter().map(|host| (*host).to_owned()).collect();
        PictureHosts::of(Some(given)).map_err(|error| error.to_string())
    }

    #[test]
    fn pictures_come_from_listed_hosts_alone() {
        let hosts = hosts(&["Apps.example.org", "*.zoo.org", ""]).expect("hosts");
        assert_eq!(hosts.sources(), " apps.example.org *.zoo.org");
        for address in [
            "https://apps.example.org/a.png",
            "HTTP://APPS.example.org?x",
            "https://lion.zoo.org",
        ] {
            assert!(hosts.admit(address), "{address}");
        }
        for address in [
            "https://example.org/",
            "https://zoo.org/",
            "https://.zoo.org/",
            "https://evilzoo.org/",
            "https://apps.example.org@evil.org/",
            "https://evil.org/apps.example.org",
            "https://apps.example.org:8443/",
            "https://evil.org\\.zoo.org/",
            "javascript://apps.example.org/%0aalert(1)",
            "//apps.example.org/a.png",
            "",
        ] {
            assert!(!hosts.admit(address), "{address}");
        }
        assert!(!PictureHosts::default().admit("https://apps.example.org/"));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for wrong in [
            "*",
            "https://a.org",
            "a.org/b",
            "a b",
            "a;b",
            "'self'",
            "*.",
            "a.org:1",
        ] {
            let told = hosts(&["good.org", wrong]).expect_err(wrong);
            assert!(
                told.contains("picture_hosts") && told.contains(wrong),
                "{told}"
            );
        }
    }
}
