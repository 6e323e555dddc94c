//! Which messages of a peer are kept here whole, as dead letters.

use std::collections::HashMap;

use archive::{DeadLetters, LetterFilter, StoreError};

use super::gaps::Key;
use crate::delivery::kept;

/// Letters are read by so many.
const STEP: u32 = 500;
/// More letters are not read: who has so many has other troubles.
const MOST: usize = 100_000;

/// The dead letters of this archive, by the ids of their messages. They are read when one is asked for.
pub struct PutAside<'a> {
    letters: &'a DeadLetters,
    known: Option<KnownLetters>,
}

/// The seconds of messages, where they tell one, and the numbers of their letters, by their ids.
type KnownLetters = HashMap<String, Vec<(Option<i64>, i64)>>;

impl<'a> PutAside<'a> {
    pub fn new(letters: &'a DeadLetters) -> Self {
        Self {
            letters,
            known: None,
        }
    }

    /// The number of the letter that holds a message.
    pub fn number(&mut self, key: &Key) -> Result<Option<i64>, StoreError> {
        let known = match self.known.take() {
            Some(known) => known,
            None => self.read()?,
        };
        let known = self.known.insert(known);
        let mut of_id = known.get(&key.id).into_iter().flatten();
        let found = of_id.find(|(second, _)| second.is_none_or(|second| second == key.second));
        Ok(found.map(|(_, number)| *number))
    }

    fn read(&self) -> Result<KnownLetters, StoreError> {
        let mut known = KnownLetters::new();
        for discarded in [false, true] {
            let filter = LetterFilter {
                discarded,
                ..LetterFilter::default()
            };
            let mut after = 0;
            loop {
                let heads = self.letters.heads(&filter, after, STEP)?;
                let Some(last) = heads.last() else {
                    break;
                };
                after = last.id;
                for head in &heads {
                    let letter = self.letters.get(head.id)?;
                    if let Some((id, second)) =
                        letter.and_then(|letter| kept::identity(&letter.letter))
                        && known.len() < MOST
                    {
                        known.entry(id).or_default().push((second, head.id));
                    }
                }
            }
        }
        Ok(known)
    }
}
