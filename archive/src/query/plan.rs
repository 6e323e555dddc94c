//! The statements that answer a search.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Timestamp};
use pythonic::json::push_ascii;

use crate::counts::small_result::Key;
use crate::database::sql::{Bind, Sql};
use crate::query::dimension::{Dimension, Filter, Source, Values};
use crate::query::row::{self, Columns, Row};
use crate::search::{Order, Search, TimeRange};

/// A search whose names are resolved to the keys of their tables.
#[derive(Clone, Debug)]
pub(crate) struct Plan<'a> {
    search: &'a Search,
    /// The time: that of the search, or a part of it.
    pub(crate) time: TimeRange,
    /// The order of the answer.
    pub(crate) order: Order,
    /// What is asked of each dimension of which anything is asked.
    pub(crate) filters: Vec<Filter>,
    /// The dimension whose index gives the order of the answer; `None` is the index of times.
    driver: Option<Dimension>,
    /// The ids of messages whose bodies are not needed.
    known: Vec<i64>,
}

/// Which of the driver's values a piece of SQL is for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Driving {
    /// All of them: the order does not matter.
    Any,
    /// The one that a row `driving` holds.
    Each,
}

/// How a piece of SQL knows the time.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Time {
    /// From the plan.
    Bound,
    /// From the columns `first` and `last` of a row `part`.
    Part,
}

impl<'a> Plan<'a> {
    /// `None` when nothing can match, because no such user or package is known.
    pub(crate) fn new(
        connection: &mut PgConnection,
        search: &'a Search,
    ) -> QueryResult<Option<Self>> {
        let mut filters = Vec::new();
        let mut keys = keys_of_names(connection, search)?;
        for dimension in Dimension::ALL {
            let asked = dimension.asked(search);
            if asked.any.is_empty() && asked.none.is_empty() {
                continue;
            }
            let mut values = |side: Side, asked: &[String]| match dimension.names() {
                Some(_) => Values::Keys(keys.remove(&(dimension.kind(), side)).unwrap_or_default()),
                None => Values::Texts(distinct(asked)),
            };
            let filter = Filter {
                dimension,
                any: values(Side::Any, &asked.any),
                none: values(Side::None, &asked.none),
            };
            if filter.any.is_empty() && !asked.any.is_empty() {
                return Ok(None);
            }
            filters.push(filter);
        }
        let driver = filters
            .iter()
            .find(|filter| !filter.any.is_empty())
            .map(|filter| filter.dimension);
        Ok(Some(Self {
            search,
            time: search.time,
            order: search.order,
            filters,
            driver,
            known: Vec::new(),
        }))
    }

    /// The same for another time.
    pub(crate) fn within(&self, time: TimeRange) -> Self {
        Self {
            time,
            ..self.clone()
        }
    }

    /// The same without the bodies and headers of messages with these ids.
    pub(crate) fn knowing(&self, ids: Vec<i64>) -> Self {
        Self {
            known: ids,
            ..self.clone()
        }
    }

    /// The same, led by the index of another dimension, of which values are asked.
    pub(crate) fn driven_by(&self, dimension: Dimension) -> Self {
        Self {
            driver: Some(dimension),
            ..self.clone()
        }
    }

    /// The same in the other order.
    pub(crate) fn reversed(&self) -> Self {
        let order = match self.order {
            Order::Ascending => Order::Descending,
            Order::Descending => Order::Ascending,
        };
        Self {
            order,
            ..self.clone()
        }
    }

    /// Whether bodies must be looked at.
    pub(crate) fn reads_bodies(&self) -> bool {
        !self.texts().is_empty()
    }

