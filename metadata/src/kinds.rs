//! The kinds of subjects: what their names look like, and what else they tell.

use std::borrow::Cow;

use crate::meaning::Subject;
use crate::names::package_of_nvr;

/// A kind that has a shape.
pub(crate) struct Known {
    name: &'static str,
    /// What its names look like, in words.
    looks: &'static str,
    /// What of a text is the name; nothing where it looks like something else.
    shape: fn(&str) -> Option<&str>,
    /// The kind and the name of what is told along with it.
    along: fn(&str) -> Option<(&'static str, &str)>,
}

/// All kinds that have one. A repository is no subject itself: what is told along with it is.
static KNOWN: [Known; 14] = [
    known("nvr", NVR, nvr).along(|nvr| Some(("package", package_of_nvr(nvr)))),
    known("build", DIGITS, digits),
    known("task", DIGITS, digits),
    known("update", ALIAS, alias),
    known("pr", PULL_REQUEST, pull_request).along(|pr| Some((REPOSITORY, pr.split('#').next()?))),
    known("commit", "40 hexadecimal digits", commit),
    known("bug", DIGITS, digits),
    known("compose", COMPOSE, compose),
    known("copr", DIGITS, digits),
    known("package", WORD, package),
    known("container", WORD, package),
    known("module", WORD, package),
    known("flatpak", WORD, flatpak),
    known(
        REPOSITORY,
        "an address that ends in namespace/name",
        repository,
    )
    .along(kept_in),
];

pub(crate) const REPOSITORY: &str = "repository";

const NVR: &str =
    "name-version-release without epoch, such as bash-5.3-1.fc45: letters, digits and -._+~^";
const DIGITS: &str = "a number of digits";
const ALIAS: &str = "the alias of an update, such as FEDORA-2026-1a2b3c4d01";
const PULL_REQUEST: &str = "namespace/name#number, such as rpms/bash#7";
const COMPOSE: &str = "the name of a compose, which ends as -20260131.n.0 does";
const WORD: &str = "the name of a source package or the like: letters, digits and -._+";

const fn known(name: &'static str, looks: &'static str, shape: fn(&str) -> Option<&str>) -> Known {
    Known {
        name,
        looks,
        shape,
        along: |_| None,
    }
}

impl Known {
    const fn along(mut self, along: fn(&str) -> Option<(&'static str, &str)>) -> Self {
        self.along = along;
        self
    }

    fn named(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.name == name)
    }

    fn tell(&self, text: &str, found: &mut Vec<Subject>) {
        let Some(name) = (self.shape)(text) else {
            return;
        };
        if self.name != REPOSITORY {
            found.push(Subject {
                kind: Cow::Borrowed(self.name),
                name: name.to_owned(),
            });
        }
        if let Some((kind, text)) = (self.along)(name)
            && let Some(known) = Self::named(kind)
        {
            known.tell(text, found);
        }
    }
}

/// The subject of a kind that has a shape; nothing if the name looks like something else.
pub(crate) fn subject(kind: &str, name: &str) -> Option<Subject> {
    let known = Known::named(kind)?;
    (known.shape)(name).map(|name| Subject {
        kind: Cow::Borrowed(known.name),
        name: name.to_owned(),
    })
}

/// What the names of a kind look like, in words; nothing of kinds that only rules know, whose names may be any text.
#[must_use]
pub fn looks(kind: &str) -> Option<&'static str> {
    Known::named(kind).map(|known| known.looks)
}

/// The kinds of subjects that have a shape.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KNOWN
        .iter()
        .map(|known| known.name)
        .filter(|name| *name != REPOSITORY)
}

/// A kind as a rule file names it.
pub(crate) enum Kind {
    Known(&'static Known),
    /// One that only the file knows; any text is a name of it.
    New(String),
}

impl Kind {
    pub fn named(name: &str) -> Self {
        Known::named(name).map_or_else(|| Self::New(name.to_owned()), Self::Known)
    }

