//! Sums of counters by name: how many messages each topic, category, user, package or agent has, where counters tell.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use crate::aggregation::GroupBy;
use crate::counts::bucket::Unit;
use crate::counts::cover::{Cover, Units};
use crate::counts::edge::{Rounded, Rounding};
use crate::counts::histogram::Pieces;
use crate::counts::kind::Kind;
use crate::counts::rollup_rows::{CoverPart, CoverParts, push_parts};
use crate::database::sql::{Bind, Sql};
use crate::dimension::{Dimension, Match};
use crate::query::asked::Asked;
use crate::query::plan::Plan;
use crate::span::Span;

/// Counters by which the messages of a search are told apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CountersBy {
    by: GroupBy,
    kind: Kind,
    /// Which counters: by column, those of these names, and not of those.
    asked: Vec<(&'static str, Match)>,
}

/// How many messages a name has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NameCount {
    /// The name, or the key of the name, as counters have it.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) messages: u64,
}

/// What lies between the end of a span and that of its year or month, if the span ends about now and has all of it up to
/// then: there is hardly a message, so that the whole is cheaper less these than its parts are.
fn ahead(span: Span, now: NaiveDateTime) -> Option<Span> {
    let to = span.to.filter(|to| *to + TimeDelta::days(1) > now)?;
    let has = |unit: &Unit| span.from.is_none_or(|from| from < unit.start(to));
    let whole = [Unit::Year, Unit::Month].into_iter().find(has)?;
    let end = whole.end(to).filter(|end| to < *end)?;
    Some(Span::between(to, end))
}

impl CountersBy {
    /// `None` if no counters tell what is asked apart by this.
    pub(crate) fn of(asked: &Asked, by: GroupBy) -> Option<Self> {
        if asked.reads_bodies() || asked.without_agent {
            return None;
        }
        let kind = match by {
            // The counters of topics know their categories.
            GroupBy::Category if asked.filter(Dimension::Topics).is_some() => Dimension::Topics,
            _ => by.dimension(),
        };
        let mut filters = Vec::new();
        for filter in &asked.filters {
            let column = match (kind, filter.dimension) {
                (Dimension::Topics, Dimension::Categories) => "category",
                (Dimension::Topics | Dimension::Categories | Dimension::Agents, of)
                    if of == kind =>
                {
                    "name"
                }
                _ => return None,
            };
            let names = Match {
                any: filter.any.counter_names(),
                none: filter.none.counter_names(),
            };
            filters.push((column, names));
        }
        Some(Self {
            by,
            kind: Kind::Of(kind),
            asked: filters,
        })
    }

    /// What they tell apart by.
    pub(crate) fn by(&self) -> GroupBy {
        self.by
    }

