//! What only some may see, and who these are.

use std::net::IpAddr;

use actix_web::http::header::HeaderName;
use archive::Hidden;
use ipnet::IpNet;

use crate::config::fault::{ConfigError, fault};
use crate::config::listed::listed;
use crate::config::settings::Settings;
use crate::config::tokens::{Tokens, TokensFrom};

/// What only those may see who are admitted.
#[derive(Clone, Debug)]
pub struct Privacy {
    /// Whether that is everything.
    pub private: bool,
    /// Whose messages do not exist for others.
    pub hidden: Hidden,
    /// Tokens that admit, as they were at start, and where they are.
    pub tokens: Option<(TokensFrom, Tokens)>,
    /// The header that admits.
    pub trusted: Option<TrustedHeader>,
}

/// A header by which a proxy tells that it knows who asks.
#[derive(Clone, Debug)]
pub struct TrustedHeader {
    /// Its name.
    pub name: HeaderName,
    /// Values of which it must have one; any will do if there are none.
    pub values: Vec<String>,
    /// From whom it is believed.
    pub proxies: Vec<IpNet>,
}

impl Privacy {
    /// `None` if everybody may see everything.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, ConfigError> {
        let private = settings.private.unwrap_or_default();
        let hidden = Hidden {
            topics: listed(settings.hidden_topics.clone(), &[]),
            categories: listed(settings.hidden_categories.clone(), &[]),
        };
        let tokens = tokens(settings)?;
        let trusted = trusted_header(settings)?;
        let admits = tokens.is_some() || trusted.is_some();
        if private && !admits {
            return Err(fault(
                "private: nobody could be admitted: give tokens_file, GREPPER_TOKENS or trusted_header",
            ));
        }
        if !private && hidden.is_empty() {
            // Whoever set them believes that something is kept from others.
            return match admits {
                true => Err(fault(
                    "tokens and trusted_header keep nothing from anybody without private, hidden_topics or hidden_categories",
                )),
                false => Ok(None),
            };
        }
        Ok(Some(Self {
            private,
            hidden,
            tokens,
            trusted,
        }))
    }
}

fn tokens(settings: &Settings) -> Result<Option<(TokensFrom, Tokens)>, ConfigError> {
    let from = match &settings.tokens_file {
        _ if settings.has_tokens => TokensFrom::Environment,
        Some(path) if path.as_os_str().is_empty() => {
            return Err(fault("tokens_file must name a file"));
        }
        Some(path) => TokensFrom::File(path.clone()),
        None => return Ok(None),
    };
    let tokens = from.read()?;
    Ok(Some((from, tokens)))
}

fn trusted_header(settings: &Settings) -> Result<Option<TrustedHeader>, ConfigError> {
    let values = listed(settings.trusted_values.clone(), &[]);
    let proxies = listed(settings.trusted_proxies.clone(), &[]);
    let Some(name) = &settings.trusted_header else {
        let others = [("trusted_values", &values), ("trusted_proxies", &proxies)];
        return match others.iter().find(|(_, given)| !given.is_empty()) {
            Some((other, _)) => Err(fault(format!("{other} needs trusted_header"))),
            None => Ok(None),
        };
    };
    let Ok(name) = HeaderName::try_from(name.as_str()) else {
        return Err(fault(format!(
            "trusted_header must be the name of a header, not {name:?}"
        )));
    };
    if proxies.is_empty() {
        return Err(fault(
            "trusted_header needs trusted_proxies: else whoever connects could set it",
        ));
    }
    let proxies: Result<Vec<IpNet>, ConfigError> =
        proxies.iter().map(|text| network(text)).collect();
    Ok(Some(TrustedHeader {
        name,
        values,
        proxies: proxies?,
    }))
}

/// An address, or a network such as `10.1.0.0/16`.
fn network(text: &str) -> Result<IpNet, ConfigError> {
    let text = text.trim();
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
        fault(format!(
            "trusted_proxies must be addresses or networks such as 127.0.0.1 or 10.1.0.0/16, not {text:?}"
        ))
    })
}

impl TrustedHeader {
    /// Whether it is believed from this address.
    pub fn is_believed_from(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.proxies.iter().any(|network| network.contains(&peer))
    }

