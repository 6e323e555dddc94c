//! What messages are about, in words and as links.

use crate::pages::links;

/// Things of one kind that a message is about.
#[derive(Clone, Debug)]
pub struct Belonging {
    /// The kind in words.
    pub kind: String,
    /// Name and address, without the root, of those that are shown.
    pub shown: Vec<(String, String)>,
    /// How many more there are.
    pub more: usize,
}

/// How many of a kind are shown.
const MOST: usize = 10;
/// Kinds in the order in which people look for them, and what they are called.
const KINDS: [(&str, &str); 10] = [
    ("update", "Update"),
    ("nvr", "Build"),
    ("pr", "Pull request"),
    ("package", "Package"),
    ("task", "Koji task"),
    ("build", "Koji build"),
    ("commit", "Commit"),
    ("bug", "Bug"),
    ("copr", "Copr build"),
    ("compose", "Compose"),
];

/// What a kind of subject is called.
pub fn in_words(kind: &str) -> &str {
    let known = KINDS.iter().find(|(known, _)| *known == kind);
    known.map_or(kind, |(_, words)| words)
}

/// The subjects of a message by kind, each with its address; `subjects` are sorted.
pub fn belongings<'a>(
    subjects: impl Iterator<Item = (&'a str, &'a str)>,
    environment: &str,
) -> Vec<Belonging> {
    let mut found: Vec<(&str, Belonging)> = Vec::new();
    for (kind, name) in subjects {
        if found.last().is_none_or(|(last, _)| *last != kind) {
            let kind_in_words = in_words(kind).to_owned();
            found.push((kind, Belonging::none(kind_in_words)));
        }
        let Some((_, belonging)) = found.last_mut() else {
            continue;
        };
        if belonging.shown.len() == MOST {
            belonging.more += 1;
        } else {
            let path = links::about(kind, name, environment);
            belonging.shown.push((name.to_owned(), path));
        }
    }
    let place = |kind: &str| KINDS.iter().position(|(known, _)| *known == kind);
    found.sort_by_key(|(kind, _)| place(kind).unwrap_or(KINDS.len()));
    found.into_iter().map(|(_, belonging)| belonging).collect()
}

impl Belonging {
    fn none(kind: String) -> Self {
        Self {
            kind,
            shown: Vec::new(),
            more: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_is_about_is_told_by_kind_and_shortened() {
        let names: Vec<String> = (0..300).map(|number| format!("zsh-5.9-{number}")).collect();
        let builds = names.iter().map(|name| ("nvr", name.as_str()));
        let about = [("bug", "7")]
            .into_iter()
            .chain(builds)
            .chain([("update", "FEDORA-2050-1a2b3c4d01"), ("zoo", "lion")]);
        let told = belongings(about, "stg");
        let kinds: Vec<&str> = told.iter().map(|each| each.kind.as_str()).collect();
        assert_eq!(kinds, ["Update", "Build", "Bug", "zoo"]);
        assert_eq!((told[1].shown.len(), told[1].more), (MOST, 300 - MOST));
        assert_eq!(told[2].shown[0].1, "/v2/search?subject=bug%3A7");
        let update = "/v2/road?update=FEDORA-2050-1a2b3c4d01&environment=stg";
        assert_eq!(told[0].shown[0].1, update);
    }
}
