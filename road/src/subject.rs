//! What a road can be asked of: `kind:name`, and what names must look like.

use std::fmt;

/// A thing that has a road.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Subject {
    /// A build by its name, version and release.
    Nvr(String),
    /// An update by its alias.
    Update(String),
    /// A pull request of dist-git, `namespace/name#number`.
    Pr(String),
    /// A task of koji.
    Task(String),
    /// A commit, 40 hexadecimal digits.
    Commit(String),
    /// A build by its number in koji.
    Build(String),
    /// A source package.
    Package(String),
}

impl Subject {
    /// Reads `kind:name`. `None` for kinds without a road and for names that do not look like their kind.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        let named = |made: fn(String) -> Self, good: bool| good.then(|| made(name.to_owned()));
        match kind {
            "nvr" => named(Self::Nvr, is_nvr(name)),
            "update" => named(Self::Update, !name.is_empty()),
            "pr" => named(Self::Pr, is_pull_request(name)),
            "task" => named(Self::Task, is_number(name)),
            "commit" => named(Self::Commit, is_commit(name)),
            "build" => named(Self::Build, is_number(name)),
            "package" => named(Self::Package, !name.is_empty()),
            _ => None,
        }
    }
}

impl Subject {
    /// The kind and the name.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Nvr(name) => ("nvr", name),
            Self::Update(name) => ("update", name),
            Self::Pr(name) => ("pr", name),
            Self::Task(name) => ("task", name),
            Self::Commit(name) => ("commit", name),
            Self::Build(name) => ("build", name),
            Self::Package(name) => ("package", name),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = self.parts();
        write!(formatter, "{kind}:{name}")
    }
}

/// Name, version and release of a build; names may have dashes. `None` if one of them is missing.
pub(crate) fn split_nvr(nvr: &str) -> Option<(&str, &str, &str)> {
    let (front, release) = nvr.rsplit_once('-')?;
    let (name, version) = front.rsplit_once('-')?;
    let whole = !name.is_empty() && !version.is_empty() && !release.is_empty();
    whole.then_some((name, version, release))
}

/// The package that a build was made of, by the build's name; empty for what is no build's name.
pub(crate) fn package_of(nvr: &str) -> &str {
    split_nvr(nvr).map_or("", |(name, _, _)| name)
}

/// Whether the text is name, version and release, without blanks.
pub(crate) fn is_nvr(text: &str) -> bool {
    split_nvr(text).is_some() && !text.contains(char::is_whitespace)
}

/// Whether the text is the full name of a commit.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the text is a number as koji gives them to builds and tasks.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is `namespace/name#number`.
fn is_pull_request(text: &str) -> bool {
    text.split_once('#').is_some_and(|(project, number)| {
        is_number(number)
            && project
                .split_once('/')
                .is_some_and(|(space, name)| !space.is_empty() && !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_written_as_they_are_read() {
        let commit = format!("commit:{}", "a1".repeat(20));
        for text in [
            "nvr:a-b-1.0-2.fc45",
            "update:X",
            "pr:rpms/a#7",
            "task:12",
            &commit,
            "build:12",
            "package:a",
        ] {
            let read = Subject::parse(text).map(|subject| subject.to_string());
            assert_eq!(read.as_deref(), Some(text));
        }
    }

    #[test]
    fn what_does_not_look_like_its_kind_is_no_subject() {
        for text in [
            "",
            "nvr",
            "nvr:",
            "nvr:a-1",
            "nvr:a--1",
            "nvr:a b-1-2",
            "pr:rpms#7",
            "pr:/a#7",
            "pr:rpms/a#x",
            "task:a",
            "task:",
            "commit:a1",
            "build:-1",
            "package:",
            "update:",
            "bug:12",
            "compose:X",
        ] {
            assert_eq!(Subject::parse(text), None, "{text}");
        }
    }
}
