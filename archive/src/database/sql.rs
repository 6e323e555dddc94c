//! SQL text with its bind values, built up piece by piece.

use std::marker::PhantomData;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Date, Integer, Nullable, Text, Timestamp};
use diesel::{QueryResult, RunQueryDsl};

#[derive(Clone, Debug)]
pub(crate) enum Bind {
    BigInt(i64),
    BigInts(Vec<i64>),
    /// Times, of which those that are missing bound nothing.
    Bounds(Vec<Option<NaiveDateTime>>),
    Binaries(Vec<Vec<u8>>),
    Date(NaiveDate),
    Dates(Vec<NaiveDate>),
    Integer(i32),
    Integers(Vec<i32>),
    Text(String),
    Texts(Vec<String>),
    Time(NaiveDateTime),
    Times(Vec<NaiveDateTime>),
}

/// A statement. Values enter it only as binds, so that its text is one of few: each connection
/// prepares and plans it once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    text: String,
    /// Values, and where in the text their placeholders belong.
    binds: Vec<(usize, Bind)>,
}

impl Sql {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            binds: Vec::new(),
        }
    }

    /// Appends text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder and its value.
    pub(crate) fn bind(&mut self, value: Bind) -> &mut Self {
        self.binds.push((self.text.len(), value));
        self
    }

    /// Appends text after UNION ALL, if it is not the first.
    pub(crate) fn union_all(&mut self, text: &str) -> &mut Self {
        let union = if self.text.is_empty() {
            ""
        } else {
            " UNION ALL "
        };
        self.push(union).push(text)
    }

    /// Appends another statement's text and values.
    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.binds
            .extend(other.binds.into_iter().map(|(at, bind)| (start + at, bind)));
        self
    }

    /// The statement as one whose rows have columns of these types, in their order.
    pub(crate) fn of<Columns>(self) -> Typed<Columns> {
        Typed {
            sql: self,
            columns: PhantomData,
        }
    }
}

/// A statement and the SQL types of its columns.
#[derive(Clone, Debug)]
pub(crate) struct Typed<Columns> {
    sql: Sql,
    columns: PhantomData<Columns>,
}

impl<Columns> Query for Typed<Columns> {
    type SqlType = Columns;
}

impl<Columns> QueryId for Typed<Columns> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Columns> RunQueryDsl<PgConnection> for Typed<Columns> {}

impl<Columns> QueryFragment<Pg> for Typed<Columns> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut written = 0;
        for (at, bind) in &self.sql.binds {
            out.push_sql(&self.sql.text[written..*at]);
            written = *at;
            match bind {
                Bind::BigInt(value) => out.push_bind_param::<BigInt, _>(value)?,
                Bind::BigInts(values) => out.push_bind_param::<Array<BigInt>, _>(values)?,
                Bind::Bounds(values) => {
                    out.push_bind_param::<Array<Nullable<Timestamp>>, _>(values)?;
                }
                Bind::Binaries(values) => out.push_bind_param::<Array<Binary>, _>(values)?,
                Bind::Date(value) => out.push_bind_param::<Date, _>(value)?,
                Bind::Dates(values) => out.push_bind_param::<Array<Date>, _>(values)?,
                Bind::Integer(value) => out.push_bind_param::<Integer, _>(value)?,
                Bind::Integers(values) => out.push_bind_param::<Array<Integer>, _>(values)?,
                Bind::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Bind::Texts(values) => out.push_bind_param::<Array<Text>, _>(values)?,
                Bind::Time(value) => out.push_bind_param::<Timestamp, _>(value)?,
                Bind::Times(values) => out.push_bind_param::<Array<Timestamp>, _>(values)?,
            }
        }
        out.push_sql(&self.sql.text[written..]);
        Ok(())
    }
}
