//! Which name a page is asked for.

use archive::{Dimension, GroupBy, Search};
use percent_encoding::percent_decode_str;

use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// A kind of names that have pages.
#[derive(Debug, Eq, PartialEq)]
pub struct NameKind {
    /// The filter that finds its messages.
    pub filter: &'static str,
    /// The path of the folder that its pages are in.
    pub folder: &'static str,
    /// Whose values these names are.
    pub by: GroupBy,
    /// Whose values are told of its messages.
    pub partners: &'static [GroupBy],
}

/// All of them.
pub const KINDS: [NameKind; 4] = [
    NameKind {
        filter: "package",
        folder: "/packages/",
        by: GroupBy::Package,
        partners: &[GroupBy::User, GroupBy::Topic, GroupBy::Category],
    },
    NameKind {
        filter: "user",
        folder: "/users/",
        by: GroupBy::User,
        partners: &[GroupBy::Package, GroupBy::Topic, GroupBy::Category],
    },
    NameKind {
        filter: "topic",
        folder: "/topics/",
        by: GroupBy::Topic,
        partners: &[GroupBy::User, GroupBy::Package],
    },
    NameKind {
        filter: "category",
        folder: "/categories/",
        by: GroupBy::Category,
        partners: &[GroupBy::Topic, GroupBy::Package, GroupBy::User],
    },
];

/// What users may be asked as.
const PARTS: [(&str, Dimension); 2] = [("user", Dimension::Users), ("agent", Dimension::Agents)];

/// A name whose page is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NameParams {
    /// The kind.
    pub kind: &'static NameKind,
    /// The name.
    pub name: String,
    /// The filter that is asked for, which of users may be that of agents.
    pub filter: &'static str,
    /// Whether it is that because somebody said so.
    pub is_chosen: bool,
}

impl NameParams {
    /// Reads the path: what comes behind the folder is the name, percent-encoded once. A path that ends there has the
    /// name in its query.
    pub fn parse(kind: &'static NameKind, path: &str, query: &Query) -> Result<Self, BadRequest> {
        let name = match path.strip_prefix(kind.folder).unwrap_or_default() {
            "" => query.first("name").unwrap_or_default().to_owned(),
            encoded => decoded(kind, encoded)?,
        };
        let part = query.first("as").filter(|_| kind.by == GroupBy::User);
        let known = PARTS.iter().find(|(word, _)| Some(*word) == part);
        if let (Some(part), None) = (part, known) {
            return Err(BadRequest::new("as", part, "user or agent"));
        }
        Ok(Self {
            kind,
            name,
            filter: known.map_or(kind.filter, |(word, _)| word),
            is_chosen: known.is_some(),
        })
    }

    /// The other part that a user has, if it is one.
    pub fn other_part(&self) -> Option<Self> {
        let is_user = self.kind.by == GroupBy::User;
        let (filter, _) = PARTS.iter().find(|(word, _)| *word != self.filter)?;
        is_user.then(|| Self {
            filter,
            ..self.clone()
        })
    }

    /// Where its messages are found.
    pub fn dimension(&self) -> Dimension {
        let part = PARTS.iter().find(|(word, _)| *word == self.filter);
        part.map_or(self.kind.by.dimension(), |(_, dimension)| *dimension)
    }

    /// The search for all its messages.
    pub fn search(&self) -> Search {
        let mut search = Search::default();
        search.filters[self.dimension()].any = vec![self.name.clone()];
        search
    }
}

fn decoded(kind: &NameKind, encoded: &str) -> Result<String, BadRequest> {
    let refused = |allowed| Err(BadRequest::new(kind.filter, encoded, allowed));
    match percent_decode_str(encoded).decode_utf8() {
        Err(_) => refused("UTF-8, percent-encoded"),
        Ok(name) if name.contains('\0') => refused("free of NUL characters"),
        Ok(name) => Ok(name.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, query: &str) -> Result<NameParams, BadRequest> {
        let kind = KINDS.iter().find(|kind| path.starts_with(kind.folder));
        NameParams::parse(kind.expect("a kind"), path, &Query::parse(query)?)
    }

    #[test]
    fn names_are_decoded_once() {
        for (path, query, name) in [
            ("/packages/gcc-c++", "", "gcc-c++"),
            ("/packages/gcc-c%2B%2B", "name=other", "gcc-c++"),
            ("/packages/a/b", "", "a/b"),
            ("/packages/a%2Fb", "", "a/b"),
            ("/packages/100%25", "", "100%"),
            ("/users/%252F", "", "%2F"),
            ("/topics/%C3%BC", "", "ü"),
            ("/categories/%20", "", " "),
            ("/packages/", "name=..", ".."),
            ("/packages/", "name=", ""),
        ] {
            assert_eq!(named(path, query).expect(path).name, name, "{path}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_by_its_kind() {
        for (path, query, parameter) in [
            ("/packages/%FF", "", "package"),
            ("/topics/a%00b", "", "topic"),
            ("/users/", "name=%00", "name"),
            ("/users/ann", "as=anybody", "as"),
        ] {
            assert_eq!(named(path, query).expect_err(path).parameter, parameter);
        }
    }

    #[test]
    fn users_are_those_that_messages_concern_or_who_caused_them() {
        let concerned = named("/users/ann", "").expect("asked");
        assert_eq!(
            (concerned.filter, concerned.dimension()),
            ("user", Dimension::Users)
        );
        let other = concerned.other_part().expect("another part");
        assert_eq!(
            (other.filter, other.dimension()),
            ("agent", Dimension::Agents)
        );
        let agent = named("/users/ann", "as=agent").expect("asked");
        assert_eq!((agent.filter, agent.is_chosen), ("agent", true));
        let package = named("/packages/ann", "as=agent").expect("asked");
        assert_eq!(package.dimension(), Dimension::Packages);
        assert_eq!(package.other_part(), None);
    }
}