    /// Adds the subjects that a text is the name of, or none.
    pub fn tell(&self, text: &str, found: &mut Vec<Subject>) {
        match self {
            Self::Known(known) => known.tell(text, found),
            Self::New(kind) if !text.is_empty() => found.push(Subject {
                kind: Cow::Owned(kind.clone()),
                name: text.to_owned(),
            }),
            Self::New(_) => {}
        }
    }
}

/// `name-version-release`: two dashes or more, and nothing that RPM does not allow.
fn nvr(text: &str) -> Option<&str> {
    let mut parts = text.rsplitn(3, '-');
    let filled = (0..3).all(|_| parts.next().is_some_and(|part| !part.is_empty()));
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._+~^".contains(&b);
    (filled && text.bytes().all(allowed)).then_some(text)
}

/// The number of a build, task, bug or the like.
fn digits(text: &str) -> Option<&str> {
    is_number(text).then_some(text)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `FEDORA-EPEL-2026-1a2b3c4d5e`: capitals, a year, letters and digits.
fn alias(text: &str) -> Option<&str> {
    let mut parts = text.rsplitn(3, '-');
    let (id, year, prefix) = (parts.next()?, parts.next()?, parts.next()?);
    let capitals = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    let fits = prefix.starts_with(|c: char| c.is_ascii_uppercase())
        && prefix.bytes().all(capitals)
        && year.len() == 4
        && is_number(year)
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then_some(text)
}

/// `namespace/name#number`.
fn pull_request(text: &str) -> Option<&str> {
    let (path, number) = text.split_once('#')?;
    let (namespace, name) = path.split_once('/')?;
    (is_word(namespace) && is_word(name) && is_number(number)).then_some(text)
}

/// 40 hexadecimal digits.
fn commit(text: &str) -> Option<&str> {
    (text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())).then_some(text)
}

/// Whatever ends in `-YYYYMMDD.N` or `-YYYYMMDD.letter.N`.
fn compose(text: &str) -> Option<&str> {
    let (release, end) = text.rsplit_once('-')?;
    let (date, rest) = end.split_once('.')?;
    let number = match rest.split_once('.') {
        Some((letter, number)) if letter.bytes().all(|b| b.is_ascii_lowercase()) => number,
        Some(_) => return None,
        None => rest,
    };
    let fits = !release.is_empty() && date.len() == 8 && is_number(date) && is_number(number);
    fits.then_some(text)
}

fn package(text: &str) -> Option<&str> {
    is_word(text).then_some(text)
}

/// As a name in RPM or in a path.
fn is_word(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._+".contains(&b);
    !text.is_empty() && text.bytes().all(allowed)
}

fn flatpak(text: &str) -> Option<&str> {
    package(text.strip_suffix("-flatpak").unwrap_or(text))
}

/// The last two parts of a path or address.
fn repository(text: &str) -> Option<&str> {
    let path = text.trim_end_matches(['?', '/']);
    let path = path.strip_suffix(".git").unwrap_or(path);
    let name = path.rfind('/')?;
    let namespace = path[..name].rfind('/').map_or(0, |slash| slash + 1);
    Some(&path[namespace..])
}

/// What a repository of dist-git is kept for, by its namespace.
fn kept_in(repository: &str) -> Option<(&'static str, &str)> {
    let (namespace, name) = repository.split_once('/')?;
    let kind = match namespace {
        "rpms" => "package",
        "container" | "containers" => "container",
        "modules" => "module",
        "flatpaks" => "flatpak",
        _ => return None,
    };
    Some((kind, name))
}

#[cfg(test)]
mod tests {
    use super::Kind;

    fn told(kind: &str, text: &str) -> String {
        let mut found = Vec::new();
        Kind::named(kind).tell(text, &mut found);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        found.join(" ")
    }

    #[test]
    fn what_looks_like_its_kind_is_a_subject() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        for (kind, text, expected) in [
            (
                "nvr",
                "zoo-keeper-1.2~rc1-3.fc50",
                "nvr:zoo-keeper-1.2~rc1-3.fc50 package:zoo-keeper",
            ),
            ("nvr", "gtk+-1-2", "nvr:gtk+-1-2 package:gtk+"),
            ("build", "42", "build:42"),
            (
                "update",
                "FEDORA-EPEL-2012-6650",
                "update:FEDORA-EPEL-2012-6650",
            ),
            ("pr", "rpms/zoo#7", "pr:rpms/zoo#7 package:zoo"),
            ("pr", "tests/zoo#7", "pr:tests/zoo#7"),
            ("commit", hash, &format!("commit:{hash}")),
            (
                "compose",
                "Zoo-50-20500101.n.0",
                "compose:Zoo-50-20500101.n.0",
            ),
            ("compose", "Zoo-20500101.12", "compose:Zoo-20500101.12"),
            ("flatpak", "zoo-flatpak", "flatpak:zoo"),
            ("repository", "rpms/zoo", "package:zoo"),
            (
                "repository",
                "git+https://x.org/forks/ann/rpms/zoo.git",
                "package:zoo",
            ),
            ("repository", "https://x.org/modules/zoo.git?", "module:zoo"),
            ("repository", "container/zoo", "container:zoo"),
            ("repository", "containers/zoo/", "container:zoo"),
            ("repository", "flatpaks/zoo-flatpak", "flatpak:zoo"),
            ("cage", "No. 7", "cage:No. 7"),
        ] {
            assert_eq!(told(kind, text), expected, "{kind} {text}");
        }
    }

    #[test]
    fn what_looks_like_something_else_is_none() {
        for (kind, text) in [
            ("nvr", ""),
            ("nvr", "zoo-1"),
            ("nvr", "zoo--1"),
            ("nvr", "zoo-1-"),
            ("nvr", "-1-2"),
            ("nvr", "zoo-1:2-3"),
            ("nvr", "zoo-1-2 gate-1-2"),
            ("nvr", "the-zoo-keeper.git#0123"),
            ("nvr", "x/zoo-1-2"),
            ("build", ""),
            ("build", "-1"),
            ("task", "1.0"),
            ("bug", "rh1"),
            ("update", "FEDORA-2026-1a2b-EXTRA"),
            ("update", "zoo-2026-1"),
            ("update", "FEDORA-26-1"),
            ("pr", "zoo#7"),
            ("pr", "/zoo#7"),
            ("pr", "forks/ann/zoo#7"),
            ("pr", "rpms/zoo#"),
            ("pr", "rpms/zoo"),
            ("commit", "0123456789abcdef"),
            ("commit", "z123456789abcdef0123456789abcdef01234567"),
            ("compose", "Zoo-50-20500101.n.0.iso"),
            ("compose", "Zoo-50-20500101.n.0-EXTRA"),
            ("compose", "Zoo-50-2050.n.0"),
            ("compose", "Zoo-50-20500101"),
            ("compose", "Zoo-50-20500101.n.0.x86_64.box"),
            ("package", "Package Review"),
            ("package", ""),
            ("flatpak", "-flatpak"),
            ("repository", "zoo"),
            ("repository", "tests/zoo"),
            ("repository", "rpms/"),
            ("cage", ""),
        ] {
            assert_eq!(told(kind, text), "", "{kind} {text}");
        }
    }
}
