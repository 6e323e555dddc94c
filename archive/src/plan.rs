//! The statements that answer a search.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use crate::row::{OF_PAGE, ROWS, Row};
use crate::schema::{packages, users};
use crate::sql::{Bind, Sql};
use crate::{Match, Message, Order, Search, TimeRange};

/// A search whose names are resolved to the keys of their tables.
#[derive(Clone)]
pub(crate) struct Plan<'a> {
    /// What was asked, but for the time.
    pub(crate) search: &'a Search,
    /// The time: that of the search, or a part of it.
    pub(crate) time: TimeRange,
    pub(crate) users: Keys,
    pub(crate) packages: Keys,
    driver: Driver,
}

/// The keys of names.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    pub(crate) any: Vec<i32>,
    pub(crate) none: Vec<i32>,
}

/// The table whose index gives the order of the answer.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Driver {
    Messages,
    Users,
    Packages,
}

impl<'a> Plan<'a> {
    /// `None` when nothing can match, because no such user or package is known.
    pub(crate) fn new(connection: &mut PgConnection, search: &'a Search) -> QueryResult<Option<Self>> {
        let users =
            Keys { any: user_ids(connection, &search.users.any)?, none: user_ids(connection, &search.users.none)? };
        let packages = Keys {
            any: package_ids(connection, &search.packages.any)?,
            none: package_ids(connection, &search.packages.none)?,
        };
        let unknown = |asked: &Match, found: &Keys| !asked.any.is_empty() && found.any.is_empty();
        if unknown(&search.users, &users) || unknown(&search.packages, &packages) {
            return Ok(None);
        }
        // One name's index is in the order of the answer; several must be merged and sorted first.
        let driver = match (users.any.len(), packages.any.len()) {
            (_, 1) => Driver::Packages,
            (1, _) => Driver::Users,
            (0, 0) => Driver::Messages,
            (0, _) => Driver::Packages,
            _ => Driver::Users,
        };
        Ok(Some(Self { search, time: search.time, users, packages, driver }))
    }

    /// The same for another time.
    pub(crate) fn within(&self, time: TimeRange) -> Self {
        Self { time, ..self.clone() }
    }

    /// The order of the answer.
    pub(crate) fn order(&self) -> Order {
        self.search.order
    }

    /// How many match, counted row by row.
    pub(crate) fn count(&self, connection: &mut PgConnection) -> QueryResult<u64> {
        let mut sql = Sql::new("SELECT count(*) AS count");
        self.push_matching(&mut sql);
        let Count { count } = sql.into_query().get_result(connection)?;
        Ok(count.unsigned_abs())
    }

    /// How many match in each span between two `edges`, its end excluded, counted row by row.
    pub(crate) fn histogram(&self, connection: &mut PgConnection, edges: &[NaiveDateTime]) -> QueryResult<Vec<u64>> {
        let (_, timestamp) = self.key();
        let mut sql = Sql::default();
        sql.push(&format!("SELECT width_bucket({timestamp}, ARRAY["));
        for (n, edge) in edges.iter().enumerate() {
            sql.push(if n == 0 { "" } else { ", " }).bind(Bind::Time(*edge));
        }
        sql.push("]::timestamp[]) AS bucket, count(*) AS count");
        self.push_matching(&mut sql);
        sql.push(" GROUP BY 1");
        let mut counts = vec![0; edges.len().saturating_sub(1)];
        for Bucket { bucket, count } in sql.into_query().load::<Bucket>(connection)? {
            // Bucket 0 lies before the first edge, the last one at or after the last edge.
            if let Some(slot) = usize::try_from(bucket - 1).ok().and_then(|n| counts.get_mut(n)) {
                *slot = count.unsigned_abs();
            }
        }
        Ok(counts)
    }

    /// Some of the messages that match, in the order asked for.
    pub(crate) fn rows(&self, connection: &mut PgConnection, offset: u64, limit: u32) -> QueryResult<Vec<Message>> {
        let rows = self.page(offset, limit).into_query().load::<Row>(connection)?;
        Ok(rows.into_iter().map(Row::into_message).collect())
    }

    fn page(&self, offset: u64, limit: u32) -> Sql {
        let (id, timestamp) = self.key();
        let direction = match self.search.order {
            Order::Descending => "DESC",
            Order::Ascending => "ASC",
        };
        let mut sql = Sql::default();
        sql.push(&format!("WITH page AS MATERIALIZED (SELECT {id} AS id, {timestamp} AS \"timestamp\""));
        self.push_matching(&mut sql);
        sql.push(&format!(" ORDER BY {timestamp} {direction}, {id} {direction} LIMIT "));
        sql.bind(Bind::BigInt(limit.into()));
        // An offset beyond the type lies beyond any answer.
        sql.push(" OFFSET ").bind(Bind::BigInt(i64::try_from(offset).unwrap_or(i64::MAX)));
        sql.push(")").push(ROWS).push(OF_PAGE).push(" WHERE true");
        self.push_time(&mut sql, &["m.\"timestamp\""]);
        sql.push(&format!(" ORDER BY m.\"timestamp\" {direction}, m.id {direction}"));
        sql
    }

    /// The columns that order the answer: those of the driving table, whose index has them.
    fn key(&self) -> (&'static str, &'static str) {
        match self.driver {
            Driver::Messages => ("m.id", "m.\"timestamp\""),
            Driver::Users | Driver::Packages => ("d.msg_id", "d.msg_timestamp"),
        }
    }

