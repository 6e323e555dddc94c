//! Who may see what: tells from a request whether it is admitted.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use service::error_chain;

use crate::config::privacy::{Privacy, TrustedHeader};
use crate::config::tokens::{Tokens, TokensFrom};
use crate::reply::error::ApiError;
use crate::request::query::Query;

/// What a request may see.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sight {
    /// Everything, as it shows a token.
    All,
    /// Everything, as a proxy knows who asks. Any page could have the browser of somebody whom it knows ask.
    Known,
    /// What is not hidden.
    Shown,
}

/// Who is admitted.
pub struct Guard {
    private: bool,
    tokens: Option<(TokensFrom, RwLock<Arc<Tokens>>)>,
    trusted: Option<TrustedHeader>,
}

impl Guard {
    /// Admits as these settings say.
    pub fn new(privacy: &Privacy) -> Self {
        let tokens = privacy.tokens.clone();
        Self {
            private: privacy.private,
            tokens: tokens.map(|(from, tokens)| (from, RwLock::new(Arc::new(tokens)))),
            trusted: privacy.trusted.clone(),
        }
    }

    /// What a request with these headers from this address may see; `query` is its query string. A token that is none
    /// of ours is refused, so that who has an old one learns it, and does not take a part for everything.
    pub fn judge(
        &self,
        headers: &HeaderMap,
        query: &str,
        peer: Option<IpAddr>,
    ) -> Result<Sight, ApiError> {
        if self.trusts(headers, peer) && !is_called_back(query) {
            return Ok(match self.by_token(headers) {
                Ok(Sight::All) => Sight::All,
                _ => Sight::Known,
            });
        }
        self.by_token(headers)
    }

    /// What a request may see of which a proxy says nothing.
    fn by_token(&self, headers: &HeaderMap) -> Result<Sight, ApiError> {
        match (&self.tokens, token(headers)) {
            (Some((_, tokens)), Shows::Token(token)) => {
                let tokens = tokens.read().unwrap_or_else(PoisonError::into_inner);
                match tokens.have(token) {
                    true => Ok(Sight::All),
                    false => Err(ApiError::WrongToken),
                }
            }
            (Some(_), Shows::Nonsense) => Err(ApiError::WrongToken),
            _ if self.private => Err(ApiError::NoToken),
            _ => Ok(Sight::Shown),
        }
    }

    /// Whether a proxy that is believed says that it knows who asks. Of two such headers one may be the client's.
    fn trusts(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> bool {
        let (Some(trusted), Some(peer)) = (&self.trusted, peer) else {
            return false;
        };
        let mut values = headers.get_all(&trusted.name);
        let (Some(value), None) = (values.next(), values.next()) else {
            return false;
        };
        let admits = |value: &str| trusted.admits(value);
        trusted.is_believed_from(peer) && value.to_str().is_ok_and(admits)
    }

    /// The names of the headers that answers depend on, as `Vary` has them.
    pub fn headers(&self) -> String {
        let mut names = Vec::new();
        if self.tokens.is_some() {
            names.push("Authorization");
        }
        names.extend(self.trusted.as_ref().map(|trusted| trusted.name.as_str()));
        names.join(", ")
    }

    /// How many tokens admit.
    pub fn tokens(&self) -> usize {
        let count = |tokens: &RwLock<Arc<Tokens>>| {
            tokens
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .count()
        };
        self.tokens.as_ref().map_or(0, |(_, tokens)| count(tokens))
    }

    /// Reads the tokens again, and logs it. Where something is wrong with the new ones, the old ones stay.
    pub fn read_again(&self) {
        let Some((from, tokens)) = &self.tokens else {
            return;
        };
        match from.read() {
            Ok(new) => {
                tracing::info!(tokens = new.count(), "tokens read again");
                *tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
            }
            Err(error) => {
                tracing::error!(error = error_chain(&error), "tokens not read again");
            }
        }
    }
}

/// What a request shows to be admitted.
enum Shows<'a> {
    Nothing,
    Token(&'a str),
    /// What may have been meant as a token.
    Nonsense,
}

/// The token of a bearer (RFC 6750). Other schemes are for somebody else, such as a proxy.
fn token(headers: &HeaderMap) -> Shows<'_> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = match (values.next(), values.next()) {
        (None, _) => return Shows::Nothing,
        (Some(value), None) => value.to_str().map(str::trim),
        _ => return Shows::Nonsense,
    };
    match value.map(|value| value.split_once(' ')) {
        Ok(Some((scheme, token))) if scheme.eq_ignore_ascii_case("bearer") => {
            Shows::Token(token.trim())
        }
        Ok(Some(_)) => Shows::Nothing,
        Ok(None) | Err(_) => Shows::Nonsense,
    }
}

