//! What is told of a stage, and of several things that make one stage.

use std::collections::BTreeMap;

use crate::stage::Stage;
use crate::word::Word;

/// The place of a message in the order of all.
pub(crate) type At = usize;

/// How a stage stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Told {
    /// The word.
    pub(crate) word: Word,
    /// The messages that say so, in no order.
    pub(crate) behind: Vec<At>,
    /// The messages that only repeat it, in no order.
    pub(crate) beside: Vec<At>,
    /// The words that it can still become, where these are fewer than all of the stage.
    pub(crate) open: Option<&'static [Word]>,
}

impl Told {
    /// Nothing was asked for.
    pub(crate) fn nothing() -> Self {
        Self {
            word: Word::None,
            behind: Vec::new(),
            beside: Vec::new(),
            open: None,
        }
    }

    /// The word, which one message says.
    pub(crate) fn by(word: Word, at: At) -> Self {
        Self {
            word,
            behind: vec![at],
            beside: Vec::new(),
            open: None,
        }
    }

    /// It can become nothing but `open` any more, besides what it is.
    pub(crate) fn only(mut self, open: &'static [Word]) -> Self {
        self.open = Some(open);
        self
    }

    /// One more message repeats it.
    pub(crate) fn repeated(mut self, at: At) -> Self {
        self.beside.push(at);
        self
    }

    /// The word of several things: the least, and who says it.
    pub(crate) fn least(things: impl IntoIterator<Item = (Word, At)>) -> Self {
        let mut told = Self::nothing();
        for (word, at) in things {
            if word < told.word {
                told = Self::by(word, at);
            } else if word == told.word && word != Word::None {
                told.behind.push(at);
            }
        }
        told
    }
}

/// The newest word of each of several things.
pub(crate) struct Board<K>(BTreeMap<K, (Word, At)>);

impl<K> Default for Board<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Board<K> {
    /// Puts the newest word of a thing in the place of the last one.
    pub(crate) fn put(&mut self, thing: K, word: Word, at: At) {
        self.0.insert(thing, (word, at));
    }

    /// The newest words of those things that `counts` picks.
    pub(crate) fn of(&self, counts: impl Fn(&K) -> bool) -> impl Iterator<Item = (&K, Word, At)> {
        let picked = self.0.iter().filter(move |(thing, _)| counts(thing));
        picked.map(|(thing, (word, at))| (thing, *word, *at))
    }

    /// The word of all things that `counts` picks.
    pub(crate) fn told(&self, counts: impl Fn(&K) -> bool) -> Told {
        Told::least(self.of(counts).map(|(_, word, at)| (word, at)))
    }
}

/// How a stage stands, and the message since which its word is so.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    /// The stage.
    pub(crate) stage: Stage,
    /// What is told of it.
    pub(crate) told: Told,
    /// The message that made the word so; `None` if it never was another than none.
    pub(crate) since: Option<At>,
}

impl Telling {
    /// A stage of several builds, which is open unless all of them are stable: until then builds may leave.
    pub(crate) fn combined(stage: Stage, each: &[Self]) -> Self {
        let word = each
            .iter()
            .map(|one| one.told.word)
            .min()
            .unwrap_or(Word::None);
        let saying = || each.iter().filter(|one| one.told.word == word);
        let told = |part: fn(&Told) -> &Vec<At>| {
            let parts = saying().flat_map(|one| part(&one.told));
            parts.copied().collect()
        };
        let since = saying().map(|one| one.since);
        let ended = matches!(word, Word::Passed | Word::Waived | Word::None);
        let pushed = matches!(stage, Stage::Update | Stage::Testing | Stage::Stable);
        let settled = pushed && each.iter().all(|one| one.told.open == Some(&[]));
        Self {
            stage,
            told: Told {
                word,
                behind: told(|told| &told.behind),
                beside: told(|told| &told.beside),
                open: settled.then_some(&[]),
            },
            // What goes on began with the first of them, what is over ended with the last.
            since: if ended {
                since.max().flatten()
            } else {
                since.min().flatten()
            },
        }
    }
}

/// The words of stages while messages come, and since when each is so.
pub(crate) struct Track(Vec<(Stage, Word, Option<At>)>);

impl Track {
    /// Nothing is known of these stages.
    pub(crate) fn new(stages: &[Stage]) -> Self {
        Self(
            stages
                .iter()
                .map(|stage| (*stage, Word::None, None))
                .collect(),
        )
    }

    /// Notes how the stages stand after a message.
    pub(crate) fn note(&mut self, at: At, word: impl Fn(Stage) -> Word) {
        for (stage, last, since) in &mut self.0 {
            let now = word(*stage);
            if now != *last {
                (*last, *since) = (now, Some(at));
            }
        }
    }

    /// The stages as `told` tells them.
    pub(crate) fn tellings(&self, told: impl Fn(Stage) -> Told) -> Vec<Telling> {
        let stages = self.0.iter();
        let telling = |(stage, _, since): &(Stage, Word, Option<At>)| Telling {
            stage: *stage,
            told: told(*stage),
            since: *since,
        };
        stages.map(telling).collect()
    }
}
