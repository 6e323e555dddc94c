//! Where a service is, and who asks: its user and password are sent, and shown nowhere.

use std::ffi::OsStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::builder::{StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};
use percent_encoding::percent_decode_str;
use service::Secret;

/// What stands for a user and a password.
const HIDDEN: &str = "***@";

/// The address of a service.
#[derive(Clone, Debug)]
pub struct Address {
    /// With its mount point, without a slash at the end, and without user and password.
    pub base: String,
    /// What is shown of it.
    pub shown: String,
    /// The header `Authorization`, where the address has a user.
    pub authorization: Option<Secret>,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let is_odd = |c: char| matches!(c, '?' | '#' | '@') || c.is_whitespace();
        // What looks like a mount point may be the end of a password that was not escaped.
        let odd = host.is_empty() || rest.contains(char::is_whitespace) || path.contains(is_odd);
        if odd || host.contains(is_odd) || !matches!(scheme, "http" | "https") {
            return None;
        }
        let path = path.trim_end_matches('/');
        let hidden = user.map_or("", |_| HIDDEN);
        Some(Self {
            base: format!("{scheme}://{host}{path}"),
            shown: format!("{scheme}://{hidden}{host}{path}"),
            authorization: user.map(authorization),
        })
    }
}

/// By RFC 7617; what an address may not hold is percent-encoded in it.
fn authorization(user: &str) -> Secret {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = |text| percent_decode_str(text).collect::<Vec<u8>>();
    let both = [plain(user), b":".to_vec(), plain(password)].concat();
    format!("Basic {}", BASE64_STANDARD.encode(both)).into()
}

/// A text that is no address, without all that may be a password.
fn harmless(text: &str) -> String {
    let Some((user, rest)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    let scheme = user.split_once("://").filter(|(scheme, _)| {
        let is_letter = |c: char| c.is_ascii_alphabetic();
        scheme.chars().all(is_letter)
    });
    let scheme = scheme.map_or_else(String::new, |(scheme, _)| format!("{scheme}://"));
    format!("{scheme}{HIDDEN}{rest}")
}

/// Reads addresses from the command line; what it says of mistakes has no password.
#[derive(Clone)]
pub struct Reader;

impl TypedValueParser for Reader {
    type Value = Address;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Address, Error> {
        let address = value.to_str().and_then(Address::parse);
        let refuse = |_: String| -> Result<Address, &str> {
            Err(
                "must be an address such as https://apps.example.org/datagrepper, with what is special in a user or a \
                 password percent-encoded",
            )
        };
        let refusal = StringValueParser::new().try_map(refuse);
        let told = harmless(&value.to_string_lossy());
        address.map_or_else(|| refusal.parse_ref(command, argument, told.as_ref()), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_a_password_are_taken_from_addresses() {
        for (text, base, shown, user) in [
            ("http://h:80/d/", "http://h:80/d", "http://h:80/d", None),
            ("https://u@h", "https://h", "https://***@h", Some("u:")),
            (
                "https://u:p%40%2F:%C3%A9@[::1]:8/d",
                "https://[::1]:8/d",
                "https://***@[::1]:8/d",
                Some("u:p@/:é"),
            ),
            ("http://u:a@b@h", "http://h", "http://***@h", Some("u:a@b")),
        ] {
            let address = Address::parse(text).expect(text);
            assert_eq!((&*address.base, &*address.shown), (base, shown));
            let sent = address.authorization.map(|sent| {
                let encoded = sent.reveal().strip_prefix("Basic ").expect("a scheme");
                BASE64_STANDARD.decode(encoded).expect("base64")
            });
            assert_eq!(sent.as_deref(), user.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_without_its_password() {
        for (text, told) in [
            ("h/d", "h/d"),
            ("http://", "http://"),
            ("http:///d", "http:///d"),
            ("ftp://h", "ftp://h"),
            ("http://h?x", "http://h?x"),
            ("http://u:p@", "http://***@"),
            ("http://u:p/q@h/d", "http://***@h/d"),
            ("http://u:p#q@h", "http://***@h"),
            ("http://u:p?q@h", "http://***@h"),
            ("http://u:p q@h", "http://***@h"),
            ("u:p@h", "***@h"),
            ("u:p://q@h", "***@h"),
        ] {
            let known = Address::parse(text).map(|address| address.shown);
            assert!(
                known.as_deref().is_none_or(|shown| shown == told),
                "{text}: {known:?}"
            );
            assert_eq!(harmless(text), told);
        }
    }
}
