//! A scratch build, which is known by its task alone and is never joined to a build of the same name.

use super::told::{At, Board, Told};
use crate::event::{Scratch, Test};
use crate::word::Word;

/// What is known of a task.
pub(crate) struct ScratchFold {
    task: String,
    state: Option<(Word, At)>,
    tests: Board<String>,
}

impl ScratchFold {
    /// Knows nothing of the task yet.
    pub(crate) fn new(task: &str) -> Self {
        Self {
            task: task.to_owned(),
            state: None,
            tests: Board::default(),
        }
    }

    /// Takes a state; tells whether it was one of this task.
    pub(crate) fn state(&mut self, scratch: &Scratch, at: At) -> bool {
        let mine = scratch.task == self.task;
        if mine {
            self.state = Some((scratch.word, at));
        }
        mine
    }

    /// Takes a test; tells whether it was one of this task's.
    pub(crate) fn test(&mut self, test: &Test, at: At) -> bool {
        let mine = test.scratch && test.task.as_ref() == Some(&self.task);
        if mine {
            self.tests.put(test.test.clone(), test.word, at);
        }
        mine
    }

    /// The stage `build`. A task that ended stays so.
    pub(crate) fn building(&self) -> Told {
        match self.state {
            None => Told::nothing(),
            Some((word @ (Word::Passed | Word::Failed), at)) => Told::by(word, at).only(&[]),
            Some((word, at)) => Told::by(word, at),
        }
    }

    /// The stage `ci`.
    pub(crate) fn ci(&self) -> Told {
        self.tests.told(|_| true)
    }
}
