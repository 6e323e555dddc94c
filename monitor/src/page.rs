//! What is answered, and to which path.

use hyper::header::{HeaderMap, HeaderValue};

/// An answer. All are of now: none is to be kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    /// The status of HTTP.
    pub status: u16,
    /// What kind of text it is.
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}

type Handler = Box<dyn Fn(&HeaderMap<HeaderValue>) -> Page + Send + Sync>;

/// The pages of a listener, by path.
#[derive(Default)]
pub struct Pages(Vec<(&'static str, Handler)>);

impl Pages {
    /// Adds the page of a path, or of all below it if it ends with a slash. It is made anew for each request, from
    /// its headers, and must not block.
    #[must_use]
    pub fn with(
        mut self,
        path: &'static str,
        page: impl Fn(&HeaderMap<HeaderValue>) -> Page + Send + Sync + 'static,
    ) -> Self {
        self.0.push((path, Box::new(page)));
        self
    }

    /// The page of a path; nothing if there is none.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap<HeaderValue>) -> Option<Page> {
        let is_of = |known: &str| known == path || known.ends_with('/') && path.starts_with(known);
        let (_, page) = self.0.iter().find(|(known, _)| is_of(known))?;
        Some(page(headers))
    }

    /// All paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(path, _)| *path)
    }
}

impl Page {
    /// A text for people.
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: body.into(),
        }
    }
}
