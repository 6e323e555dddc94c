//! What the counters say of a search, by day and month.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use super::{Span, TICK, midnight, month_after, month_of};
use crate::plan::Plan;
use crate::sql::{Bind, Sql};
use crate::{Match, Order, TimeRange};

/// A search as a sum of counters.
pub(super) struct Counted {
    terms: Vec<Term>,
}

/// Counters of a kind.
struct Term {
    subtract: bool,
    kind: &'static str,
    /// One of these, or any.
    names: Option<Vec<String>>,
    categories: Match,
}

impl Counted {
    /// `None` if counters cannot tell.
    pub(super) fn by(plan: &Plan) -> Option<Self> {
        let asked = |values: &Match| !values.any.is_empty() || !values.none.is_empty();
        let (search, users, packages) = (plan.search, &plan.users, &plan.packages);
        if asked(&search.agents) || !search.contains.is_empty() || !users.none.is_empty() || !packages.none.is_empty() {
            return None;
        }
        let of_messages = asked(&search.topics) || asked(&search.categories);
        match (users.any.as_slice(), packages.any.as_slice()) {
            ([], []) => Some(Self::of_messages(&search.topics, &search.categories)),
            ([user], []) if !of_messages => Some(Self::of_key("u", *user)),
            ([], [package]) if !of_messages => Some(Self::of_key("p", *package)),
            _ => None,
        }
    }

    fn of_key(kind: &'static str, key: i32) -> Self {
        let term = Term { subtract: false, kind, names: Some(vec![key.to_string()]), categories: Match::default() };
        Self { terms: vec![term] }
    }

    fn of_messages(topics: &Match, categories: &Match) -> Self {
        let topic = |names: Vec<String>, subtract| Term {
            subtract,
            kind: "t",
            names: Some(names),
            categories: categories.clone(),
        };
        if !topics.any.is_empty() {
            let names = topics.any.iter().filter(|topic| !topics.none.contains(topic)).cloned().collect();
            return Self { terms: vec![topic(names, false)] };
        }
        let category = |any: Vec<String>, subtract| Term {
            subtract,
            kind: "c",
            names: None,
            categories: Match { any, none: Vec::new() },
        };
        let mut terms = if categories.any.is_empty() {
            vec![
                Term { subtract: false, kind: "m", names: None, categories: Match::default() },
                category(categories.none.clone(), true),
            ]
        } else {
            let names = categories.any.iter().filter(|name| !categories.none.contains(name)).cloned().collect();
            vec![category(names, false)]
        };
        if !topics.none.is_empty() {
            terms.push(topic(topics.none.clone(), true));
        }
        // An empty list of categories here means none, and not any.
        terms.retain(|term| term.kind != "c" || !term.categories.any.is_empty());
        Self { terms }
    }
}

/// Counts of whole months, and of whole days that lie in none of them.
#[derive(Default)]
pub(super) struct Cells {
    months: BTreeMap<NaiveDate, i64>,
    days: BTreeMap<NaiveDate, i64>,
}