    /// What is looked for in bodies.
    pub(crate) fn texts(&self) -> &'a [String] {
        &self.search.contains
    }

    /// What is asked of a dimension.
    pub(crate) fn filter(&self, dimension: Dimension) -> Option<&Filter> {
        self.filters
            .iter()
            .find(|filter| filter.dimension == dimension)
    }

    /// A statement that counts row by row.
    pub(crate) fn counting(&self) -> Sql {
        let mut sql = Sql::default();
        self.push_count(&mut sql, Time::Bound);
        sql
    }

    /// How many match, counted row by row.
    pub(crate) fn count(&self, connection: &mut PgConnection) -> QueryResult<u64> {
        self.counting()
            .of::<BigInt>()
            .get_result::<i64>(connection)
            .map(i64::unsigned_abs)
    }

    /// How many match in each of some spans of time, both ends included, counted row by row.
    pub(crate) fn counts(
        &self,
        connection: &mut PgConnection,
        parts: &[(NaiveDateTime, NaiveDateTime)],
    ) -> QueryResult<Vec<u64>> {
        let mut counts = vec![0; parts.len()];
        if parts.is_empty() {
            return Ok(counts);
        }
        for (number, count) in self
            .counting_parts(parts)
            .of::<(BigInt, BigInt)>()
            .load::<(i64, i64)>(connection)?
        {
            // Ordinality counts from 1.
            if let Some(slot) = usize::try_from(number - 1)
                .ok()
                .and_then(|n| counts.get_mut(n))
            {
                *slot = count.unsigned_abs();
            }
        }
        Ok(counts)
    }

    /// A statement that counts row by row in each of some spans of time, both ends included. Its rows
    /// are the number of the span, from 1 on, and the count.
    pub(crate) fn counting_parts(&self, parts: &[(NaiveDateTime, NaiveDateTime)]) -> Sql {
        let (first, last) = parts.iter().copied().unzip();
        let mut sql = Sql::new("SELECT part.number, counted.count FROM unnest(");
        sql.bind(Bind::Times(first))
            .push(", ")
            .bind(Bind::Times(last));
        sql.push(") WITH ORDINALITY AS part (first, last, number) CROSS JOIN LATERAL (");
        self.push_count(&mut sql, Time::Part);
        sql.push(") AS counted");
        sql
    }

    /// How many match in each span between two `edges`, its end excluded, counted row by row.
    pub(crate) fn histogram(
        &self,
        connection: &mut PgConnection,
        edges: &[NaiveDateTime],
    ) -> QueryResult<Vec<u64>> {
        let (_, timestamp) = self.key();
        let mut sql = Sql::new(&format!("SELECT width_bucket({timestamp}, "));
        sql.bind(Bind::Times(edges.to_vec()))
            .push(") AS bucket, count(*) AS count");
        self.push_matching(&mut sql, Driving::Any, Time::Bound);
        sql.push(" GROUP BY 1");
        let mut counts = vec![0; edges.len().saturating_sub(1)];
        for (bucket, count) in sql
            .of::<(Integer, BigInt)>()
            .load::<(i32, i64)>(connection)?
        {
            // Bucket 0 lies before the first edge, the last one at or after the last edge.
            if let Some(slot) = usize::try_from(bucket - 1)
                .ok()
                .and_then(|n| counts.get_mut(n))
            {
                *slot = count.unsigned_abs();
            }
        }
        Ok(counts)
    }

    /// Some of the messages that match, in the order asked for.
    pub(crate) fn rows(
        &self,
        connection: &mut PgConnection,
        offset: u64,
        limit: u32,
    ) -> QueryResult<Vec<Row>> {
        let rows = self
            .some_rows(offset, limit, None)
            .of::<Columns>()
            .load::<Row>(connection)?;
        Ok(self.in_order(rows.into_iter()))
    }

    /// The first of them, and what the scalar statement `total` says in the same snapshot; `None`
    /// if there are none.
    pub(crate) fn first_rows(
        &self,
        connection: &mut PgConnection,
        limit: u32,
        total: Sql,
    ) -> QueryResult<Option<(Vec<Row>, u64)>> {
        let rows = self
            .some_rows(0, limit, Some(total))
            .of::<(Columns, BigInt)>()
            .load::<(Row, i64)>(connection)?;
        let total = rows.first().map(|(_, total)| total.unsigned_abs());
        Ok(total.map(|total| (self.in_order(rows.into_iter().map(|(row, _)| row)), total)))
    }

    /// The times of messages with these ids, each of that time; those that are gone are left out.
    pub(crate) fn times(
        &self,
        connection: &mut PgConnection,
        messages: impl Iterator<Item = (i64, TimeRange)>,
    ) -> QueryResult<Vec<(i64, NaiveDateTime)>> {
        let (ids, times): (Vec<i64>, Vec<TimeRange>) = messages.unzip();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let bounds = |of: fn(&TimeRange) -> Option<NaiveDateTime>| {
            Bind::Bounds(times.iter().map(of).collect())
        };
        // One by one, each in one partition: PostgreSQL would look for them among all messages of that time.
        let mut sql = Sql::new("SELECT m.id, m.\"timestamp\" FROM unnest(");
        sql.bind(Bind::BigInts(ids))
            .push(", ")
            .bind(bounds(|time| time.start))
            .push(", ");
        sql.bind(bounds(|time| time.end)).push(
            ") AS wanted (id, first, last) CROSS JOIN LATERAL (
               SELECT id, \"timestamp\" FROM messages WHERE messages.id = wanted.id
                 AND \"timestamp\" >= coalesce(wanted.first, '-infinity')
                 AND \"timestamp\" <= coalesce(wanted.last, 'infinity') OFFSET 0) AS m",
        );
        sql.of::<(BigInt, Timestamp)>().load(connection)
    }

    /// The messages of these times and ids, which all match, in the order asked for.
    pub(crate) fn rows_at(
        &self,
        connection: &mut PgConnection,
        keys: &[Key],
    ) -> QueryResult<Vec<Row>> {
        let (times, ids) = keys.iter().copied().unzip();
        let mut page = Sql::new("SELECT * FROM unnest(");
        page.bind(Bind::BigInts(ids))
            .push(", ")
            .bind(Bind::Times(times))
            .push(") AS key (id, \"timestamp\")");
        let rows = self
            .page(page, None)
            .of::<Columns>()
            .load::<Row>(connection)?;
        Ok(self.in_order(rows.into_iter()))
    }

    /// The statement that fetches some of the rows, and `total` with each.
    fn some_rows(&self, offset: u64, limit: u32, total: Option<Sql>) -> Sql {
        if offset > 0 || self.association().is_some() || self.merged().is_some() {
            return self.page(self.keys(offset, limit), total);
        }
        // The index leads straight to the rows. Where some are skipped, that would fetch these as well.
        let mut sql = Sql::new("SELECT ");
        self.push_columns(&mut sql, total);
        self.push_matching(&mut sql, Driving::Any, Time::Bound);
        let (id, timestamp) = self.key();
        sql.push(&self.ordered(timestamp, id));
        push_limit(&mut sql, 0, limit);
        sql
    }

    /// The statement that fetches the rows whose ids and times are `keys`, and `total` with each.
    fn page(&self, keys: Sql, total: Option<Sql>) -> Sql {
        let mut sql = Sql::new("WITH page AS MATERIALIZED (");
        sql.append(keys).push(") SELECT ");
        self.push_columns(&mut sql, total);
        sql.push(" FROM page JOIN messages m ON m.id = page.id AND m.\"timestamp\" = page.\"timestamp\" WHERE true");
        self.push_time(&mut sql, Time::Bound, &["m.\"timestamp\""]);
        sql
    }

    /// The rows of a page in the order asked for: a page is sorted here, so that
    /// PostgreSQL has no reason to read messages in another order than that of the page's keys.
    fn in_order(&self, rows: impl Iterator<Item = Row>) -> Vec<Row> {
        let mut rows: Vec<Row> = rows.collect();
        self.sort(&mut rows, |row| (row.timestamp, row.id));
        rows
    }

    /// Brings what has such keys into the order asked for.
    pub(crate) fn sort<T>(&self, all: &mut [T], key: impl FnMut(&T) -> Key) {
        all.sort_unstable_by_key(key);
        if self.order == Order::Descending {
            all.reverse();
        }
    }

    /// The ids and times of some of the messages that match, in the order asked for.
    fn keys(&self, offset: u64, limit: u32) -> Sql {
        let (id, timestamp) = self.key();
        let mut sql = Sql::default();
        let Some(driving) = self.merged() else {
            sql.push(&format!("SELECT {id} AS id, {timestamp} AS \"timestamp\""));
            self.push_matching(&mut sql, Driving::Any, Time::Bound);
            sql.push(&self.ordered(timestamp, id));
            push_limit(&mut sql, offset, limit);
            return sql;
        };
        // The index has each value's messages in order: as many of each as may be needed are merged.
        // A message with several of the values comes once.
        sql.push("SELECT DISTINCT newest.id, newest.\"timestamp\" FROM unnest(")
            .bind(driving.any.all());
        sql.push(&format!(") AS driving (value) CROSS JOIN LATERAL (SELECT {id} AS id, {timestamp} AS \"timestamp\""));
        self.push_matching(&mut sql, Driving::Each, Time::Bound);
        sql.push(&self.ordered(timestamp, id)).push(" LIMIT ");
        sql.bind(Bind::BigInt(
            i64::try_from(offset.saturating_add(limit.into())).unwrap_or(i64::MAX),
        ));
        sql.push(") AS newest").push(&self.ordered("2", "1"));
        push_limit(&mut sql, offset, limit);
        sql
    }

    fn ordered(&self, timestamp: &str, id: &str) -> String {
        let direction = match self.order {
            Order::Descending => "DESC",
            Order::Ascending => "ASC",
        };
        format!(" ORDER BY {timestamp} {direction}, {id} {direction}")
    }

    /// The driver, if several of its values are asked for.
    fn merged(&self) -> Option<&Filter> {
        self.driving().filter(|filter| filter.any.len() > 1)
    }

    fn driving(&self) -> Option<&Filter> {
        self.driver.and_then(|driver| self.filter(driver))
    }

    /// The driver, if it is a table of its own.
    fn association(&self) -> Option<(Source, &Filter)> {
        let filter = self
            .driving()
            .filter(|filter| filter.dimension.is_association())?;
        Some((filter.dimension.source(), filter))
    }

    /// The columns that order the answer: those of the driving table, whose index has them.
    fn key(&self) -> (&'static str, &'static str) {
        if self.association().is_some() {
            ("d.msg_id", "d.msg_timestamp")
        } else {
            ("m.id", "m.\"timestamp\"")
        }
    }

    /// Appends the columns of a row, and `total`.
    fn push_columns(&self, sql: &mut Sql, total: Option<Sql>) {
        row::push_columns(sql, Some(self.known.clone()));
        if let Some(total) = total {
            sql.push(", (").append(total).push(")");
        }
    }

    /// Appends the statement that counts.
    fn push_count(&self, sql: &mut Sql, time: Time) {
        if let Some((Source { table, column, .. }, filter)) = self.association()
            && filter.any.only().is_none()
            && filter.none.is_empty()
            && self.filters.len() == 1
            && !self.reads_bodies()
        {
            // Half of what it takes to make them distinct first.
            sql.push(&format!(
                "SELECT count(DISTINCT msg_id) AS count FROM {table} WHERE {column} = ANY ("
            ));
            sql.bind(filter.any.all()).push(")");
            return self.push_time(sql, time, &["msg_timestamp"]);
        }
        let Some([all, left_out]) = self.difference() else {
            sql.push("SELECT count(*) AS count");
            return self.push_matching(sql, Driving::Any, time);
        };
        sql.push("SELECT (");
        all.push_count(sql, time);
        sql.push(") - (");
        left_out.push_count(sql, time);
        sql.push(") AS count");
    }

    /// Where all that is asked is what to leave out: everything, and what is left out. Indexes alone
    /// can count both; what remains, only the messages could tell.
    fn difference(&self) -> Option<[Self; 2]> {
        let [
            Filter {
                dimension,
                any,
                none,
            },
        ] = self.filters.as_slice()
        else {
            return None;
        };
        if !any.is_empty() || none.is_empty() || self.reads_bodies() {
            return None;
        }
        let all = Self {
            filters: Vec::new(),
            driver: None,
            ..self.clone()
        };
        let left_out = Filter {
            dimension: *dimension,
            any: none.clone(),
            none: any.clone(),
        };
        Some([
            all,
            Self {
                filters: vec![left_out],
                driver: Some(*dimension),
                ..self.clone()
            },
        ])
    }

    /// Appends FROM and WHERE.
    fn push_matching(&self, sql: &mut Sql, driving: Driving, time: Time) {
        let (id, timestamp) = self.key();
        sql.push(" FROM ");
        match self.association() {
            None => {
                sql.push("messages m WHERE true");
            }
            Some((Source { table, column, .. }, filter)) => {
                let only = filter.any.only();
                if driving == Driving::Any && only.is_none() {
                    // A message that concerns several of them comes once.
                    sql.push(&format!(
                        "(SELECT DISTINCT msg_id, msg_timestamp FROM {table} WHERE {column} = ANY ("
                    ));
                    sql.bind(filter.any.all()).push(")");
                    self.push_time(sql, time, &["msg_timestamp"]);
                    sql.push(") d");
                } else {
                    sql.push(&format!("{table} d"));
                }
                if self.looks_into_messages() {
                    // Each is looked up by its key, which OFFSET leaves no alternative to.
                    sql.push(&format!(
                        " CROSS JOIN LATERAL (SELECT * FROM messages WHERE id = {id} AND \"timestamp\" = {timestamp}"
                    ));
                    // Bounded there too, which prunes partitions.
                    self.push_time(sql, time, &["\"timestamp\""]);
                    sql.push(" OFFSET 0) m");
                }
                sql.push(" WHERE true");
                match (driving, only) {
                    (Driving::Each, _) => {
                        drop(sql.push(&format!(" AND d.{column} = driving.value")))
                    }
                    (Driving::Any, Some(only)) => {
                        drop(sql.push(&format!(" AND d.{column} = ")).bind(only))
                    }
                    (Driving::Any, None) => {}
                }
            }
        }
        self.push_time(sql, time, &[timestamp]);
        for filter in &self.filters {
            let drives = self.driver == Some(filter.dimension);
            if filter.dimension.is_association() {
                push_association(sql, filter, drives, id, timestamp);
            } else if drives && driving == Driving::Each {
                sql.push(&format!(
                    " AND m.{} = driving.value",
                    filter.dimension.source().column
                ));
                push_unequal(sql, filter);
            } else {
                push_equal(sql, filter);
                push_unequal(sql, filter);
            }
        }
        // Twice as fast as LIKE, which looks at each character.
        for (n, text) in spellings(self.texts()).into_iter().enumerate() {
            sql.push(if n == 0 { " AND (" } else { " OR " })
                .push("strpos(m.msg, ")
                .bind(Bind::Text(text))
                .push(") > 0");
        }
        if self.reads_bodies() {
            sql.push(")");
        }
    }

    fn push_time(&self, sql: &mut Sql, time: Time, columns: &[&str]) {
        if time == Time::Part {
            for column in columns {
                sql.push(&format!(
                    " AND {column} >= part.first AND {column} <= part.last"
                ));
            }
            return;
        }
        for (bound, comparison) in [(self.time.start, ">="), (self.time.end, "<=")] {
            let Some(bound) = bound else { continue };
            for column in columns {
                sql.push(&format!(" AND {column} {comparison} "))
                    .bind(Bind::Time(bound));
            }
        }
    }

    /// Whether associations alone cannot tell what matches.
    fn looks_into_messages(&self) -> bool {
        self.reads_bodies()
            || self
                .filters
                .iter()
                .any(|filter| !filter.dimension.is_association())
    }
}

