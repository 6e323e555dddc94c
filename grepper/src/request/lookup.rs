//! What somebody looks for who gives a name, a number or an address, and does not say of what.

use std::sync::LazyLock;

use metadata::{Rules, Subject};
use percent_encoding::percent_decode_str;
use regex::Regex;

use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// Characters that may be looked for: an address with room to spare.
const LONGEST: usize = 1000;

/// What somebody looks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sought {
    /// What messages are about, and in which environment, such as `prod`.
    Subject(Subject, &'static str),
    /// A message by its id.
    Message(String),
    /// Messages with this topic.
    Topic(String),
    /// A number, which things of several kinds have.
    Number(String),
    /// The first characters of a commit or of a message's id, by which none can be found, unless a package is called
    /// like that.
    Part(String),
    /// Nothing was asked for, or it looks like nothing that is known.
    Unknown,
}

/// The text that is looked for, without blanks around it.
pub fn text(query: &Query) -> Result<&str, BadRequest> {
    let text = query.first("q").unwrap_or_default().trim();
    if text.chars().count() > LONGEST {
        let allowed = format!("at most {LONGEST} characters long");
        return Err(BadRequest::new("q", text, allowed));
    }
    Ok(text)
}

/// The kind of name that is looked for, one of `kinds`, and the name: where the request says which, or the text does, as
/// rows have users. `None` if it may be anything.
pub fn name_of<'t>(
    query: &Query,
    text: &'t str,
    kinds: &[&'static str],
) -> Result<Option<(&'static str, &'t str)>, BadRequest> {
    let of_user = text.strip_prefix('@').filter(|name| !name.is_empty());
    match query
        .first("kind")
        .map(str::trim)
        .filter(|kind| !kind.is_empty())
    {
        Some(given) => match kinds.iter().find(|kind| **kind == given) {
            Some(&kind) => {
                let name = of_user.filter(|_| kind == "user").unwrap_or(text);
                Ok(Some((kind, name)).filter(|_| !name.is_empty()))
            }
            None => {
                let allowed = format!("one of {}", kinds.join(", "));
                Err(BadRequest::new("kind", given, allowed))
            }
        },
        None => Ok(of_user.map(|name| ("user", name))),
    }
}

impl Sought {
    /// Knows what a text means by its looks alone.
    pub fn recognise(text: &str, rules: &Rules) -> Self {
        let text = text.trim();
        let is_address = ["http://", "https://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        let environment = match text {
            text if is_address && text.contains(".stg.") => "stg",
            _ => "prod",
        };
        let subject = |written: &str| {
            let subject = rules.subject(written).ok()?;
            Some(Self::Subject(subject, environment))
        };
        if is_address {
            let address = percent_decode_str(text).decode_utf8_lossy();
            return by_shape(&ADDRESSES, &address)
                .and_then(|(kind, name)| of(kind, name, subject))
                .unwrap_or(Self::Unknown);
        }
        subject(text)
            .or_else(|| {
                let (kind, name) = by_shape(&TEXTS, text)?;
                of(kind, name, subject)
            })
            .or_else(|| {
                ["update", "compose"]
                    .iter()
                    .find_map(|kind| subject(&format!("{kind}:{text}")))
            })
            .or_else(|| subject(&format!("nvr:{}", nvr(text)?)))
            .or_else(|| subject(&format!("package:{text}")))
            .unwrap_or(Self::Unknown)
    }
}

/// What a text of this shape means; the names of shapes are kinds of subjects but for these.
fn of(kind: &str, name: String, subject: impl Fn(&str) -> Option<Sought>) -> Option<Sought> {
    match kind {
        "message" => Some(Sought::Message(name)),
        // Nobody writes them in capitals but those who copy by hand.
        "uuid" => Some(Sought::Message(name.to_ascii_lowercase())),
        "topic" => Some(Sought::Topic(name)),
        "number" => Some(Sought::Number(name)),
        "part" => Some(Sought::Part(name)),
        // Its parts, as they were joined by what parts are joined by.
        "plain uuid" => Some(Sought::Message(name.replace('#', "-").to_ascii_lowercase())),
        "project" => {
            let (namespace, name) = name.split_once('#')?;
            let (_, kind) = NAMESPACES.iter().find(|(of, _)| *of == namespace)?;
            subject(&format!("{kind}:{name}"))
        }
        "commit" => subject(&format!("commit:{}", name.to_ascii_lowercase())),
        "alias" => subject(&format!("update:{}", alias(&name))),
        _ => subject(&format!("{kind}:{name}")),
    }
}

