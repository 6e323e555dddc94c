//! Where things are, and how headers are written: addresses, paths, directories, names and values, checked.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use actix_web::http::Uri;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::uri::Authority;

use crate::config::fault::{ConfigError, fault};

/// An address for links, without a slash at its end: `http` or `https`, a host, and perhaps a path.
pub(super) fn web_address(name: &str, url: Option<&str>) -> Result<Option<String>, ConfigError> {
    let Some(url) = url else {
        return Ok(None);
    };
    let is_whole = url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some_and(is_place)
    });
    if !is_whole || url.contains(['?', '#', '@']) {
        return Err(fault(format!(
            "{name} must begin with http:// or https:// and have a host and perhaps a path, not {url:?}"
        )));
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
}

/// Whether it is a host, and perhaps a port.
fn is_place(authority: &Authority) -> bool {
    let host = authority.host();
    let port = authority.as_str().strip_prefix(host);
    is_host(host)
        && port.is_some_and(|port| port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// Whether it is written as a name or an address is; whether there is such a host shows when it is
/// looked for.
pub(super) fn is_host(host: &str) -> bool {
    if let Some(address) = in_brackets(host) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    if host.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    host.chars().all(plain)
}

fn is_port(port: &str) -> bool {
    port.parse::<u16>().is_ok()
}

fn in_brackets(host: &str) -> Option<&str> {
    host.strip_prefix('[')?.strip_suffix(']')
}

/// A directory that is named; whether it is there shows when it is read.
pub(super) fn directory(name: &str, path: Option<PathBuf>) -> Result<Option<PathBuf>, ConfigError> {
    match path {
        Some(path) if path.as_os_str().is_empty() => {
            Err(fault(format!("{name} must name a directory")))
        }
        path => Ok(path),
    }
}

/// The name of a header.
pub(super) fn header(name: &str, header: Option<String>) -> Result<Option<String>, ConfigError> {
    match header {
        Some(header) if HeaderName::try_from(&*header).is_err() => Err(fault(format!(
            "{name} must be the name of a header, not {header:?}"
        ))),
        header => Ok(header),
    }
}

/// The value of a header; none if it is empty.
pub(super) fn value(name: &str, value: Option<String>) -> Result<Option<String>, ConfigError> {
    let value = value.filter(|value| !value.is_empty());
    match value {
        Some(value) if HeaderValue::from_str(&value).is_err() => Err(fault(format!(
            "{name} must be the value of a header, in one line, not {value:?}"
        ))),
        value => Ok(value),
    }
}

/// An address of the form HOST:PORT; whether there is such an address shows when it is bound.
pub(super) fn listen(name: &str, address: &str) -> Result<String, ConfigError> {
    match address.rsplit_once(':') {
        Some((host, _)) if host.contains(':') && in_brackets(host).is_none() => {
            Err(fault(format!(
                "{name} must have an IPv6 address in brackets, such as [::1]:8080, not {address:?}"
            )))
        }
        Some((host, port)) if is_host(host) && is_port(port) => Ok(address.to_owned()),
        _ => Err(fault(format!("{name} must be HOST:PORT, not {address:?}"))),
    }
}

/// A path with a slash before it and none after it; empty for the root.
pub(super) fn base_path(path: &str) -> Result<String, ConfigError> {
    let path = path.trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
    if path.contains("//") || !path.chars().all(plain) {
        return Err(fault(
            "base_path must be a path of letters, digits, - _ . ~ and /",
        ));
    }
    Ok(if path.is_empty() {
        String::new()
    } else {
        format!("/{path}")
    })
}