fn push_limit(sql: &mut Sql, offset: u64, limit: u32) {
    // A number in the text, as the planner must know that it is small.
    sql.push(&format!(" LIMIT {limit}"));
    if offset > 0 {
        // An offset beyond the type lies beyond any answer.
        sql.push(" OFFSET ")
            .bind(Bind::BigInt(i64::try_from(offset).unwrap_or(i64::MAX)));
    }
}

fn push_equal(sql: &mut Sql, Filter { dimension, any, .. }: &Filter) {
    let column = dimension.source().column;
    match any.only() {
        Some(only) => drop(sql.push(&format!(" AND m.{column} = ")).bind(only)),
        None if any.is_empty() => {}
        None => drop(
            sql.push(&format!(" AND m.{column} = ANY ("))
                .bind(any.all())
                .push(")"),
        ),
    }
}

fn push_unequal(
    sql: &mut Sql,
    Filter {
        dimension, none, ..
    }: &Filter,
) {
    if none.is_empty() {
        return;
    }
    let column = dimension.source().column;
    // A message without agent has none of them.
    let missing = if *dimension == Dimension::Agents {
        "m.agent_name IS NULL OR "
    } else {
        ""
    };
    sql.push(&format!(" AND ({missing}m.{column} <> ALL ("))
        .bind(none.all())
        .push("))");
}

