//! The URL of the broker's management API, which has a user and a password.

use percent_encoding::percent_decode_str;
use service::Secret;

/// Where the management API is, and who asks.
#[derive(Clone, Debug)]
pub struct Management {
    /// Its address, without a slash at the end, and without user and password.
    pub base: String,
    /// The user.
    pub user: String,
    /// The user's password.
    pub password: Secret,
}

impl Management {
    /// Parses the URL. The error never repeats it.
    pub fn parse(url: &Secret) -> Result<Self, String> {
        let refused = || {
            "must be http:// or https://, with user, password, host and port, such as http://user:password@rabbit:15672; \
             in user and password, all but letters and digits is percent-encoded"
                .to_owned()
        };
        let (scheme, rest) = url.reveal().split_once("://").ok_or_else(refused)?;
        let (user, place) = rest.rsplit_once('@').ok_or_else(refused)?;
        let (user, password) = user.split_once(':').ok_or_else(refused)?;
        let is_odd = |c: char| matches!(c, '/' | '?' | '#' | '@') || c.is_whitespace();
        let host = place.split('/').next().unwrap_or_default();
        let odd_place = place.contains(|c: char| c != '/' && is_odd(c)) || host.is_empty();
        if !matches!(scheme, "http" | "https")
            || odd_place
            || [user, password].iter().any(|text| text.contains(is_odd))
        {
            return Err(refused());
        }
        let plain = |text| {
            percent_decode_str(text)
                .decode_utf8()
                .map_err(|_| refused())
        };
        Ok(Self {
            base: format!("{scheme}://{}", place.trim_end_matches('/')),
            user: plain(user)?.into_owned(),
            password: plain(password)?.into_owned().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_has_a_user_and_a_password() {
        let url = "https://nom%40mer:s3c%2Fret@rabbit:15671/prefix/".to_owned();
        let Management {
            base,
            user,
            password,
        } = Management::parse(&url.into()).expect("a URL");
        assert_eq!(base, "https://rabbit:15671/prefix");
        assert_eq!((user.as_str(), password.reveal()), ("nom@mer", "s3c/ret"));
    }

    #[test]
    fn what_is_none_is_refused_without_the_password() {
        for url in [
            "amqp://u:s3cret@h",
            "http://h:15672",
            "http://u@h",
            "http://u:s3c/ret@h",
            "http://u:s3cret@",
            "http://u:s3cret@h?x",
            "u:s3cret@h",
        ] {
            let error = Management::parse(&url.to_owned().into()).expect_err(url);
            assert!(
                error.contains("must be http://") && !error.contains("s3c"),
                "{error}"
            );
        }
    }
}
