//! Where things are: addresses, paths and directories, checked.

use std::path::PathBuf;

use actix_web::http::Uri;

use crate::config::fault::{ConfigError, fault};

/// An address for links, without a slash at its end: `http` or `https`, a host, and perhaps a path.
pub(super) fn web_address(name: &str, url: Option<&str>) -> Result<Option<String>, ConfigError> {
    let Some(url) = url else {
        return Ok(None);
    };
    let is_whole = url.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    });
    if !is_whole || url.contains(['?', '#', '@']) {
        return Err(fault(format!(
            "{name} must begin with http:// or https:// and have a host and perhaps a path, not {url:?}"
        )));
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
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

/// An address of the form HOST:PORT; whether there is such an address shows when it is bound.
pub(super) fn listen(address: &str) -> Result<String, ConfigError> {
    match address.rsplit_once(':') {
        Some((host, _)) if host.contains(':') && !is_in_brackets(host) => Err(fault(format!(
            "listen must have an IPv6 address in brackets, such as [::1]:8080, not {address:?}"
        ))),
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(address.to_owned())
        }
        _ => Err(fault(format!("listen must be HOST:PORT, not {address:?}"))),
    }
}

fn is_in_brackets(host: &str) -> bool {
    host.starts_with('[') && host.ends_with(']')
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