impl Cells {
    /// Between two days, the end excluded.
    pub(super) fn load(
        connection: &mut PgConnection,
        counted: &Counted,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> QueryResult<Self> {
        // The first whole month, and the one after the last.
        let first = from.map(|from| if from == month_of(from) { Some(from) } else { month_after(from) });
        let last = to.map(month_of);
        match (first, last) {
            (Some(first), Some(last)) if first.is_none_or(|first| first >= last) => {
                Self::load_days(connection, counted, from, to)
            }
            _ => Self::read(connection, counted, from, to, Some((first.flatten(), last))),
        }
    }

    /// The same without months.
    pub(super) fn load_days(
        connection: &mut PgConnection,
        counted: &Counted,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> QueryResult<Self> {
        Self::read(connection, counted, from, to, None)
    }

    fn read(
        connection: &mut PgConnection,
        counted: &Counted,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        months: Option<(Option<NaiveDate>, Option<NaiveDate>)>,
    ) -> QueryResult<Self> {
        let mut sql = Sql::new("SELECT span, start, sum(count)::bigint AS count FROM (");
        for (n, term) in counted.terms.iter().enumerate() {
            let sign = if term.subtract { "-" } else { "" };
            sql.push(if n == 0 { "" } else { " UNION ALL " });
            sql.push(&format!("SELECT span, start, {sign}count AS count FROM counters WHERE "));
            push_term(&mut sql, term);
            push_spans(&mut sql, from, to, months);
            sql.push(&format!(" UNION ALL SELECT 'd', day, {sign}change FROM counter_changes WHERE "));
            push_term(&mut sql, term);
            push_bounds(&mut sql, "day", from, to);
        }
        sql.push(") AS cells GROUP BY span, start");
        let mut cells = Self::default();
        if counted.terms.is_empty() {
            return Ok(cells);
        }
        for Cell { span, start, count } in sql.into_query().load::<Cell>(connection)? {
            let whole_month = months.is_some_and(|(first, last)| {
                first.is_none_or(|first| first <= start) && last.is_none_or(|last| start < last)
            });
            if span == "m" {
                *cells.months.entry(start).or_default() += count;
            } else if whole_month {
                // A change not folded yet.
                *cells.months.entry(month_of(start)).or_default() += count;
            } else {
                *cells.days.entry(start).or_default() += count;
            }
        }
        Ok(cells)
    }

    /// None of them empty.
    pub(super) fn in_order(&self, order: Order) -> Vec<Span> {
        let months = self.months.iter().map(|(start, count)| (*start, month_after(*start), Some(*start), *count));
        let days = self.days.iter().map(|(start, count)| (*start, start.succ_opt(), None, *count));
        let mut cells: Vec<_> = months.chain(days).collect();
        cells.sort_unstable();
        if order == Order::Descending {
            cells.reverse();
        }
        let span = |(start, end, month, count): (NaiveDate, Option<NaiveDate>, _, i64)| {
            let time = TimeRange { start: Some(midnight(start)), end: end.map(|end| midnight(end) - TICK) };
            Span { time, month, count: count.max(0).unsigned_abs() }
        };
        cells.into_iter().map(span).filter(|span| span.count > 0).collect()
    }
}

fn push_term(sql: &mut Sql, term: &Term) {
    sql.push("kind = ").bind(Bind::Text(term.kind.to_owned()));
    match &term.names {
        Some(names) => sql.push(" AND name = ANY (").bind(Bind::Texts(names.clone())).push(")"),
        None => sql.push(" AND name = ''"),
    };
    let Match { any, none } = &term.categories;
    if !any.is_empty() {
        sql.push(" AND category = ANY (").bind(Bind::Texts(any.clone())).push(")");
    }
    if !none.is_empty() {
        sql.push(" AND category <> ALL (").bind(Bind::Texts(none.clone())).push(")");
    }
}

/// Months of `months`, and days between `from` and `to` outside of those.
fn push_spans(
    sql: &mut Sql,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    months: Option<(Option<NaiveDate>, Option<NaiveDate>)>,
) {
    let Some((first, last)) = months else {
        sql.push(" AND span = 'd'");
        push_bounds(sql, "start", from, to);
        return;
    };
    sql.push(" AND (span = 'm'");
    push_bounds(sql, "start", first, last);
    for (from, to) in [(from, first), (last, to)] {
        if from.is_some() && to.is_some() {
            sql.push(" OR span = 'd'");
            push_bounds(sql, "start", from, to);
        }
    }
    sql.push(")");
}

fn push_bounds(sql: &mut Sql, column: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) {
    for (bound, comparison) in [(from, ">="), (to, "<")] {
        if let Some(bound) = bound {
            sql.push(&format!(" AND {column} {comparison} ")).bind(Bind::Date(bound));
        }
    }
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Text)]
    span: String,
    #[diesel(sql_type = Date)]
    start: NaiveDate,
    #[diesel(sql_type = BigInt)]
    count: i64,
}
