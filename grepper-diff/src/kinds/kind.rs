//! What a kind of difference is: its class, its words, and the test by which it is known.

use std::fmt;

use crate::comparison::spot::{Case, Spot};
use crate::target::Target;

/// What the reference calls datagrepper's answer.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// Wrong, and mended.
    Bug,
    /// Odd, and not kept; nobody was found who depends on it.
    Quirk,
    /// Right as far as it goes.
    Improvement,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Bug => "bug",
            Self::Quirk => "quirk",
            Self::Improvement => "improvement",
        })
    }
}

/// How a kind is recognised.
pub enum Test {
    /// By a place where answers differ.
    Explains(fn(&Case, &Spot) -> bool),
    /// By asking in other words: what each is asked then, or `None` where it does not apply.
    Rephrases(fn(&Case, &Targets) -> Option<Targets>),
    /// By a place where answers differ, for questions that may have to be asked in other words first.
    Both(
        fn(&Case, &Spot) -> bool,
        fn(&Case, &Targets) -> Option<Targets>,
    ),
    /// By a place where answers differ; where that tells too little, by what is asked for beside.
    Completes(fn(&Case, &Spot) -> bool, Proof),
    /// By the question, which would harm datagrepper and is asked of nobody.
    Harms(fn(&Target) -> bool),
}

impl Test {
    /// By what a kind is known, in a few words.
    #[cfg(test)]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Explains(_) => "the answers",
            Self::Rephrases(_) => "asking in other words",
            Self::Both(..) => "the answers, if need be in other words",
            Self::Completes(..) => "the answers, if need be to further questions",
            Self::Harms(_) => "the question, which is not asked",
        }
    }
}

/// What further questions prove.
#[derive(Clone, Copy)]
pub struct Proof {
    /// The shapes of the places that they explain.
    pub places: &'static [&'static str],
    /// What both are asked; nothing where that would prove nothing. In the answers only known differences may be.
    pub parts: fn(&Case, &Targets) -> Vec<Targets>,
    /// Whether the answers, in the order of the questions, show what is to be proved of a case.
    pub shows: fn(&Case, &[Case]) -> bool,
}

/// What each service is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Targets {
    pub old: Target,
    pub new: Target,
}

impl Targets {
    /// Both are asked for the same.
    pub fn both(target: Target) -> Self {
        Self {
            old: target.clone(),
            new: target,
        }
    }

    /// With a change to what both are asked.
    pub fn map(&self, change: impl Fn(&Target) -> Target) -> Self {
        Self {
            old: change(&self.old),
            new: change(&self.new),
        }
    }
}

/// A difference that is known.
pub struct Kind {
    pub id: &'static str,
    pub class: Class,
    /// What datagrepper does, and behind the `;` what grepper does.
    pub words: &'static str,
    pub test: Test,
}