    /// The column of counters that tells messages apart.
    fn column(&self) -> &'static str {
        match (self.by, self.kind) {
            (GroupBy::Category, Kind::Of(Dimension::Topics)) => "category",
            _ => "name",
        }
    }

    fn units(&self) -> Units {
        Units {
            smallest: if self.kind.has_hours() {
                Unit::Hour
            } else {
                Unit::Day
            },
            largest: Unit::Year,
        }
    }

    /// The names with the most messages in the time of the plan, `most` of them at most, and how many there are;
    /// `None` if that is better counted row by row.
    pub(crate) fn top(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        most: u32,
    ) -> QueryResult<Option<(Vec<NameCount>, u64)>> {
        let counts = self.counts(plan);
        counts
            .map(|counts| self.of_counts(connection, counts, most))
            .transpose()
    }

    /// What [`Self::top`] tells, also where all is counted row by row.
    pub(crate) fn top_in_any_case(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        most: u32,
    ) -> QueryResult<(Vec<NameCount>, u64)> {
        let counts = self.counts(plan).unwrap_or_else(|| {
            let mut rows = Sql::new("SELECT 0, name, count FROM (");
            rows.append(plan.counting_by(self.by, &[plan.span]))
                .push(") AS counted");
            rows
        });
        self.of_counts(connection, counts, most)
    }

    /// What [`Self::top`] tells of each of these, in their order, by one statement.
    pub(crate) fn tops(
        connection: &mut PgConnection,
        plan: &Plan,
        each: &[Self],
        most: u32,
    ) -> QueryResult<Vec<Option<Vec<NameCount>>>> {
        let mut sql = Sql::default();
        let mut tops = Vec::new();
        for (number, counters) in each.iter().enumerate() {
            let Some(counts) = counters.counts(plan) else {
                tops.push(None);
                continue;
            };
            sql.union_all(&format!("SELECT {number}, top.* FROM ("))
                .append(counters.largest(counts, most))
                .push(") AS top (key, name, messages, names)");
            tops.push(Some(Vec::new()));
        }
        if tops.iter().all(Option::is_none) {
            return Ok(tops);
        }
        let rows = sql.of::<(Integer, Text, Text, BigInt, BigInt)>();
        for (number, key, name, messages, _) in
            rows.load::<(i32, String, String, i64, i64)>(connection)?
        {
            let top = usize::try_from(number)
                .ok()
                .and_then(|number| tops.get_mut(number));
            if let Some(Some(top)) = top {
                top.push(NameCount {
                    key,
                    name,
                    messages: messages.unsigned_abs(),
                });
            }
        }
        for top in tops.iter_mut().flatten() {
            top.sort_unstable_by(|one, other| {
                let by_count = other.messages.cmp(&one.messages);
                by_count.then_with(|| one.name.cmp(&other.name))
            });
        }
        Ok(tops)
    }

    /// A statement of rows (number, key, count), to be summed: of all buckets in the time of the plan, and of what lies
    /// between its ends and theirs. `None` if that is all there is.
    fn counts(&self, plan: &Plan) -> Option<Sql> {
        let units = self.units();
        let ahead = ahead(plan.span, Utc::now().naive_utc());
        let span = match ahead {
            Some(ahead) => Span {
                to: ahead.to,
                ..plan.span
            },
            None => plan.span,
        };
        let rounded = Rounded::of(units.smallest, span, Rounding::Nearest)?;
        let cover = Cover::of(units, rounded.span());
        let mut parts = self.rows(&CoverParts::of(&[cover]), None);
        let remainders = rounded.remainders().into_iter();
        let remainders = remainders.map(|remainder| (remainder.is_inside, remainder.span));
        for (is_inside, span) in remainders.chain(ahead.map(|ahead| (false, ahead))) {
            let sign = if is_inside { "" } else { "-" };
            parts.union_all(&format!("SELECT 0, name, {sign}count FROM ("));
            parts
                .append(plan.counting_by(self.by, &[span]))
                .push(") AS remainder");
        }
        Some(parts)
    }

    fn of_counts(
        &self,
        connection: &mut PgConnection,
        counts: Sql,
        most: u32,
    ) -> QueryResult<(Vec<NameCount>, u64)> {
        let rows = self
            .largest(counts, most)
            .of::<(Text, Text, BigInt, BigInt)>()
            .load::<(String, String, i64, i64)>(connection)?;
        let names = rows.first().map_or(0, |(.., names)| names.unsigned_abs());
        let count = |(key, name, messages, _): (_, _, i64, _)| NameCount {
            key,
            name,
            messages: messages.unsigned_abs(),
        };
        Ok((rows.into_iter().map(count).collect(), names))
    }

    /// A statement of rows (key, name, messages, how many names there are): those with the largest sums of rows
    /// (number, key, count).
    fn largest(&self, parts: Sql, most: u32) -> Sql {
        let names = self.by.dimension().names_table();
        let name = names.map_or("key", |_| "names.name");
        // Names are looked up for the largest alone, and for those that are as large as the last of these.
        let mut sql = Sql::new(&format!(
            "SELECT key, {name}, messages, all_names FROM (
               SELECT key, messages, count(*) OVER () AS all_names FROM (
                 SELECT key, sum(count)::bigint AS messages FROM ("
        ));
        sql.append(parts).push(&format!(
            ") AS parts (number, key, count) GROUP BY key HAVING sum(count) > 0) AS summed
               ORDER BY messages DESC FETCH FIRST {most} ROWS WITH TIES) AS largest"
        ));
        if let Some(names) = names {
            sql.push(&format!(
                " JOIN {names} AS names ON names.id = largest.key::integer"
            ));
        }
        sql.push(&format!(
            " ORDER BY messages DESC, {name} COLLATE \"C\" LIMIT {most}"
        ));
        sql
    }

    /// How many messages these, or all that there are, have in each span between two `edges`, by their keys; `None` if
    /// that is better counted row by row.
    pub(crate) fn bars(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        keys: Option<Vec<String>>,
        edges: &[NaiveDateTime],
    ) -> QueryResult<Option<HashMap<String, Vec<u64>>>> {
        let units = self.units();
        let pieces = Pieces::of(edges, units.smallest);
        if !pieces.are_less_than(edges) {
            return Ok(None);
        }
        let covers: Vec<Cover> = pieces.bars().map(|span| Cover::of(units, span)).collect();
        let mut sql = Sql::new("SELECT number, key, sum(count)::bigint FROM (");
        sql.append(self.rows(&CoverParts::of(&covers), keys.as_deref()))
            .push(") AS parts (number, key, count) GROUP BY 1, 2");
        let rows = pieces.rows();
        if !rows.is_empty() {
            sql.union_all("SELECT number + ")
                .bind(Bind::BigInt(covers.len() as i64 - 1))
                .push(", name, count FROM (")
                .append(plan.counting_by(self.by, &rows))
                .push(") AS remainder");
            if let Some(keys) = keys {
                sql.push(" WHERE name = ANY (")
                    .bind(Bind::Texts(keys))
                    .push(")");
            }
        }
        let mut bars = HashMap::<String, Vec<(i64, i64)>>::new();
        for (number, key, count) in sql
            .of::<(BigInt, Text, BigInt)>()
            .load::<(i64, String, i64)>(connection)?
        {
            bars.entry(key).or_default().push((number, count));
        }
        let settled = bars
            .into_iter()
            .map(|(key, counts)| (key, pieces.of_numbered(counts)));
        Ok(Some(settled.collect()))
    }

    /// A statement of rows (number, key, count), to be summed, of which the number is that of the cover; only of `keys`
    /// where these are given.
    fn rows(&self, parts: &CoverParts, keys: Option<&[String]>) -> Sql {
        let column = self.column();
        let mut sql = Sql::default();
        if !parts.whole.is_empty() {
            sql.push(&format!(
                "SELECT part.number, bucket.{column}, bucket.count FROM "
            ));
            push_parts(&mut sql, &parts.whole).push(&format!(
                " CROSS JOIN LATERAL (
                   SELECT {column}, count FROM counters
                   WHERE span = part.span AND start >= coalesce(part.first, '-infinity')
                     AND start < coalesce(part.past, 'infinity')"
            ));
            self.push_asked(&mut sql, keys);
            sql.push(" OFFSET 0) AS bucket");
        }
        if !parts.hours.is_empty() {
            self.push_hours(&mut sql, &parts.hours, keys);
        }
        sql.union_all(&format!(
            "SELECT part.number, {column}, change FROM counter_notes CROSS JOIN "
        ));
        push_parts(&mut sql, &parts.all).push(
            " WHERE at >= coalesce(part.first, '-infinity') AND at < coalesce(part.past, 'infinity')",
        );
        self.push_asked(&mut sql, keys);
        sql
    }

    /// Appends a statement of the hours in the counters of days.
    fn push_hours(&self, sql: &mut Sql, parts: &[CoverPart], keys: Option<&[String]>) {
        let column = self.column();
        sql.union_all(&format!(
            "SELECT part.number, day.{column}, hour.count FROM "
        ));
        push_parts(sql, parts).push(&format!(
            " CROSS JOIN LATERAL (
               SELECT {column}, start, hours FROM counters
               WHERE span = 'd' AND start >= part.first::date AND start < part.past"
        ));
        self.push_asked(sql, keys);
        sql.push(
            " OFFSET 0) AS day CROSS JOIN LATERAL (
               SELECT day.start + (number - 1) * interval '1 hour', count
               FROM unnest(day.hours) WITH ORDINALITY AS hours (count, number)) AS hour (start, count)
             WHERE hour.start >= part.first AND hour.start < part.past",
        );
    }

    /// Appends which counters, or notes, are asked for.
    fn push_asked(&self, sql: &mut Sql, keys: Option<&[String]>) {
        sql.push(&format!(" AND kind = '{}'", self.kind.letter()));
        if let Some(keys) = keys {
            sql.push(&format!(" AND {} = ANY (", self.column()))
                .bind(Bind::Texts(keys.to_vec()))
                .push(")");
        }
        for (column, Match { any, none }) in &self.asked {
            for (names, comparison) in [(any, "= ANY"), (none, "<> ALL")] {
                if !names.is_empty() {
                    sql.push(&format!(" AND {column} {comparison} ("))
                        .bind(Bind::Texts(names.clone()))
                        .push(")");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn only_a_year_or_month_that_goes_on_is_counted_ahead() {
        let at = |month, day| {
            let date = NaiveDate::from_ymd_opt(2026, month, day).expect("a day");
            date.and_hms_opt(3, 0, 0).expect("a time")
        };
        let now = at(11, 27);
        let rest = |to, year, month| {
            let end = NaiveDate::from_ymd_opt(year, month, 1).expect("a day");
            Some(Span::between(to, end.and_time(chrono::NaiveTime::MIN)))
        };
        let bounded = |from, to| Span::between(from, to);
        for (span, expected) in [
            (bounded(at(10, 28), now), rest(now, 2026, 12)),
            (bounded(at(10, 28), at(11, 26)), None),
            (bounded(at(11, 2), now), None),
            (bounded(at(10, 28), at(11, 28)), rest(at(11, 28), 2026, 12)),
            (
                bounded(at(2, 3) - TimeDelta::days(60), now),
                rest(now, 2027, 1),
            ),
            (
                Span {
                    from: None,
                    to: Some(now),
                },
                rest(now, 2027, 1),
            ),
            (Span::ALL, None),
        ] {
            assert_eq!(ahead(span, now), expected, "{span:?}");
        }
    }
}
