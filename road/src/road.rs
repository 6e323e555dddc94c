//! A road: what is told of a subject.

use chrono::NaiveDateTime;

use crate::stage::Stage;
use crate::subject::Subject;
use crate::word::Word;

/// What became of a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Road {
    /// The build, update, pull request, task or commit that this is the road of.
    pub subject: Subject,
    /// Its package, if it is of one.
    pub package: Option<String>,
    /// The branch that it is for, such as `f45`, `rawhide` or `epel9`.
    pub branch: Option<String>,
    /// The alias of the update that it is in.
    pub update: Option<String>,
    /// The builds that an update's road is told from, as the newest message that lists them has them, sorted; of
    /// others, none.
    pub builds: Vec<String>,
    /// The task of the attempt at a build that this is the road of, where a task or a commit means one.
    pub task: Option<String>,
    /// The task of the newest attempt after that one.
    pub built_again_by: Option<String>,
    /// The alias of the update of another build of its package that took the place of its own.
    pub replaced_by: Option<String>,
    /// The tags that it is in, sorted.
    pub tags: Vec<String>,
    /// The stages that such a subject has, in their order.
    pub stages: Vec<Step>,
}

/// A build of a package, as koji and Bodhi tell of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PackageBuild {
    /// Its road, as far as these tell it.
    pub road: Road,
    /// Why it is not there, though nothing went wrong with it.
    pub undone: Option<Undone>,
}

/// What somebody did to a build, which roads tell as failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Undone {
    /// It was stopped before it was complete.
    Cancelled,
    /// It was complete, and is gone.
    Deleted,
}

impl Undone {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Deleted => "deleted",
        }
    }
}

/// How one stage of a road stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// The stage.
    pub stage: Stage,
    /// Its word.
    pub word: Word,
    /// The time of the message since which the word is so without a break; `None` if it never was another than none.
    pub since: Option<NaiveDateTime>,
    /// Ids of the messages that say so, newest first, and then those that only repeat it; ten at most.
    pub messages: Vec<String>,
    /// The words that it can still become.
    pub(crate) open: &'static [Word],
}

impl Step {
    /// Whether the stage has the word or may still get it. `false` is certain, `true` is not.
    #[must_use]
    pub fn can_become(&self, word: Word) -> bool {
        self.word == word || self.open.contains(&word)
    }
}

/// The stages of an update that may be others for each of its builds.
const OF_BUILDS: [Stage; 8] = [
    Stage::Commit,
    Stage::Pr,
    Stage::PrCi,
    Stage::Build,
    Stage::Sign,
    Stage::Ci,
    Stage::Results,
    Stage::Gating,
];

impl Road {
    /// Not all was looked at: what would have to be so for all builds of an update waits for the rest.
    pub(crate) fn is_told_in_part(&mut self) {
        let of_update = matches!(self.subject, Subject::Update(_));
        for step in &mut self.stages {
            let lacks = match of_update {
                true => OF_BUILDS.contains(&step.stage),
                false => step.stage == Stage::Gating,
            };
            let words = step.stage.words();
            let is_through = matches!(step.word, Word::Passed | Word::Waived);
            if lacks && is_through && words.contains(&Word::Waiting) {
                (step.word, step.open) = (Word::Waiting, words);
            }
        }
    }

    /// How a stage stands; `None` if such a subject does not have it.
    #[must_use]
    pub fn step(&self, stage: Stage) -> Option<&Step> {
        self.stages.iter().find(|step| step.stage == stage)
    }

    /// The word of a stage; `None` if such a subject does not have it.
    #[must_use]
    pub fn word(&self, stage: Stage) -> Option<Word> {
        self.step(stage).map(|step| step.word)
    }

    /// Whether a stage has the word or may still get it: `false` only where nothing that can happen makes it so.
    #[must_use]
    pub fn can_become(&self, stage: Stage, word: Word) -> bool {
        self.step(stage).is_some_and(|step| step.can_become(word))
    }
}
