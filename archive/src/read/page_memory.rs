//! Bodies and headers that were read for the same question before, which the database need not send
//! again: clients ask again and again whether something new has come.

use std::sync::Arc;

use crate::bounded::{Bounded, MemoryUse};
use crate::database::version::RowVersion;
use crate::message::Message;
use crate::position::Position;
use crate::query::asked::size_of_texts;
use crate::query::row::{Row, Texts};
use crate::search::{PageRequest, Search};
use crate::span::Span;

/// The limit of all that is remembered, in bytes.
const LIMIT: u64 = 24 << 20;

/// The pages that were answered last.
pub(crate) struct PageMemory(Bounded<PageKey, Arc<[KnownTexts]>>);

/// What was asked but for the time, which moves on.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct PageKey(Arc<(Search, PageRequest)>);

/// The body and the headers of a message, as they were in a version of its row.
pub(crate) struct KnownTexts {
    position: Position,
    version: RowVersion,
    texts: Texts,
}

impl PageKey {
    pub(crate) fn of(search: &Search, page: PageRequest) -> Self {
        let search = Search {
            time: Span::ALL,
            ..search.clone()
        };
        Self(Arc::new((search, page)))
    }

    /// How much memory the question takes, in bytes.
    fn heap(&self) -> usize {
        let (search, _) = self.0.as_ref();
        let filters = search.filters.iter();
        let values: usize = filters
            .map(|(_, asked)| size_of_texts(&asked.any) + size_of_texts(&asked.none))
            .sum();
        size_of_val(self.0.as_ref()) + values + size_of_texts(&search.contains)
    }
}

impl KnownTexts {
    /// The id of the message.
    pub(crate) fn id(&self) -> i64 {
        self.position.id
    }

    fn is_of(&self, row: &Row) -> bool {
        self.position == row.position() && self.version == row.version
    }

    fn heap(&self) -> usize {
        let (msg, headers) = &self.texts;
        let headers = headers.as_deref().map_or(0, str::len);
        size_of::<Self>() + self.version.len() + msg.len() + headers
    }
}

impl Default for PageMemory {
    fn default() -> Self {
        Self(Bounded::new(1_000, LIMIT))
    }
}

impl PageMemory {
    /// How it fares.
    pub(crate) fn usage(&self) -> MemoryUse {
        self.0.usage()
    }

    /// What was read for the question; empty if it is new.
    pub(crate) fn known(&self, key: &PageKey) -> Arc<[KnownTexts]> {
        self.0.get(key).unwrap_or_default()
    }

    /// The rows' messages, with what was not sent from `known`; `None` if that is no longer right.
    pub(crate) fn complete(
        &self,
        key: &PageKey,
        known: &[KnownTexts],
        rows: Vec<Row>,
    ) -> Option<Vec<Message>> {
        let mut page = Vec::with_capacity(rows.len());
        let mut messages = Vec::with_capacity(rows.len());
        let mut is_new = false;
        for row in rows {
            if row.left_out().is_some() {
                messages.push(row.into_message());
                continue;
            }
            let texts = match row.texts() {
                Some(texts) => {
                    is_new = true;
                    texts
                }
                None => known.iter().find(|known| known.is_of(&row))?.texts.clone(),
            };
            page.push(KnownTexts {
                position: row.position(),
                version: row.version.clone(),
                texts: texts.clone(),
            });
            messages.push(row.into_message_with(texts));
        }
        if is_new {
            self.remember(key.clone(), page.into());
        }
        Some(messages)
    }

    fn remember(&self, key: PageKey, page: Arc<[KnownTexts]>) {
        let held: usize = page.iter().map(KnownTexts::heap).sum();
        let heap = key.heap() + held;
        self.0.insert(key, page, heap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Dimension;

    const QUESTIONS: u64 = 2_000;

    /// A question of so many values that it weighs some 40 kB.
    fn long_question(number: u64) -> PageKey {
        let mut search = Search::default();
        search.filters[Dimension::Topics].none = vec!["x".repeat(1_000); 40];
        PageKey::of(&search, PageRequest { number, size: 1 })
    }

    #[test]
    fn questions_count_towards_the_limit() {
        let memory = PageMemory::default();
        for number in 1..=QUESTIONS {
            memory.remember(long_question(number), Arc::default());
        }
        assert!(memory.0.usage().bytes <= LIMIT);
        assert!(memory.0.usage().bytes > LIMIT / 2, "much of it is used");
        let size = long_question(1).heap();
        assert!(size > 30_000);
        let held = (1..=QUESTIONS)
            .filter(|number| memory.0.get(&long_question(*number)).is_some())
            .count();
        assert!((held * size) as u64 <= LIMIT, "{held} questions");
    }
}