type Shapes = LazyLock<Vec<(Regex, &'static str)>>;

/// Addresses of pages that people have before them. The first that fits tells.
static ADDRESSES: Shapes = LazyLock::new(|| {
    shapes(&[
        (r"/id/?\?(?:.*&)?id=([^&#]+)", "message"),
        (r"[?&]taskID=([0-9]+)", "task"),
        (r"[?&]buildID=([0-9]+)", "build"),
        (r"/updates/([A-Z0-9-]+-[0-9a-zA-Z]+)", "update"),
        (r"/updates/?\?(?:.*&)?packages=([^&#]+)", "package"),
        (
            r"//bugzilla[^/]*/(?:show_bug\.cgi\?(?:.*&)?id=)?([0-9]+)",
            "bug",
        ),
        (r"//bugz[^/]*/([0-9]+)", "bug"),
        (r"/([^/]+/[^/]+)/pull-request/([0-9]+)", "pr"),
        (r"/c/([0-9a-f]{40})", "commit"),
        (r"//copr[^/]*/.*/build/([0-9]+)", "copr"),
        (
            r"/(rpms|pkgs|containers|modules|flatpaks)/([^/?#]+)",
            "project",
        ),
    ])
});

/// Texts that have a shape of their own. The first that fits tells.
static TEXTS: Shapes = LazyLock::new(|| {
    shapes(&[
        (
            r"^((?:[0-9]{4}-)?(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))$",
            "uuid",
        ),
        (r"^(?i:bug|bz|rhbz)?\s*#\s*([0-9]+)$", "bug"),
        (r"^(?i:bug|bz|rhbz)\s*([0-9]+)$", "bug"),
        (r"^(?i:task)\s*#?\s*([0-9]+)$", "task"),
        (r"^(?i:build)\s*#?\s*([0-9]+)$", "build"),
        (r"^([0-9]+)$", "number"),
        (r"^([0-9a-fA-F]{40})$", "commit"),
        (
            r"^(?i)([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$",
            "plain uuid",
        ),
        (r"^([0-9a-fA-F]{7,39})$", "part"),
        (
            r"^((?:[0-9]{4}-)?(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){0,3}-[0-9a-f]{0,11}))$",
            "part",
        ),
        (r"^(?i)(fedora(?:-[a-z]+)*-[0-9]{4}-[0-9a-f]{10})$", "alias"),
        (r"^([^/\s]+/[^/\s#]+#[0-9]+)$", "pr"),
        (
            r"^(rpms|containers|modules|flatpaks)/([^/\s#]+)$",
            "project",
        ),
        (r"^([^.\s]+\.[^.\s]+\.(?:prod|stg|dev)\.\S+)$", "topic"),
    ])
});

/// Namespaces of projects in dist-git and on the pages of packages, and what kind of subject a project there is.
const NAMESPACES: [(&str, &str); 5] = [
    ("rpms", "package"),
    ("pkgs", "package"),
    ("containers", "container"),
    ("modules", "module"),
    ("flatpaks", "flatpak"),
];

fn shapes(written: &[(&str, &'static str)]) -> Vec<(Regex, &'static str)> {
    let compiled = |(shape, kind): &(&str, &'static str)| {
        (
            Regex::new(shape).expect("a constant that a test compiles"),
            *kind,
        )
    };
    written.iter().map(compiled).collect()
}

/// The kind of the first shape that fits, and the name in it.
fn by_shape(shapes: &Shapes, text: &str) -> Option<(&'static str, String)> {
    shapes.iter().find_map(|(shape, kind)| {
        let found = shape.captures(text)?;
        let parts = found.iter().skip(1).flatten().map(|part| part.as_str());
        Some((*kind, parts.collect::<Vec<_>>().join("#")))
    })
}

/// The alias of an update as Bodhi writes it: capitals, and the digits of a hash.
fn alias(text: &str) -> String {
    let (front, hash) = text.rsplit_once('-').unwrap_or(("", text));
    format!(
        "{}-{}",
        front.to_ascii_uppercase(),
        hash.to_ascii_lowercase()
    )
}

/// What packages are built for, by which the names of their files end.
const ARCHITECTURES: [&str; 14] = [
    "x86_64", "aarch64", "ppc64le", "s390x", "riscv64", "noarch", "src", "i686", "i586", "i386",
    "armv7hl", "ppc64", "ppc", "s390",
];

/// A build's name, perhaps with epoch (`1:zsh-5.9-1` or `zsh-1:5.9-1`), with an architecture, or as the name of a
/// package's file. Packages have dashes in their names as well; releases begin with a digit.
fn nvr(text: &str) -> Option<String> {
    let text = text.strip_suffix(".rpm").unwrap_or(text);
    let text = match text.rsplit_once('.') {
        Some((front, end)) if ARCHITECTURES.contains(&end) => front,
        _ => text,
    };
    let is_epoch = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = match text.split_once(':') {
        Some((epoch, rest)) if is_epoch(epoch) => rest,
        _ => text,
    };
    let (front, release) = text.rsplit_once('-')?;
    let (name, version) = front.rsplit_once('-')?;
    let version = version
        .split_once(':')
        .map_or(version, |(_, version)| version);
    let is_release = release.starts_with(|first: char| first.is_ascii_digit());
    is_release.then(|| format!("{name}-{version}-{release}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is recognised, as `kind:name`.
    fn recognised(text: &str) -> String {
        match Sought::recognise(text, &Rules::embedded()) {
            Sought::Subject(subject, "prod") => subject.to_string(),
            Sought::Subject(subject, environment) => format!("{environment} {subject}"),
            Sought::Message(id) => format!("message:{id}"),
            Sought::Topic(topic) => format!("topic:{topic}"),
            Sought::Number(number) => format!("number:{number}"),
            Sought::Part(text) => format!("part:{text}"),
            Sought::Unknown => String::new(),
        }
    }

    #[test]
    fn names_and_numbers_are_known_by_their_looks() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (text, expected) in [
            (" zsh-5.9-1.fc50 ", "nvr:zsh-5.9-1.fc50"),
            ("zsh-5.9-1.fc50.src.rpm", "nvr:zsh-5.9-1.fc50"),
            ("zsh-1:5.9-1.fc50", "nvr:zsh-5.9-1.fc50"),
            ("1:zsh-5.9-1.fc50", "nvr:zsh-5.9-1.fc50"),
            ("zsh-5.9-1.fc50.x86_64.rpm", "nvr:zsh-5.9-1.fc50"),
            ("zsh-5.9-1.fc50.noarch.rpm", "nvr:zsh-5.9-1.fc50"),
            ("zsh-5.9-1.fc50.aarch64", "nvr:zsh-5.9-1.fc50"),
            ("1:zsh-5.9-1.fc50.s390x", "nvr:zsh-5.9-1.fc50"),
            ("zsh-5.9-1.rpm", "nvr:zsh-5.9-1"),
            ("fedora-2050-1a2b3c4d01", "update:FEDORA-2050-1a2b3c4d01"),
            (
                "Fedora-Epel-2050-1A2B3C4D01",
                "update:FEDORA-EPEL-2050-1a2b3c4d01",
            ),
            ("fedora-repos-50-1", "nvr:fedora-repos-50-1"),
            ("perl-Test-Simple", "package:perl-Test-Simple"),
            ("java-1.8.0-openjdk", "package:java-1.8.0-openjdk"),
            ("gtk+", "package:gtk+"),
            ("FEDORA-2050-1a2b3c4d01", "update:FEDORA-2050-1a2b3c4d01"),
            (
                "FEDORA-EPEL-2050-1a2b3c4d01",
                "update:FEDORA-EPEL-2050-1a2b3c4d01",
            ),
            ("Fedora-50-20500101.n.0", "compose:Fedora-50-20500101.n.0"),
            ("rpms/zsh#7", "pr:rpms/zsh#7"),
            (commit, &format!("commit:{commit}")),
            (&commit.to_uppercase(), &format!("commit:{commit}")),
            ("131000101", "number:131000101"),
            ("dc60c4a", "part:dc60c4a"),
            ("defaced", "part:defaced"),
            ("a52dec", "package:a52dec"),
            ("rpms/zsh", "package:zsh"),
            ("containers/zsh", "container:zsh"),
            ("flatpaks/zsh", "flatpak:zsh"),
            ("zoo/zsh", ""),
            ("#2000001", "bug:2000001"),
            ("rhbz#2000001", "bug:2000001"),
            ("Bug 2000001", "bug:2000001"),
            ("task 7", "task:7"),
            ("build #7", "build:7"),
            ("task:7", "task:7"),
            ("flatpak:zsh-flatpak", "flatpak:zsh"),
            ("copr:7", "copr:7"),
            (
                "75f5e27d-6409-4481-8396-25ef69ed8177",
                "message:75f5e27d-6409-4481-8396-25ef69ed8177",
            ),
            (
                "2013-75f5e27d-6409-4481-8396-25ef69ed8177",
                "message:2013-75f5e27d-6409-4481-8396-25ef69ed8177",
            ),
            (
                "75F5E27D-6409-4481-8396-25EF69ED8177",
                "message:75f5e27d-6409-4481-8396-25ef69ed8177",
            ),
            (
                "75f5e27d640944818396-25EF69ED8177",
                "package:75f5e27d640944818396-25EF69ED8177",
            ),
            ("75f5e27d640944818396 25EF69ED8177", ""),
            (
                "75f5e27d64094481839625EF69ED8177",
                "message:75f5e27d-6409-4481-8396-25ef69ed8177",
            ),
            ("75f5e27d-6409-4481", "part:75f5e27d-6409-4481"),
            ("75f5e27d-6409-", "part:75f5e27d-6409-"),
            ("2013-75f5e27d-64", "part:2013-75f5e27d-64"),
            ("org.zoo.prod.git.receive", "topic:org.zoo.prod.git.receive"),
            ("", ""),
            ("what is this?", ""),
        ] {
            assert_eq!(recognised(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_lead_to_what_their_pages_show() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (address, expected) in [
            ("https://koji.zoo.org/koji/taskinfo?taskID=7", "task:7"),
            (
                "https://koji.stg.zoo.org/koji/buildinfo?buildID=8",
                "stg build:8",
            ),
            (
                "https://bodhi.zoo.org/updates/FEDORA-2050-1a2b3c4d01",
                "update:FEDORA-2050-1a2b3c4d01",
            ),
            (
                "https://bodhi.zoo.org/updates/?search=&packages=gtk%2B&page=2",
                "package:gtk+",
            ),
            (
                "https://bodhi.stg.zoo.org/updates?packages=zsh",
                "stg package:zsh",
            ),
            ("https://bugzilla.zoo.com/show_bug.cgi?id=9", "bug:9"),
            ("https://bugzilla.zoo.com/9", "bug:9"),
            (
                "https://src.zoo.org/rpms/zsh/pull-request/7#comment-1",
                "pr:rpms/zsh#7",
            ),
            (
                &format!("https://src.zoo.org/rpms/zsh/c/{commit}?branch=rawhide"),
                &format!("commit:{commit}"),
            ),
            ("https://src.zoo.org/rpms/gtk%2B", "package:gtk+"),
            ("https://packages.zoo.org/pkgs/zsh/", "package:zsh"),
            ("https://copr.zoo.org/coprs/ann/lion/build/7/", "copr:7"),
            (
                "https://zoo.org/datagrepper/v2/id?is_raw=true&id=a-b",
                "message:a-b",
            ),
            ("https://zoo.org/", ""),
        ] {
            assert_eq!(recognised(address), expected, "{address}");
        }
    }

    #[test]
    fn what_is_far_too_long_is_refused() {
        let query = Query::parse(&format!("q={}", "a".repeat(LONGEST + 1))).expect("a query");
        assert_eq!(text(&query).expect_err("refused").parameter, "q");
        assert_eq!(
            text(&Query::parse("q=+zsh+&x=1").expect("a query")),
            Ok("zsh")
        );
        assert_eq!(text(&Query::default()), Ok(""));
    }
}
