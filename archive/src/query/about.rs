//! Subjects of a search. Components are looked for by an index in the order of answers, as users are.
//! What is about others is so little that all of it is known before the search begins.

use std::hash::{Hash, Hasher};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::position::Position;
use crate::subject::Subject;

/// Subjects, distinct.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct About {
    /// The numbers of components.
    pub(super) components: Vec<i64>,
    /// The numbers of others.
    others: Vec<i64>,
    /// All messages that are about one of the others, distinct and in order.
    pub(crate) messages: Vec<Position>,
}

/// By what was asked: what is about it are perhaps thousands of messages.
impl Hash for About {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.components.hash(state);
        self.others.hash(state);
        self.messages.len().hash(state);
    }
}

impl About {
    /// Subjects as they are written, `kind:name`.
    pub(super) fn of(connection: &mut PgConnection, written: &[String]) -> QueryResult<Self> {
        let mut numbers: Vec<Subject> = written.iter().map(|text| Subject::written(text)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let (components, others): (Vec<Subject>, Vec<Subject>) = numbers
            .into_iter()
            .partition(|subject| subject.is_component());
        let numbers = |subjects: Vec<Subject>| subjects.into_iter().map(Subject::number).collect();
        let others: Vec<i64> = numbers(others);
        Ok(Self {
            components: numbers(components),
            messages: messages_about(connection, &others)?,
            others,
        })
    }

    /// Whether nothing is about these subjects, as far as is known.
    pub(super) fn is_empty(&self) -> bool {
        self.components.is_empty() && self.messages.is_empty()
    }

    /// Whether all messages that are about these subjects are known.
    pub(crate) fn is_known(&self) -> bool {
        self.components.is_empty() && !self.messages.is_empty()
    }

    /// How much memory the subjects take, in bytes.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.components.as_slice())
            + size_of_val(self.others.as_slice())
            + size_of_val(self.messages.as_slice())
    }

    /// Appends the messages that are known, as a table of this name.
    pub(super) fn push_messages(&self, sql: &mut Sql, name: &str) {
        let ids = self.messages.iter().map(|message| message.id);
        let times = self.messages.iter().map(|message| message.timestamp);
        sql.push("unnest(").bind(Bind::BigInts(ids.collect()));
        sql.push(", ").bind(Bind::Times(times.collect()));
        sql.push(&format!(") AS {name} (msg_id, msg_timestamp)"));
    }

    /// Appends that a row `a` of `message_subjects` has one of these subjects.
    pub(super) fn push_held(&self, sql: &mut Sql) {
        sql.push("(a.component = ANY (")
            .bind(Bind::BigInts(self.components.clone()))
            .push(") OR a.subjects && ")
            .bind(Bind::BigInts(self.others.clone()))
            .push(")");
    }
}

fn messages_about(connection: &mut PgConnection, others: &[i64]) -> QueryResult<Vec<Position>> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT msg_id, msg_timestamp FROM messages_about(");
    sql.bind(Bind::BigInts(others.to_vec())).push(")");
    let rows = sql.of::<(BigInt, Timestamp)>().load(connection)?;
    let position = |(id, timestamp)| Position { timestamp, id };
    let mut messages: Vec<Position> = rows.into_iter().map(position).collect();
    messages.sort_unstable();
    messages.dedup();
    Ok(messages)
}