    /// Appends FROM and WHERE.
    fn push_matching(&self, sql: &mut Sql) {
        let Search { categories, topics, agents, contains, .. } = self.search;
        let (id, timestamp) = self.key();
        let mut times = vec![timestamp];
        let mut only = None;
        let association = match self.driver {
            Driver::Messages => None,
            Driver::Users => Some(("users_messages", "user_id", self.users.any.as_slice())),
            Driver::Packages => Some(("packages_messages", "package_id", self.packages.any.as_slice())),
        };
        sql.push(" FROM ");
        match association {
            None => {
                sql.push("messages m");
            }
            Some((table, column, [key])) => {
                sql.push(&format!("{table} d"));
                only = Some((column, *key));
            }
            // A message that concerns several of them comes once.
            Some((table, column, keys)) => {
                sql.push(&format!("(SELECT DISTINCT msg_id, msg_timestamp FROM {table} WHERE {column} = ANY ("));
                sql.bind(Bind::Integers(keys.to_vec())).push(")");
                self.push_time(sql, &["msg_timestamp"]);
                sql.push(") d");
            }
        }
        if self.driver != Driver::Messages && self.looks_into_messages() {
            sql.push(" JOIN messages m ON m.id = d.msg_id AND m.\"timestamp\" = d.msg_timestamp");
            // Bounded there too, which prunes partitions.
            times.push("m.\"timestamp\"");
        }
        sql.push(" WHERE true");
        if let Some((column, key)) = only {
            sql.push(&format!(" AND d.{column} = ")).bind(Bind::BigInt(key.into()));
        }
        self.push_time(sql, &times);
        push_equality(sql, "m.topic", topics);
        push_equality(sql, "m.category", categories);
        push_equality(sql, "m.agent_name", &Match { any: agents.any.clone(), none: Vec::new() });
        if !agents.none.is_empty() {
            sql.push(" AND (m.agent_name IS NULL OR m.agent_name <> ALL (");
            sql.bind(Bind::Texts(agents.none.clone())).push("))");
        }
        if !contains.is_empty() {
            sql.push(" AND m.msg LIKE ANY (").bind(Bind::Texts(like_patterns(contains))).push(")");
        }
        let of = format!("a.msg_id = {id} AND a.msg_timestamp = {timestamp}");
        let (users, packages) = (self.driver == Driver::Users, self.driver == Driver::Packages);
        push_association(sql, &format!("users_messages a WHERE {of} AND a.user_id"), &self.users, users);
        push_association(sql, &format!("packages_messages a WHERE {of} AND a.package_id"), &self.packages, packages);
    }

    fn push_time(&self, sql: &mut Sql, columns: &[&str]) {
        for (bound, comparison) in [(self.time.start, ">="), (self.time.end, "<=")] {
            let Some(bound) = bound else { continue };
            for column in columns {
                sql.push(&format!(" AND {column} {comparison} ")).bind(Bind::Time(bound));
            }
        }
    }

    /// Whether associations alone cannot tell what matches.
    fn looks_into_messages(&self) -> bool {
        let asked = |values: &Match| !values.any.is_empty() || !values.none.is_empty();
        let Search { categories, topics, agents, contains, .. } = self.search;
        asked(categories) || asked(topics) || asked(agents) || !contains.is_empty()
    }
}

fn push_equality(sql: &mut Sql, column: &str, values: &Match) {
    match values.any.as_slice() {
        [] => {}
        [only] => {
            sql.push(&format!(" AND {column} = ")).bind(Bind::Text(only.clone()));
        }
        several => {
            sql.push(&format!(" AND {column} = ANY (")).bind(Bind::Texts(several.to_vec())).push(")");
        }
    }
    if !values.none.is_empty() {
        sql.push(&format!(" AND {column} <> ALL (")).bind(Bind::Texts(values.none.clone())).push(")");
    }
}

/// Appends that one of the keys is associated, and that none of the others is.
///
/// `rows` is the rows of the message in the association's table up to the column of its key;
/// `drives` tells that the statement starts from that table, with the wanted key.
fn push_association(sql: &mut Sql, rows: &str, keys: &Keys, drives: bool) {
    for (word, ids) in [("EXISTS", &keys.any), ("NOT EXISTS", &keys.none)] {
        if ids.is_empty() || (drives && word == "EXISTS") {
            continue;
        }
        sql.push(&format!(" AND {word} (SELECT 1 FROM {rows} = ANY (")).bind(Bind::Integers(ids.clone())).push("))");
    }
}

/// LIKE patterns that find the texts literally, and in the escaped form in which bodies are stored.
fn like_patterns(texts: &[String]) -> Vec<String> {
    let mut patterns = Vec::new();
    for text in texts {
        let mut ascii = String::new();
        crate::body::push_ascii(&mut ascii, text);
        let literal = (ascii != *text).then(|| text.clone());
        for text in std::iter::once(ascii).chain(literal) {
            let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            patterns.push(format!("%{escaped}%"));
        }
    }
    patterns
}

fn user_ids(connection: &mut PgConnection, names: &[String]) -> QueryResult<Vec<i32>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    users::table.filter(users::name.eq_any(names)).select(users::id).load(connection)
}

fn package_ids(connection: &mut PgConnection, names: &[String]) -> QueryResult<Vec<i32>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    packages::table.filter(packages::name.eq_any(names)).select(packages::id).load(connection)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Bucket {
    #[diesel(sql_type = Integer)]
    bucket: i32,
    #[diesel(sql_type = BigInt)]
    count: i64,
}
