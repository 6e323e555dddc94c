//! Answers searches.
//!
//! A search becomes two statements over the same snapshot: the total, and the keys of one page
//! from an index in answer order, which then fetch their rows. A user or a package drives the
//! statement from its association table; everything else is driven from `messages`.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamp};

use crate::connection::{self, ConnectionOptions, PgPool};
use crate::schema::{packages, users};
use crate::sql::{Bind, Sql};
use crate::{Match, Message, Order, PageRequest, Search, StoreError};

/// Reads the archive through a pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    pool: PgPool,
    statement_timeout: Option<Duration>,
}

/// One page of an answer.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The messages, in the order asked for.
    pub messages: Vec<Message>,
    /// How many match in all.
    pub total: u64,
}

impl Reader {
    /// Does not connect yet: the database may be away now.
    pub fn new(options: &ConnectionOptions) -> Self {
        Self { pool: options.pool(), statement_timeout: options.statement_timeout }
    }

    fn run<T>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        connection::run(&self.pool, name, self.statement_timeout, |connection| {
            // One snapshot for all statements, so that a total fits its page.
            connection.build_transaction().read_only().repeatable_read().run(work)
        })
    }

    /// One page of what matches, and how many match in all.
    pub fn search(&self, search: &Search, page: PageRequest) -> Result<Page, StoreError> {
        self.run("search", |connection| {
            let Some(plan) = Plan::new(connection, search)? else { return Ok(Page::default()) };
            let total = count(connection, &plan)?;
            let messages = if page.offset() >= total {
                Vec::new()
            } else {
                plan.page(page).into_query().load::<Row>(connection)?.into_iter().map(Row::into_message).collect()
            };
            Ok(Page { messages, total })
        })
    }

    /// How many messages match.
    pub fn count(&self, search: &Search) -> Result<u64, StoreError> {
        self.run("count", |connection| match Plan::new(connection, search)? {
            Some(plan) => count(connection, &plan),
            None => Ok(0),
        })
    }

    /// How many messages match in each of the half-open spans `[edges[n], edges[n+1])`.
    ///
    /// `edges` must ascend; the time range of `search` is not looked at.
    pub fn histogram(&self, search: &Search, edges: &[NaiveDateTime]) -> Result<Vec<u64>, StoreError> {
        let mut counts = vec![0; edges.len().saturating_sub(1)];
        let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else { return Ok(counts) };
        let search = Search { time: crate::TimeRange { start: Some(first), end: Some(last) }, ..search.clone() };
        self.run("histogram", |connection| {
            let Some(plan) = Plan::new(connection, &search)? else { return Ok(()) };
            for Bucket { bucket, count } in plan.histogram(edges).into_query().load::<Bucket>(connection)? {
                // Bucket 0 lies before the first edge, the last one at or after the last edge.
                if let Some(slot) = usize::try_from(bucket - 1).ok().and_then(|n| counts.get_mut(n)) {
                    *slot = count.unsigned_abs();
                }
            }
            Ok(())
        })?;
        Ok(counts)
    }

    /// The message with this id, the newest where several share it.
    pub fn find(&self, msg_id: &str) -> Result<Option<Message>, StoreError> {
        let mut sql = Sql::new("WITH page AS MATERIALIZED (SELECT id, \"timestamp\" FROM messages WHERE msg_id = ");
        sql.bind(Bind::Text(msg_id.to_owned()));
        sql.push(" ORDER BY \"timestamp\" DESC, id DESC LIMIT 1)").push(ROWS).push(OF_PAGE);
        self.run("find", |connection| {
            let row = sql.into_query().get_result::<Row>(connection).optional()?;
            Ok(row.map(Row::into_message))
        })
    }

    /// How many messages the archive holds.
    pub fn total(&self) -> Result<u64, StoreError> {
        self.count(&Search::default())
    }

    /// Whether the database answers.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.run("ping", |connection| {
            diesel::sql_query("SELECT id FROM messages LIMIT 1").execute(connection).map(drop)
        })
    }
}

fn count(connection: &mut PgConnection, plan: &Plan) -> QueryResult<u64> {
    let Count { count } = plan.count().into_query().get_result(connection)?;
    Ok(count.unsigned_abs())
}

/// What a [`Row`] is read from: messages `m` with the names of users and packages.
pub(crate) const ROWS: &str = r#"
SELECT m.id, m.msg_id, m.i, m.topic, m."timestamp", m.certificate, m.signature, m.category, m.agent_name, m.crypto,
       m.source_name, m.source_version, m.msg, m.headers::text AS headers,
       ARRAY(SELECT u.name FROM users_messages a JOIN users u ON u.id = a.user_id
             WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND u.name IS NOT NULL) AS users,
       ARRAY(SELECT p.name FROM packages_messages a JOIN packages p ON p.id = a.package_id
             WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND p.name IS NOT NULL) AS packages"#;

