//! Which messages of a slice are here already.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::adopt::incumbent;
use crate::adopt::old_row::{MSG_ID, OldRow, content};
use crate::span::Span;

/// By what a message is recognised, beside its time.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Sign {
    /// Its id.
    Id(String),
    /// All that it holds, where it has no id. Others may be equal: then they are counted.
    Content(String),
}

impl Sign {
    pub(super) fn of(row: &OldRow) -> Self {
        match row.text(MSG_ID) {
            Some(id) => Self::Id(id.to_owned()),
            None => Self::Content(row.content().unwrap_or_default().to_owned()),
        }
    }

    /// Its id, if it has one.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Content(_) => None,
        }
    }
}

/// The messages of a span that are stored here.
#[derive(Default)]
pub(super) struct Here {
    ids: HashMap<(NaiveDateTime, String), KeyAndTopic>,
    /// The keys of those with this content that were not found yet, the last first.
    contents: HashMap<(NaiveDateTime, String), Vec<i64>>,
}

/// A message that has an id.
struct KeyAndTopic {
    key: i64,
    topic: Rc<str>,
}

#[derive(QueryableByName)]
struct StoredSign {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Timestamp)]
    timestamp: NaiveDateTime,
    #[diesel(sql_type = Nullable<Text>)]
    msg_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    content: Option<String>,
    #[diesel(sql_type = Text)]
    topic: String,
}

impl Here {
    /// Looks which messages there are.
    pub(super) fn look(connection: &mut PgConnection, span: Span) -> QueryResult<Self> {
        let mut here = Self::default();
        // They are few.
        let mut topics: HashSet<Rc<str>> = HashSet::new();
        for row in stored(connection, span)? {
            let (at, key) = (row.timestamp, row.id);
            match (row.msg_id, row.content) {
                (Some(id), _) => {
                    let known = topics.get(row.topic.as_str()).cloned();
                    let topic = known.unwrap_or_else(|| row.topic.into());
                    topics.insert(Rc::clone(&topic));
                    here.ids.insert((at, id), KeyAndTopic { key, topic });
                }
                (None, Some(sum)) => here.contents.entry((at, sum)).or_default().push(key),
                (None, None) => {}
            }
        }
        Ok(here)
    }

    /// The key of a message. Each that has no id is found once.
    pub(super) fn find(&mut self, at: NaiveDateTime, sign: &Sign) -> Option<i64> {
        match sign {
            Sign::Id(id) => self.key(at, id),
            Sign::Content(sum) => self.contents.get_mut(&(at, sum.clone()))?.pop(),
        }
    }

    /// Notes that a message will be stored, under a key that it has not got yet.
    pub(super) fn add(&mut self, at: NaiveDateTime, sign: Sign) {
        if let Sign::Id(id) = sign {
            let (key, topic) = (0, Rc::from(""));
            self.ids.insert((at, id), KeyAndTopic { key, topic });
        }
    }

    /// The topic of the message that has this id.
    pub(super) fn topic(&self, at: NaiveDateTime, id: &str) -> Option<&str> {
        let stored = self.ids.get(&(at, id.to_owned()))?;
        Some(&stored.topic)
    }

    /// The key of the message that has this id.
    pub(super) fn key(&self, at: NaiveDateTime, id: &str) -> Option<i64> {
        self.ids.get(&(at, id.to_owned())).map(|stored| stored.key)
    }
}

fn stored(connection: &mut PgConnection, span: Span) -> QueryResult<Vec<StoredSign>> {
    let (within, content) = (incumbent::within(span, "\"timestamp\""), content());
    diesel::sql_query(format!(
        "SELECT id, \"timestamp\", msg_id, {content} AS content, topic
         FROM messages WHERE {within} ORDER BY id DESC"
    ))
    .load(connection)
}
