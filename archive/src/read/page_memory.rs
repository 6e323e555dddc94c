//! Bodies and headers that were read for the same question before, which the database need not send
//! again: clients ask again and again whether something new has come.

use std::sync::Arc;

use chrono::NaiveDateTime;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::message::Message;
use crate::query::row::{Row, Texts};
use crate::search::{PageRequest, Search, TimeRange};

/// The pages that were answered last.
pub(crate) struct Known(Cache<Question, Arc<[Held]>, Bytes>);

/// What was asked but for the time, which moves on.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct Question(Search, PageRequest);

/// What is kept of a message.
pub(crate) struct Held {
    pub(crate) id: i64,
    timestamp: NaiveDateTime,
    version: String,
    texts: Texts,
}

/// The size of all that is kept, in bytes.
const MOST: u64 = 24 << 20;

#[derive(Clone)]
struct Bytes;

impl Weighter<Question, Arc<[Held]>> for Bytes {
    fn weight(&self, _: &Question, page: &Arc<[Held]>) -> u64 {
        let size =
            |Held {
                 texts: (msg, headers),
                 ..
             }: &Held| msg.len() + headers.as_deref().map_or(0, str::len) + 200;
        page.iter().map(size).sum::<usize>() as u64 + 1_000
    }
}

impl Default for Known {
    fn default() -> Self {
        Self(Cache::with_weighter(1_000, MOST, Bytes))
    }
}

impl Question {
    pub(crate) fn of(search: &Search, page: PageRequest) -> Self {
        Self(
            Search {
                time: TimeRange::default(),
                ..search.clone()
            },
            page,
        )
    }
}

impl Known {
    /// To be called when the database may be another one: versions may come again.
    pub(crate) fn forget(&self) {
        self.0.clear();
    }

    /// What was read for the question; empty if it is new.
    pub(crate) fn held(&self, question: &Question) -> Arc<[Held]> {
        self.0.get(question).unwrap_or_default()
    }

    /// The rows' messages, with what was not sent from `held`; `None` if that is no longer right.
    pub(crate) fn complete(
        &self,
        question: &Question,
        held: &[Held],
        rows: Vec<Row>,
    ) -> Option<Vec<Message>> {
        let mut page = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, timestamp, version) = (row.id, row.timestamp, row.version.clone());
            let is_it = |held: &&Held| {
                (held.id, held.timestamp, &held.version) == (id, timestamp, &version)
            };
            let texts = row
                .texts()
                .or_else(|| held.iter().find(is_it).map(|held| held.texts.clone()))?;
            page.push(Held {
                id,
                timestamp,
                version,
                texts,
            });
        }
        let with_texts = |(row, held): (Row, &Held)| row.into_message_with(held.texts.clone());
        let is_new = rows.iter().any(|row| row.texts().is_some());
        let messages = rows.into_iter().zip(&page).map(with_texts).collect();
        if is_new {
            self.0.insert(question.clone(), page.into());
        }
        Some(messages)
    }
}