/// Appends that one of the keys is associated with the message, and that none of the others is.
///
/// `drives` tells that the statement starts from that table, with the wanted keys.
fn push_association(
    sql: &mut Sql,
    Filter {
        dimension,
        any,
        none,
    }: &Filter,
    drives: bool,
    id: &str,
    timestamp: &str,
) {
    let Source { table, column, .. } = dimension.source();
    for (word, keys) in [("EXISTS", any), ("NOT EXISTS", none)] {
        if keys.is_empty() || (drives && word == "EXISTS") {
            continue;
        }
        sql.push(&format!(
            " AND {word} (SELECT 1 FROM {table} a WHERE a.msg_id = {id} AND a.msg_timestamp = {timestamp}"
        ));
        sql.push(&format!(" AND a.{column} = ANY ("))
            .bind(keys.all())
            .push("))");
    }
}

/// The texts, and in the escaped form in which bodies are stored.
fn spellings(texts: &[String]) -> BTreeSet<String> {
    let mut spellings = BTreeSet::new();
    for text in texts {
        let mut stored = String::new();
        push_ascii(&mut stored, text);
        // Earlier versions stored DEL as it is.
        let with_del = stored.replace(r"\u007f", "\u{7f}");
        spellings.extend([stored, with_del, text.clone()]);
    }
    spellings
}

