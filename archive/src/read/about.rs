//! What stored messages are about.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::position::Position;
use crate::query::shown::push_shown;
use crate::read::reader::Reader;
use crate::subject::{Subject, Subjects};
use crate::topic_class::TopicClass;

/// What is stored of what a message is about. The default is nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StoredSubjects {
    /// The subjects.
    pub subjects: Subjects,
    /// The number of the class of the topic, or that there is none, in each row.
    classes: Vec<Option<i32>>,
}

impl StoredSubjects {
    /// Whether it is what would be stored of a message with this topic that is about these subjects.
    pub fn are(&self, subjects: &Subjects, topic: &str) -> bool {
        let class = Some(TopicClass::of(topic).number());
        self.subjects == *subjects && self.classes.iter().all(|stored| *stored == class)
    }
}

type AboutColumns = (
    BigInt,
    Timestamp,
    BigInt,
    Nullable<Array<BigInt>>,
    Nullable<Integer>,
);
type AboutRow = (i64, NaiveDateTime, i64, Option<Vec<i64>>, Option<i32>);

impl Reader {
    /// What the messages at these positions are about, in this order: what is stored of it.
    pub fn subjects(&self, messages: &[Position]) -> Result<Vec<StoredSubjects>, StoreError> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.run("subjects", &messages.len(), |connection, _| {
            let ids = messages.iter().map(|message| message.id);
            let times = messages.iter().map(|message| message.timestamp);
            let mut sql = Sql::new(
                "SELECT msg_id, msg_timestamp, component, subjects, topic_class FROM unnest(",
            );
            sql.bind(Bind::BigInts(ids.collect())).push(", ");
            sql.bind(Bind::Times(times.collect()));
            sql.push(
                ") AS asked (id, \"timestamp\")
                 JOIN message_subjects ON msg_id = asked.id AND msg_timestamp = asked.\"timestamp\"",
            );
            if !self.hidden.is_empty() {
                sql.push(
                    " WHERE EXISTS (SELECT 1 FROM messages
                      WHERE id = asked.id AND \"timestamp\" = asked.\"timestamp\"",
                );
                push_shown(&mut sql, &self.hidden, "");
                sql.push(")");
            }
            sql.of::<AboutColumns>().load::<AboutRow>(connection)
        })?;
        let mut found = HashMap::<(i64, NaiveDateTime), (Vec<i64>, Vec<Option<i32>>)>::new();
        for (id, time, component, others, class) in rows {
            let (numbers, classes) = found.entry((id, time)).or_default();
            numbers.push(component);
            numbers.extend(others.unwrap_or_default());
            classes.push(class);
        }
        let subjects = |message: &Position| {
            let of_message = found.remove(&(message.id, message.timestamp));
            let (numbers, classes) = of_message.unwrap_or_default();
            let numbers = numbers.into_iter();
            let subjects = numbers.filter_map(Subject::numbered).collect();
            StoredSubjects { subjects, classes }
        };
        Ok(messages.iter().map(subjects).collect())
    }
}
