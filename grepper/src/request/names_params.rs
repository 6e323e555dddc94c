//! Which names somebody types.

use archive::GroupBy;

use crate::request::aggregate_params::{group_of, kinds, limit};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;

const DEFAULT_LIMIT: u32 = 20;
const MOST: u32 = 100;

/// Names that begin alike.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamesParams {
    /// Names of what, and what clients call it.
    pub kind: (GroupBy, &'static str),
    /// What they begin with.
    pub prefix: String,
    /// So many at most.
    pub limit: u32,
}

impl NamesParams {
    /// Checks in the order that decides which of several faults is told.
    pub fn parse(query: &Query) -> Result<Self, BadRequest> {
        let given = query.first("kind").unwrap_or_default();
        let word = kinds().into_iter().find(|kind| *kind == given);
        let kind = word.and_then(|word| Some((group_of(word)?, word)));
        let kind = kind.ok_or_else(|| {
            BadRequest::new("kind", given, format!("one of {}", kinds().join(", ")))
        })?;
        Ok(Self {
            kind,
            prefix: query.first("prefix").unwrap_or_default().to_owned(),
            limit: limit(query, DEFAULT_LIMIT, MOST)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<NamesParams, BadRequest> {
        NamesParams::parse(&Query::parse(query)?)
    }

    #[test]
    fn names_are_of_a_kind() {
        let asked = parse("kind=package&prefix=gcc-c%2B%2B&limit=100").expect("asked");
        assert_eq!(asked.kind, (GroupBy::Package, "package"));
        assert_eq!((asked.prefix.as_str(), asked.limit), ("gcc-c++", 100));
        let asked = parse("kind=agent").expect("asked");
        assert_eq!((asked.prefix.as_str(), asked.limit), ("", 20));
    }

    #[test]
    fn refusals_name_the_parameter() {
        for (query, parameter) in [
            ("", "kind"),
            ("kind=subject", "kind"),
            ("kind=", "kind"),
            ("kind=topic&limit=101", "limit"),
            ("kind=topic&limit=0", "limit"),
        ] {
            assert_eq!(parse(query).expect_err(query).parameter, parameter);
        }
        let refused = parse("kind=day").expect_err("refused").to_string();
        assert_eq!(
            refused,
            "kind must be one of topic, category, user, package, agent"
        );
    }
}