    /// Whether such a value admits: itself, or a part of it between commas.
    pub fn admits(&self, value: &str) -> bool {
        let value = value.trim();
        let is_one = |text: &str| self.values.iter().any(|known| known == text);
        if self.values.is_empty() {
            return !value.is_empty();
        }
        is_one(value) || value.split(',').any(|part| is_one(part.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::parse_file;

    fn privacy(text: &str) -> Result<Option<Privacy>, String> {
        let settings = parse_file(text)?;
        Privacy::of(&settings).map_err(|error| error.to_string())
    }

    /// A file of a token, and the setting that names it.
    fn token() -> (tempfile::NamedTempFile, String) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "8u1Yq0bWbYt2m9Zk\n").expect("written");
        let setting = format!("tokens_file = '{}'\n", file.path().display());
        (file, setting)
    }

    #[test]
    fn settings_that_keep_nothing_or_admit_nobody_are_refused() {
        let (_file, token) = token();
        let header = "trusted_header = 'X-User'\ntrusted_proxies = ['::1']\n";
        for (text, expected) in [
            (
                "private = true".to_owned(),
                "private: nobody could be admitted",
            ),
            (token.clone(), "keep nothing from anybody"),
            (header.to_owned(), "keep nothing from anybody"),
            (
                "private = true\ntrusted_header = 'X-User'".to_owned(),
                "trusted_header needs trusted_proxies",
            ),
            (
                "trusted_proxies = ['::1']".to_owned(),
                "trusted_proxies needs trusted_header",
            ),
            (
                "trusted_values = ['a']".to_owned(),
                "trusted_values needs trusted_header",
            ),
            (
                "trusted_header = 'a b'".to_owned(),
                "trusted_header must be the name of a header",
            ),
            (
                "trusted_header = 'a'\ntrusted_proxies = ['proxy']".to_owned(),
                "trusted_proxies must be addresses",
            ),
            (
                "tokens_file = ''".to_owned(),
                "tokens_file must name a file",
            ),
            (
                "tokens_file = '/nowhere/tokens'".to_owned(),
                "tokens_file: /nowhere/tokens cannot be read",
            ),
            ("private = 'yes'".to_owned(), "private"),
        ] {
            let why = privacy(&text).expect_err(&text);
            assert!(why.contains(expected), "{text}: {why}");
        }
        assert!(privacy("").expect("settings").is_none());
        assert!(
            privacy("private = false\nhidden_topics = ['']")
                .expect("settings")
                .is_none()
        );
        for text in [
            format!("private = true\n{token}"),
            format!("private = true\n{header}"),
            format!("hidden_topics = ['a.b']\n{token}{header}"),
            "hidden_categories = ['a']".to_owned(),
        ] {
            assert!(privacy(&text).expect(&text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_header_is_believed_from_proxies_alone() {
        let text = "hidden_topics = ['a']\ntrusted_header = 'X-User'\ntrusted_proxies = ['10.1.0.0/16', '::1', ' 192.0.2.7']";
        let header = privacy(text)
            .expect("settings")
            .and_then(|privacy| privacy.trusted);
        let header = header.expect("a header");
        for (peer, expected) in [
            ("10.1.255.3", true),
            ("10.2.0.1", false),
            ("::1", true),
            ("::2", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("::ffff:10.1.2.3", true),
            ("127.0.0.1", false),
        ] {
            let address = peer.parse().expect("an address");
            assert_eq!(header.is_believed_from(address), expected, "{peer}");
        }
    }

    #[test]
    fn a_header_admits_by_its_value_or_a_part_of_it() {
        let header = |values: &[&str]| TrustedHeader {
            name: HeaderName::from_static("x-groups"),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            proxies: Vec::new(),
        };
        for (values, value, expected) in [
            (&[][..], "anybody", true),
            (&[], "", false),
            (&[], "  ", false),
            (&["staff", "sysadmin"], "staff", true),
            (&["staff"], "people, staff", true),
            (&["staff"], "people,staffing", false),
            (&["staff"], "Staff", false),
            (&["staff"], "", false),
        ] {
            assert_eq!(
                header(values).admits(value),
                expected,
                "{values:?} {value:?}"
            );
        }
    }
}
