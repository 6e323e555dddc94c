//! A request as it is put to both services.

use std::fmt;

use crate::target::Target;

/// The methods that change nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Method {
    Get,
    Head,
}

impl Method {
    /// From its word; `None` for all other methods.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "GET" => Some(Self::Get),
            "HEAD" => Some(Self::Head),
            _ => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }
}

/// What a client asks.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Question {
    pub method: Method,
    pub target: Target,
    /// The header `Accept`; `None` is a request without it.
    pub accept: Option<String>,
    /// The header `Origin`, as browsers send it from other sites.
    pub origin: Option<String>,
}

impl Question {
    /// Asks for something else in the same way.
    #[must_use]
    pub fn of(&self, target: Target) -> Self {
        Self {
            target,
            ..self.clone()
        }
    }

    /// The headers that it is sent with.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let accept = self.accept.as_deref().map(|value| ("Accept", value));
        let origin = self.origin.as_deref().map(|value| ("Origin", value));
        accept.into_iter().chain(origin)
    }

    /// A command line that asks the service mounted at `base`.
    pub fn curl(&self, base: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let flag = if self.method == Method::Head {
            "-sI"
        } else {
            "-si"
        };
        // Without a header in the request, curl would send its own.
        let none = self.accept.is_none().then(|| " -H 'Accept:'".to_owned());
        let headers: String = none
            .into_iter()
            .chain(
                self.headers()
                    .map(|(name, value)| format!(" -H {}", quoted(&format!("{name}: {value}")))),
            )
            .collect();
        format!(
            "curl {flag}{headers} {}",
            quoted(&format!("{base}{}", self.target))
        )
    }
}

/// A question that is to be asked.
pub struct Wanted {
    pub question: Question,
    /// How often it was seen.
    pub times: u64,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.word(), self.target)
    }
}
