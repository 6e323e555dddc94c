//! What a request waits for, and how long.

use std::time::Duration;

use road::{Stage, Word};

use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// Characters of a cursor.
const CURSOR: usize = 32;

/// One of these words of a stage.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition {
    /// The stage.
    pub stage: Stage,
    /// Of these words one must be told; there is at least one.
    pub words: Vec<Word>,
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

fn condition(text: &str) -> Result<Condition, BadRequest> {
    let refused = |allowed: String| BadRequest::new("until", text, allowed);
    let (name, words) = text.split_once(':').unwrap_or((text, ""));
    let Some(stage) = Stage::parse(name) else {
        let stages = Stage::ALL.map(Stage::as_str).join(", ");
        return Err(refused(format!(
            "STAGE:WORD[,WORD], where the stage is one of {stages}"
        )));
    };
    let word = |text| Word::parse(text).filter(|word| stage.words().contains(word));
    let words = words.split(',').map(word).collect::<Option<Vec<_>>>();
    let refused = || {
        let known: Vec<&str> = stage.words().iter().map(|word| word.as_str()).collect();
        refused(format!(
            "{stage}:WORD[,WORD], where a word is one of {}",
            known.join(", ")
        ))
    };
    words
        .map(|words| Condition { stage, words })
        .ok_or_else(refused)
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
                    stage: Stage::Stable,
                    words: vec![Word::Passed, Word::Failed]
                },
                Condition {
                    stage: Stage::Gating,
                    words: vec![Word::Waived]
                }
            ]
        );
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