/// Those whose keys are in `page`; the order is the caller's.
const OF_PAGE: &str = r#" FROM page JOIN messages m ON m.id = page.id AND m."timestamp" = page."timestamp""#;

/// A search whose names are resolved to the keys of their tables.
struct Plan<'a> {
    search: &'a Search,
    users: Keys,
    packages: Keys,
    driver: Driver,
}

#[derive(Default)]
struct Keys {
    any: Vec<i32>,
    none: Vec<i32>,
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
    fn new(connection: &mut PgConnection, search: &'a Search) -> QueryResult<Option<Self>> {
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
        // With several users a message would come once for each: then they are a filter.
        let driver = match (users.any.len(), packages.any.len()) {
            (_, 1) => Driver::Packages,
            (1, _) => Driver::Users,
            _ => Driver::Messages,
        };
        Ok(Some(Self { search, users, packages, driver }))
    }

    fn count(&self) -> Sql {
        let mut sql = Sql::new("SELECT count(*) AS count");
        self.push_matching(&mut sql);
        sql
    }

    fn histogram(&self, edges: &[NaiveDateTime]) -> Sql {
        let (_, timestamp) = self.key();
        let mut sql = Sql::default();
        sql.push(&format!("SELECT width_bucket({timestamp}, ARRAY["));
        for (n, edge) in edges.iter().enumerate() {
            sql.push(if n == 0 { "" } else { ", " }).bind(Bind::Time(*edge));
        }
        sql.push("]::timestamp[]) AS bucket, count(*) AS count");
        self.push_matching(&mut sql);
        sql.push(" GROUP BY 1");
        sql
    }

    fn page(&self, page: PageRequest) -> Sql {
        let (id, timestamp) = self.key();
        let direction = match self.search.order {
            Order::Descending => "DESC",
            Order::Ascending => "ASC",
        };
        let mut sql = Sql::default();
        sql.push(&format!("WITH page AS MATERIALIZED (SELECT {id} AS id, {timestamp} AS \"timestamp\""));
        self.push_matching(&mut sql);
        sql.push(&format!(" ORDER BY {timestamp} {direction}, {id} {direction} LIMIT "));
        sql.bind(Bind::BigInt(page.size.into()));
        // An offset beyond the type lies beyond any answer.
        sql.push(" OFFSET ").bind(Bind::BigInt(i64::try_from(page.offset()).unwrap_or(i64::MAX)));
        sql.push(")").push(ROWS).push(OF_PAGE);
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
        let Search { time, categories, topics, agents, contains, .. } = self.search;
        let (id, timestamp) = self.key();
        let mut times = vec![timestamp];
        let (table, column, key) = match self.driver {
            Driver::Messages => ("messages m", "true", None),
            Driver::Users => ("users_messages d", "d.user_id = ", self.users.any.first()),
            Driver::Packages => ("packages_messages d", "d.package_id = ", self.packages.any.first()),
        };
        sql.push(" FROM ").push(table);
        if self.driver != Driver::Messages && self.looks_into_messages() {
            sql.push(" JOIN messages m ON m.id = d.msg_id AND m.\"timestamp\" = d.msg_timestamp");
            // Bounded there too, which prunes partitions.
            times.push("m.\"timestamp\"");
        }
        sql.push(" WHERE ").push(column);
        if let Some(key) = key {
            sql.bind(Bind::BigInt((*key).into()));
        }
        for (bound, comparison) in [(time.start, ">="), (time.end, "<=")] {
            let Some(bound) = bound else { continue };
            for column in &times {
                sql.push(&format!(" AND {column} {comparison} ")).bind(Bind::Time(bound));
            }
        }
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

#[derive(QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    msg_id: Option<String>,
    #[diesel(sql_type = Integer)]
    i: i32,
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = Timestamp)]
    timestamp: NaiveDateTime,
    #[diesel(sql_type = Nullable<Text>)]
    certificate: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    signature: Option<String>,
    #[diesel(sql_type = Text)]
    category: String,
    #[diesel(sql_type = Nullable<Text>)]
    agent_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    crypto: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    source_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    source_version: Option<String>,
    #[diesel(sql_type = Text)]
    msg: String,
    #[diesel(sql_type = Nullable<Text>)]
    headers: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    users: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    packages: Vec<String>,
}

impl Row {
    pub(crate) fn into_message(mut self) -> Message {
        // Here and not in SQL, where the order depends on the database's collation.
        self.users.sort_unstable();
        self.packages.sort_unstable();
        Message {
            id: self.id,
            msg_id: self.msg_id,
            i: self.i,
            topic: self.topic,
            timestamp: self.timestamp,
            certificate: self.certificate,
            signature: self.signature,
            category: self.category,
            agent_name: self.agent_name,
            crypto: self.crypto,
            source_name: self.source_name,
            source_version: self.source_version,
            msg: self.msg,
            headers: self.headers,
            users: self.users,
            packages: self.packages,
        }
    }
}
