//! SQL text with its bind values, built up piece by piece.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Date, Integer, Text, Timestamp};

#[derive(Clone, Debug)]
pub(crate) enum Bind {
    BigInt(i64),
    Date(NaiveDate),
    Integers(Vec<i32>),
    Text(String),
    Texts(Vec<String>),
    Time(NaiveDateTime),
}

/// A statement. Values enter it only as binds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    text: String,
    binds: Vec<Bind>,
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), binds: Vec::new() }
    }

    /// Appends text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder and its value.
    pub(crate) fn bind(&mut self, value: Bind) -> &mut Self {
        self.binds.push(value);
        self.text.push('$');
        self.text.push_str(&self.binds.len().to_string());
        self
    }

    pub(crate) fn into_query(self) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        self.binds.into_iter().fold(diesel::sql_query(self.text).into_boxed(), |query, bind| match bind {
            Bind::BigInt(value) => query.bind::<BigInt, _>(value),
            Bind::Date(value) => query.bind::<Date, _>(value),
            Bind::Integers(values) => query.bind::<Array<Integer>, _>(values),
            Bind::Text(value) => query.bind::<Text, _>(value),
            Bind::Texts(values) => query.bind::<Array<Text>, _>(values),
            Bind::Time(value) => query.bind::<Timestamp, _>(value),
        })
    }
}