/// Whether the answer is to be a script. Any page can have a browser ask for one, and the proxy knows the browser.
fn is_called_back(query: &str) -> bool {
    let Ok(query) = Query::parse(query) else {
        return true;
    };
    query.first("callback").is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use archive::Hidden;

    use super::*;

    const TOKEN: &str = "8u1Yq0bWbYt2m9Zk";

    fn guard(private: bool, has_tokens: bool, has_header: bool) -> Guard {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), TOKEN).expect("written");
        let from = TokensFrom::File(file.path().to_owned());
        let tokens = from.read().expect("tokens");
        let trusted = || TrustedHeader {
            name: "x-user".parse().expect("a name"),
            values: Vec::new(),
            proxies: vec!["192.0.2.0/24".parse().expect("a network")],
        };
        Guard::new(&Privacy {
            private,
            hidden: Hidden::default(),
            tokens: has_tokens.then_some((from, tokens)),
            trusted: has_header.then(trusted),
        })
    }

    /// What a request with these headers may see.
    fn judged(guard: &Guard, headers: &[(&str, &str)], query: &str, peer: &str) -> String {
        let mut request = TestRequest::default();
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        let request = request.to_http_request();
        let peer = peer.parse().expect("an address");
        match guard.judge(request.headers(), query, Some(peer)) {
            Ok(Sight::All) => "all".to_owned(),
            Ok(Sight::Known) => "known".to_owned(),
            Ok(Sight::Shown) => "shown".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn a_token_admits_and_a_wrong_one_is_refused() {
        let right = format!("Bearer {TOKEN}");
        let (small, blanks) = (format!("bearer {TOKEN}"), format!(" Bearer   {TOKEN} "));
        let authorization = |value| [("authorization", value)];
        for (value, expected) in [
            (&*right, "all"),
            (&small, "all"),
            (&blanks, "all"),
            ("Bearer 8u1Yq0bWbYt2m9Zkk", "WrongToken"),
            ("Bearer ", "WrongToken"),
            ("Bearer", "WrongToken"),
            (TOKEN, "WrongToken"),
            ("", "WrongToken"),
        ] {
            for private in [false, true] {
                let guard = guard(private, true, false);
                let found = judged(&guard, &authorization(value), "", "192.0.2.1");
                assert_eq!(found, expected, "{value}");
            }
        }
        let twice = [("authorization", &*right), ("authorization", "Bearer x")];
        let found = judged(&guard(false, true, false), &twice, "", "192.0.2.1");
        assert_eq!(found, "WrongToken");
        // What is for a proxy.
        let basic = authorization("Basic dTpw");
        for (private, expected) in [(false, "shown"), (true, "NoToken")] {
            let guard = guard(private, true, true);
            assert_eq!(judged(&guard, &basic, "", "192.0.2.1"), expected);
            assert_eq!(judged(&guard, &[], "", "192.0.2.1"), expected);
        }
        let without = guard(false, false, true);
        let found = judged(&without, &authorization(&right), "", "192.0.2.1");
        assert_eq!(found, "shown", "it takes no tokens");
    }

    #[test]
    fn the_header_admits_from_a_proxy_once_and_not_for_a_script() {
        let guard = guard(false, true, true);
        let unread = format!("user={}", "x".repeat(40_000));
        let user = [("x-user", "alice")];
        let twice = [("x-user", "alice"), ("X-User", "bob")];
        let with_wrong = [("x-user", "alice"), ("authorization", "Bearer x")];
        let right = format!("Bearer {TOKEN}");
        let with_right = [("x-user", "alice"), ("authorization", &*right)];
        for (headers, query, peer, expected) in [
            (&user[..], "", "192.0.2.1", "known"),
            (&user, "callback=&user=x", "192.0.2.1", "known"),
            (&user, "", "198.51.100.1", "shown"),
            (&user, "callback=f", "192.0.2.1", "shown"),
            (&user, "user=x&%63allback=f", "192.0.2.1", "shown"),
            (&user, &unread, "192.0.2.1", "shown"),
            (&twice, "", "192.0.2.1", "shown"),
            (&[("x-user", "")], "", "192.0.2.1", "shown"),
            (&with_wrong, "", "192.0.2.1", "known"),
            (&with_right, "", "192.0.2.1", "all"),
            (&with_wrong, "", "198.51.100.1", "WrongToken"),
        ] {
            let found = judged(&guard, headers, query, peer);
            assert_eq!(found, expected, "{headers:?} {query} {peer}");
        }
        let token = [("authorization", &*right)];
        assert_eq!(judged(&guard, &token, "callback=f", "192.0.2.1"), "all");
    }

    #[test]
    fn answers_depend_on_what_admits() {
        let headers = |tokens, header| guard(true, tokens, header).headers();
        assert_eq!(headers(true, true), "Authorization, x-user");
        assert_eq!(headers(true, false), "Authorization");
        assert_eq!(headers(false, true), "x-user");
    }
}