/// Which of the two lists of a [`Match`](crate::Match).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Side {
    Any,
    None,
}

/// The keys of the names that a search asks for, by kind of dimension; unknown names are left out.
fn keys_of_names(
    connection: &mut PgConnection,
    search: &Search,
) -> QueryResult<BTreeMap<(&'static str, Side), Vec<i32>>> {
    let mut lists = Vec::new();
    let mut sql = Sql::default();
    for dimension in Dimension::ALL {
        let Some(table) = dimension.names() else {
            continue;
        };
        let asked = dimension.asked(search);
        for (side, names) in [(Side::Any, &asked.any), (Side::None, &asked.none)] {
            if !names.is_empty() {
                sql.union_all(&format!(
                    "SELECT {}, id FROM {table} WHERE name = ANY (",
                    lists.len()
                ));
                sql.bind(Bind::Texts(distinct(names))).push(")");
                lists.push((dimension.kind(), side));
            }
        }
    }
    let mut keys = BTreeMap::<_, Vec<i32>>::new();
    if lists.is_empty() {
        return Ok(keys);
    }
    for (list, key) in sql
        .of::<(Integer, Integer)>()
        .load::<(i32, i32)>(connection)?
    {
        if let Some(list) = usize::try_from(list).ok().and_then(|list| lists.get(list)) {
            keys.entry(*list).or_default().push(key);
        }
    }
    Ok(keys)
}

fn distinct(asked: &[String]) -> Vec<String> {
    BTreeSet::from_iter(asked).into_iter().cloned().collect()
}
