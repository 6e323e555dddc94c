//! Topics: whose environment a message comes from, and what it is about.

/// A topic in its parts; `org.fedoraproject.prod.buildsys.tag` is about `buildsys.tag`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Topic<'a> {
    /// Who sends, such as `org.fedoraproject`.
    pub(crate) site: &'a str,
    /// Of which environment, such as `prod` or `stg`.
    pub(crate) environment: &'a str,
    /// What the message is about: all but the first three words.
    pub(crate) about: &'a str,
}

impl<'a> Topic<'a> {
    /// Takes a topic apart. `None` for one of fewer than four words.
    pub(crate) fn parse(topic: &'a str) -> Option<Self> {
        let (first, _) = topic.match_indices('.').nth(1)?;
        let (environment, about) = topic[first + 1..].split_once('.')?;
        Some(Self {
            site: &topic[..first],
            environment,
            about,
        })
    }
}

/// Whether a topic without its first three words fits the pattern: the same words, or, if the pattern ends in `*`,
/// the same beginning.
pub(crate) fn fits(pattern: &str, about: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(front) => about.starts_with(front),
        None => about == pattern,
    }
}
