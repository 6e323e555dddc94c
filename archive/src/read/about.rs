//! What stored messages are about.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::position::Position;
use crate::read::reader::Reader;
use crate::subject::{Subject, Subjects};

type AboutColumns = (BigInt, Timestamp, BigInt, Nullable<Array<BigInt>>);
type AboutRow = (i64, NaiveDateTime, i64, Option<Vec<i64>>);

impl Reader {
    /// What the messages at these positions are about, in this order: what is stored of it.
    pub fn subjects(&self, messages: &[Position]) -> Result<Vec<Subjects>, StoreError> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.run("subjects", &messages.len(), |connection, _| {
            let ids = messages.iter().map(|message| message.id);
            let times = messages.iter().map(|message| message.timestamp);
            let mut sql =
                Sql::new("SELECT msg_id, msg_timestamp, component, subjects FROM unnest(");
            sql.bind(Bind::BigInts(ids.collect())).push(", ");
            sql.bind(Bind::Times(times.collect()));
            sql.push(
                ") AS asked (id, \"timestamp\")
                 JOIN message_subjects ON msg_id = asked.id AND msg_timestamp = asked.\"timestamp\"",
            );
            sql.of::<AboutColumns>().load::<AboutRow>(connection)
        })?;
        let mut found = HashMap::<(i64, NaiveDateTime), Vec<i64>>::new();
        for (id, time, component, others) in rows {
            let numbers = found.entry((id, time)).or_default();
            numbers.push(component);
            numbers.extend(others.unwrap_or_default());
        }
        let subjects = |message: &Position| {
            let numbers = found.remove(&(message.id, message.timestamp));
            let numbers = numbers.unwrap_or_default().into_iter();
            numbers.filter_map(Subject::numbered).collect()
        };
        Ok(messages.iter().map(subjects).collect())
    }
}
