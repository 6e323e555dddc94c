//! What a road is asked of.

use chrono::{DateTime, NaiveDateTime, Utc};
use metadata::{Rules, looks};
use road::Subject;

use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::window;

/// Parameters that name what has a road: kinds of subjects.
const KINDS: [&str; 7] = ["nvr", "update", "task", "pr", "commit", "build", "package"];
const ENVIRONMENTS: [&str; 2] = ["prod", "stg"];

/// Whether a parameter names what has a road.
pub fn is_kind(parameter: &str) -> bool {
    KINDS.contains(&parameter)
}

/// A question for roads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoadParams {
    /// What has the road.
    pub subject: Subject,
    /// The branch that roads must be for.
    pub branch: Option<String>,
    /// The moment at which it is looked at; now if it is missing.
    pub as_of: Option<NaiveDateTime>,
    /// The third word of topics.
    pub environment: &'static str,
}

impl RoadParams {
    /// Checks in the order that decides which of several faults is told.
    pub fn parse(query: &Query, rules: &Rules, now: DateTime<Utc>) -> Result<Self, BadRequest> {
        let subject = subject(query, rules)?;
        let branch = match only(query, "branch")? {
            Some("") => {
                let allowed = "a branch, such as f45, rawhide or epel9";
                return Err(BadRequest::new("branch", "", allowed));
            }
            branch => branch.map(str::to_owned),
        };
        let as_of = only(query, "as_of")?;
        let as_of = as_of.map(|text| window::moment("as_of", text, now));
        Ok(Self {
            subject,
            branch,
            as_of: as_of.transpose()?,
            environment: environment(query)?,
        })
    }
}

/// The value of what may be given once.
fn only<'a>(query: &'a Query, name: &'static str) -> Result<Option<&'a str>, BadRequest> {
    let mut values = query.pairs().iter().filter(|(given, _)| given == name);
    let value = values.next().map(|(_, value)| value.as_str());
    match values.next() {
        Some((_, second)) => Err(BadRequest::new(name, second, "given only once")),
        None => Ok(value),
    }
}

/// The one subject that is named, whose name must look as the rules have it: no message is about anything else.
fn subject(query: &Query, rules: &Rules) -> Result<Subject, BadRequest> {
    let kind_of = |name: &str| KINDS.into_iter().find(|kind| *kind == name);
    let mut named = query
        .pairs()
        .iter()
        .filter_map(|(name, value)| Some((kind_of(name)?, value)));
    let all = KINDS.join(", ");
    let Some((kind, value)) = named.next() else {
        return Err(BadRequest::new(all, "", "given, exactly one of them"));
    };
    if let Some((other, value)) = named.next() {
        let allowed = format!("the only one of {all}");
        return Err(BadRequest::new(other, value, allowed));
    }
    let value = match kind {
        "commit" => &value.to_ascii_lowercase(),
        _ => value,
    };
    let understood = rules.subject(&format!("{kind}:{value}")).ok();
    understood
        .and_then(|subject| Subject::parse(&subject.to_string()))
        .ok_or_else(|| BadRequest::new(kind, value, looks(kind).unwrap_or_default()))
}

fn environment(query: &Query) -> Result<&'static str, BadRequest> {
    let Some(word) = only(query, "environment")? else {
        return Ok(ENVIRONMENTS[0]);
    };
    let known = ENVIRONMENTS.into_iter().find(|known| *known == word);
    known.ok_or_else(|| BadRequest::new("environment", word, "prod or stg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<RoadParams, BadRequest> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        RoadParams::parse(&Query::parse(query)?, &Rules::embedded(), now)
    }

    #[test]
    fn a_road_is_asked_of_one_subject() {
        let asked = parse("nvr=a-1-1.fc45&branch=f45&as_of=2024-05-01T10:00Z&x=1").expect("asked");
        assert_eq!(asked.subject.to_string(), "nvr:a-1-1.fc45");
        assert_eq!(asked.branch.as_deref(), Some("f45"));
        assert_eq!(asked.as_of, "2024-05-01T10:00:00".parse().ok());
        assert_eq!(asked.environment, "prod");
        let stg = parse("update=FEDORA-2050-7&environment=stg").expect("asked");
        assert_eq!((stg.environment, stg.as_of), ("stg", None));
        let commit = "AB".repeat(20);
        let asked = parse(&format!("commit={commit}")).expect("asked");
        assert_eq!(asked.subject.parts().1, "ab".repeat(20));
    }

    const ANY: &str = "nvr, update, task, pr, commit, build, package";

    #[test]
    fn refusals_name_the_parameter() {
        for (query, parameter, allowed) in [
            ("", ANY, "exactly one"),
            ("branch=f45", ANY, "exactly one"),
            ("nvr=a-1-1&update=X", "update", "the only one of nvr"),
            ("task=1&task=2", "task", "the only one of"),
            ("nvr=", "nvr", "name-version-release"),
            ("nvr=a-1", "nvr", "name-version-release"),
            ("nvr=%25-1-1", "nvr", "letters, digits"),
            ("nvr=é-1-1", "nvr", "letters, digits"),
            ("nvr=a-1:1-1", "nvr", "without epoch"),
            ("update=", "update", "alias"),
            ("update=X", "update", "alias"),
            ("task=x", "task", "digits"),
            ("build=-1", "build", "digits"),
            ("pr=bash%237", "pr", "namespace/name#number"),
            ("pr=rpms/bash#7x", "pr", "namespace/name#number"),
            ("commit=abc", "commit", "40 hexadecimal"),
            ("package=", "package", "name"),
            ("package=é", "package", "name"),
            ("package=a&branch=f45&branch=f42", "branch", "only once"),
            ("package=a&as_of=1&as_of=2", "as_of", "only once"),
            (
                "package=a&environment=prod&environment=stg",
                "environment",
                "only once",
            ),
            ("package=a&branch=", "branch", "f45"),
            ("package=a&as_of=soon", "as_of", "seconds since 1970"),
            ("package=a&environment=dev", "environment", "prod or stg"),
        ] {
            let refused = parse(query).expect_err(query);
            assert_eq!(refused.parameter, parameter, "{query}");
            assert!(refused.allowed.contains(allowed), "{query}: {refused}");
        }
    }
}
