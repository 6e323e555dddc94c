//! What a request waits for, and how long.

use std::fmt;
use std::time::Duration;

use road::{Stage, Word};

use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// Characters of a cursor.
const CURSOR: usize = 32;

/// What must be told of a road.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition {
    /// Stages and words, of which one must be told; there is at least one.
    pub any: Vec<(Stage, Word)>,
}

/// As it is written in a query.
impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = None;
        for (stage, word) in &self.any {
            let comma = if before.is_some() { "," } else { "" };
            if before == Some(stage) {
                write!(formatter, "{comma}{word}")?;
            } else {
                write!(formatter, "{comma}{stage}:{word}")?;
            }
            before = Some(stage);
        }
        Ok(())
    }
}

/// What is waited for on a road. Without any of it: that something is said about the subject.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Awaited {
    /// For how long; `None` if the parameter is missing.
    pub wait: Option<Duration>,
    /// Conditions, all of which must hold.
    pub until: Vec<Condition>,
    /// The cursor of the answer that is known.
    pub since: Option<String>,
}

impl Awaited {
    /// Whether the answer tells whether what is waited for is so.
    pub fn is_asked(&self) -> bool {
        self.wait.is_some() || !self.until.is_empty() || self.since.is_some()
    }

    /// Reads `wait`, of `most` seconds at most, `until` and `since`.
    pub fn parse(query: &Query, most: u32) -> Result<Self, BadRequest> {
        let wait = wait(query, most)?;
        if wait.is_some()
            && let Some(as_of) = query.first("as_of")
        {
            return Err(BadRequest::new(
                "as_of",
                as_of,
                "left out where wait is given",
            ));
        }
        let until = query.all("until").into_iter().map(|text| condition(&text));
        Ok(Self {
            wait,
            until: until.collect::<Result<_, _>>()?,
            since: query.first("since").map(cursor).transpose()?,
        })
    }
}

/// How long the request waits, `most` seconds at most; `None` if it does not say.
pub fn wait(query: &Query, most: u32) -> Result<Option<Duration>, BadRequest> {
    let Some(text) = query.first("wait") else {
        return Ok(None);
    };
    let seconds = text.parse::<f64>().ok();
    let seconds = seconds.filter(|seconds| (0.0..=f64::from(most)).contains(seconds));
    let wait = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let refused = || {
        BadRequest::new(
            "wait",
            text,
            format!("a number of seconds from 0 to {most}"),
        )
    };
    wait.ok_or_else(refused).map(Some)
}

/// Reads `STAGE:WORD[,WORD]`, after whose words other stages may follow: `gating:passed,waived,stable:passed`.
fn condition(text: &str) -> Result<Condition, BadRequest> {
    let refused = |allowed: String| BadRequest::new("until", text, allowed);
    let mut any: Vec<(Stage, Word)> = Vec::new();
    for part in text.split(',') {
        let (name, word) = match (part.split_once(':'), any.last()) {
            (Some(named), _) => named,
            (None, Some((stage, _))) => (stage.as_str(), part),
            (None, None) => (part, ""),
        };
        let stage = Stage::parse(name).ok_or_else(|| refused(allowed_stages()))?;
        let word = Word::parse(word).filter(|word| stage.words().contains(word));
        any.push((stage, word.ok_or_else(|| refused(allowed_words(stage)))?));
    }
    Ok(Condition { any })
}

fn allowed_stages() -> String {
    let stages = Stage::ALL.map(Stage::as_str).join(", ");
    format!("STAGE:WORD[,WORD], where the stage is one of {stages}")
}

fn allowed_words(stage: Stage) -> String {
    let words: Vec<&str> = stage.words().iter().map(|word| word.as_str()).collect();
    let words = words.join(", ");
    format!("{stage}:WORD[,WORD], where a word is one of {words}")
}

fn cursor(text: &str) -> Result<String, BadRequest> {
    let is_one = text.len() == CURSOR && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let refused = || BadRequest::new("since", text, "the cursor of an answer");
    is_one.then(|| text.to_owned()).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Awaited, BadRequest> {
        Awaited::parse(&Query::parse(query)?, 300)
    }

    #[test]
    fn conditions_name_stages_and_words() {
        let awaited =
            parse("until=stable:passed,failed&until=gating:waived&wait=1.5").expect("read");
        assert_eq!(
            awaited.until,
            [
                Condition {
                    any: vec![(Stage::Stable, Word::Passed), (Stage::Stable, Word::Failed)]
                },
                Condition {
                    any: vec![(Stage::Gating, Word::Waived)]
                }
            ]
        );
        let either = parse("until=gating:passed,failed,stable:passed").expect("read");
        let any = vec![
            (Stage::Gating, Word::Passed),
            (Stage::Gating, Word::Failed),
            (Stage::Stable, Word::Passed),
        ];
        assert_eq!(either.until, [Condition { any }]);
        let written = either.until[0].to_string();
        assert_eq!(written, "gating:passed,failed,stable:passed");
        assert_eq!(awaited.wait, Some(Duration::from_millis(1500)));
        assert!(awaited.is_asked() && !parse("").expect("read").is_asked());
        let cursor = "0123456789abcdef0123456789abcdef";
        let awaited = parse(&format!("since={cursor}")).expect("read");
        assert_eq!(awaited.since.as_deref(), Some(cursor));
        assert_eq!(awaited.wait, None);
    }

    #[test]
    fn refusals_name_the_parameter_and_what_it_may_be() {
        for (query, parameter, allowed) in [
            ("wait=", "wait", "seconds from 0 to 300"),
            ("wait=abc", "wait", "seconds"),
            ("wait=-1", "wait", "from 0"),
            ("wait=301", "wait", "to 300"),
            ("wait=nan", "wait", "seconds"),
            ("wait=inf", "wait", "seconds"),
            ("until=", "until", "one of commit, pr, pr_ci"),
            ("until=stabel:passed", "until", "stable"),
            (
                "until=stable",
                "until",
                "one of failed, running, waiting, passed, none",
            ),
            ("until=stable:", "until", "stable:WORD"),
            ("until=stable:passed,", "until", "stable:WORD"),
            ("until=waiver:passed", "until", "one of waived, none"),
            ("until=build:passed&until=x", "until", "STAGE:WORD"),
            (
                "until=gating:passed,stabel:passed",
                "until",
                "one of commit",
            ),
            ("until=build:passed,waived", "until", "build:WORD"),
            ("until=gating:waived,stable:waived", "until", "stable:WORD"),
            ("since=", "since", "cursor"),
            ("since=xyz", "since", "cursor"),
            ("wait=1&as_of=2024-01-01", "as_of", "left out"),
        ] {
            let refused = parse(query).expect_err(query);
            assert_eq!(refused.parameter, parameter, "{query}");
            assert!(refused.allowed.contains(allowed), "{query}: {refused}");
        }
    }
}
