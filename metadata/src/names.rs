//! Names of people and packages, as they stand in other texts.

use std::fmt;

use sha2::{Digest, Sha256};

/// The account behind an OpenID or an address of the project; a plain name is
/// an account, any other address is nobody's.
pub(crate) fn account(name: &str) -> Option<&str> {
    let identity = name.trim_end_matches('/');
    if let Some(name) = identity.strip_suffix(".id.fedoraproject.org") {
        return name.rsplit('/').next();
    }
    match name.split_once('@') {
        Some((name, "fedoraproject.org")) => Some(name),
        Some(_) => None,
        None => Some(name),
    }
}

/// The picture of an account.
pub(crate) fn account_avatar(name: &str) -> String {
    avatar(&format!("http://{name}.id.fedoraproject.org/"))
}

/// The picture of whoever has an identity, such as a mail address.
pub(crate) fn avatar(identity: &str) -> String {
    format!(
        "https://seccdn.libravatar.org/avatar/{:x}?s=64&d=retro",
        Hex(Sha256::digest(identity).into())
    )
}

struct Hex([u8; 32]);

impl fmt::LowerHex for Hex {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// `name-version-release` without version and release.
pub(crate) fn package_of_nvr(nvr: &str) -> &str {
    let mut parts = nvr.rsplitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (_, _, Some(name)) | (_, Some(name), _) => name,
        _ => nvr,
    }
}

/// The names that are addressed as `@name` at the start of a word.
pub(crate) fn mentions(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices('@').map(|(at, _)| at);
    starts.filter_map(|at| {
        if text[..at]
            .chars()
            .next_back()
            .is_some_and(|before| !before.is_whitespace())
        {
            return None;
        }
        let name = &text[at + 1..];
        let end = name
            .find(|c: char| c != '_' && !c.is_alphanumeric())
            .unwrap_or(name.len());
        (end > 0).then(|| &name[..end])
    })
}

/// The first address of a mail header, without names and comments.
pub(crate) fn email_address(header: &str) -> String {
    let mut address = String::new();
    let (mut quoted, mut depth, mut angle) = (false, 0usize, false);
    let mut characters = header.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' if quoted || depth > 0 => {
                characters.next();
            }
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '<' => {
                angle = true;
                address.clear();
            }
            '>' if angle => break,
            ',' | ';' if !angle => break,
            ':' if !angle => address.clear(),
            c => address.push(c),
        }
    }
    let address = address.trim();
    // Where there is no address, the first word has to do.
    let first = address.split_whitespace().next().unwrap_or_default();
    if angle || address.contains('@') {
        address
    } else {
        first
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_accounts() {
        for (name, expected) in [
            ("http://ann.id.fedoraproject.org/", Some("ann")),
            ("ann.id.fedoraproject.org", Some("ann")),
            ("ann@fedoraproject.org", Some("ann")),
            ("ann@x.org", None),
            ("ann", Some("ann")),
        ] {
            assert_eq!(account(name), expected, "{name}");
        }
    }

    #[test]
    fn finds_packages() {
        let builds = ["a-b-1-2", "a-1", "a", ""];
        assert_eq!(builds.map(package_of_nvr), ["a-b", "a", "a", ""]);
    }

    #[test]
    fn finds_mentions() {
        let found: Vec<_> = mentions("@ann_b, (@no) @bob-x a@c @ @é\n@z").collect();
        assert_eq!(found, ["ann_b", "bob", "é", "z"]);
    }

    #[test]
    fn reads_addresses() {
        for (header, expected) in [
            ("a@b.c", "a@b.c"),
            ("Ann B <a@b.c>", "a@b.c"),
            ("\"B, Ann\" <a@b.c>, d@e.f", "a@b.c"),
            ("a@b.c (Ann), d@e.f", "a@b.c"),
            ("(Ann) a@b.c", "a@b.c"),
            ("no address", "no"),
            ("undisclosed: ;", ""),
            ("keepers: Ann <a@b.c>, d@e.f;", "a@b.c"),
            ("", ""),
        ] {
            assert_eq!(email_address(header), expected, "{header}");
        }
    }
}
