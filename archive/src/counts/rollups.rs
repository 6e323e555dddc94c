//! Searches whose totals are sums of counters: everything, one value, topics and categories.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::counts::bucket::{Bucket, Unit};
use crate::counts::cover::{Cover, Units};
use crate::counts::edge::{Remainder, Rounded, Rounding};
use crate::counts::found::{Found, Hits};
use crate::counts::histogram;
use crate::counts::kind::Kind;
use crate::counts::memory::BucketMemory;
use crate::counts::strategy::Strategy;
use crate::database::sql::{Bind, Sql};
use crate::database::version::{self, RowVersion};
use crate::dimension::{Dimension, Match};
use crate::query::asked::{Asked, Filter};
use crate::query::plan::Plan;
use crate::span::Span;

/// A search as a sum of counters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Rollups {
    addends: Vec<Addend>,
}

/// Counters of a kind that are added or taken away.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Addend {
    subtract: bool,
    kind: Kind,
    names: Vec<String>,
    /// For topics: in which categories.
    categories: Match,
}

impl Addend {
    fn of(kind: Kind, names: Vec<String>) -> Self {
        Self {
            subtract: false,
            kind,
            names,
            categories: Match::default(),
        }
    }

    fn subtracted(self) -> Self {
        Self {
            subtract: true,
            ..self
        }
    }

    fn sign(&self) -> &'static str {
        if self.subtract { "-" } else { "" }
    }
}

impl Rollups {
    /// `None` if sums of counters cannot tell.
    pub(super) fn of(asked: &Asked) -> Option<Self> {
        if asked.reads_bodies() || asked.without_agent {
            return None;
        }
        // Each message counts once for its only value.
        if let [only] = asked.filters.as_slice()
            && only.none.is_empty()
            && only.any.len() == 1
        {
            let addend = Addend::of(Kind::Of(only.dimension), only.any.counter_names());
            return Some(Self {
                addends: vec![addend],
            });
        }
        let is_of_topics = asked
            .filters
            .iter()
            .all(|filter| matches!(filter.dimension, Dimension::Topics | Dimension::Categories));
        if is_of_topics {
            let topics = asked_of(asked, Dimension::Topics);
            let categories = asked_of(asked, Dimension::Categories);
            Some(Self::of_topics(topics, categories))
        } else {
            None
        }
    }

    /// Topics have a counter for each category, so these sums know of both.
    fn of_topics(topics: Match, categories: Match) -> Self {
        let of_topics = |names| Addend {
            categories: categories.clone(),
            ..Addend::of(Kind::Of(Dimension::Topics), names)
        };
        let of_categories = |names| Addend::of(Kind::Of(Dimension::Categories), names);
        let mut addends = Vec::new();
        if !topics.any.is_empty() {
            addends.push(of_topics(without(&topics)));
        } else if !categories.any.is_empty() {
            addends.push(of_categories(without(&categories)));
            addends.push(of_topics(topics.none).subtracted());
        } else {
            addends.push(Addend::of(Kind::All, vec![String::new()]));
            addends.push(of_categories(categories.none.clone()).subtracted());
            addends.push(of_topics(topics.none).subtracted());
        }
        addends.retain(|addend| !addend.names.is_empty());
        Self { addends }
    }

    /// A statement of rows (number, start, count), to be summed, of which the number is that of the
    /// cover, from 0 on; `None` if nothing matches.
    pub(super) fn select(&self, covers: &[Cover]) -> Option<Sql> {
        self.rows(covers, false)
    }

    /// The rows of [`Rollups::select`]. Where versions are wanted, each row ends with that of its
    /// counter: none for hours, which are not divided, and for changes that are not folded yet.
    fn rows(&self, covers: &[Cover], with_versions: bool) -> Option<Sql> {
        let parts = Parts::of(covers);
        let mut sql = Sql::default();
        for addend in &self.addends {
            push_buckets(&mut sql, addend, &parts.whole, with_versions);
            push_hours(&mut sql, addend, &parts.hours, with_versions);
            push_changes(&mut sql, addend, &parts.all, with_versions);
        }
        if self.addends.is_empty() {
            None
        } else {
            Some(sql)
        }
    }
}

impl Strategy for Rollups {
    fn units(&self) -> Units {
        let has_hours = self.addends.iter().all(|addend| addend.kind.has_hours());
        Units {
            smallest: if has_hours { Unit::Hour } else { Unit::Day },
            largest: Unit::Year,
        }
    }

    /// What precedes the end without what precedes the start.
    fn total(&self, plan: &Plan) -> Option<Sql> {
        let units = self.units();
        let Some(rounded) = Rounded::of(units.smallest, plan.span, Rounding::Nearest) else {
            return Some(plan.counting());
        };
        let Some(mut parts) = self.select(&[Cover::of(units, rounded.span())]) else {
            return Some(Sql::new("SELECT 0::bigint"));
        };
        for Remainder { span, is_inside } in rounded.remainders() {
            let sign = if is_inside { "" } else { "-" };
            parts.union_all(&format!("SELECT 0, NULL, {sign}count FROM ("));
            parts
                .append(plan.within(span).counting())
                .push(") AS remainder");
        }
        let mut sql = Sql::new("SELECT coalesce(sum(count), 0)::bigint FROM (");
        sql.append(parts).push(") AS parts (number, start, count)");
        Some(sql)
    }

    fn load(
        &self,
        connection: &mut PgConnection,
        _: &BucketMemory,
        _: &Plan,
        cover: &Cover,
    ) -> QueryResult<Found> {
        type Types = (BigInt, Timestamp, BigInt, Nullable<Text>);
        type Row = (i64, NaiveDateTime, i64, Option<RowVersion>);
        let mut sums = BTreeMap::<Bucket, Summed>::new();
        if let Some(sql) = self.rows(std::slice::from_ref(cover), true) {
            for (_, start, count, version) in sql.of::<Types>().load::<Row>(connection)? {
                // Changes that are not folded yet come by hour or day.
                let sum = sums.entry(cover.bucket(start)).or_default();
                sum.count += count;
                sum.versions.push(version);
            }
        }
        let mut buckets = BTreeMap::new();
        for (bucket, sum) in sums {
            if sum.count > 0 {
                buckets.insert(bucket, sum.hits());
            }
        }
        Ok(buckets.into())
    }

    fn histogram(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        edges: &[NaiveDateTime],
    ) -> QueryResult<Vec<u64>> {
        histogram::of_sums(connection, plan, self, edges)
    }
}

/// What counters of a bucket add up to.
#[derive(Default)]
struct Summed {
    count: i64,
    /// The versions of all counters; `None` among them for what has none.
    versions: Vec<Option<RowVersion>>,
}

impl Summed {
    fn hits(mut self) -> Hits {
        self.versions.sort_unstable();
        let versions: Option<Vec<RowVersion>> = self.versions.into_iter().collect();
        Hits {
            version: versions.map(|versions| versions.join(" ")),
            ..Hits::counted(self.count.max(0).unsigned_abs())
        }
    }
}

/// What is asked of a dimension, by the names of counters.
fn asked_of(asked: &Asked, dimension: Dimension) -> Match {
    let names = |filter: &Filter| Match {
        any: filter.any.counter_names(),
        none: filter.none.counter_names(),
    };
    asked.filter(dimension).map(names).unwrap_or_default()
}

/// The names that are wanted and not left out.
fn without(Match { any, none }: &Match) -> Vec<String> {
    any.iter()
        .filter(|name| !none.contains(name))
        .cloned()
        .collect()
}

/// The runs of covers, by how they are read.
struct Parts {
    /// Days and larger, which have counters of their own.
    whole: Vec<Part>,
    /// Hours, which stand in the counters of their days.
    hours: Vec<Part>,
    /// All that each cover covers.
    all: Vec<Part>,
}

/// Buckets that follow each other.
struct Part {
    /// The number of the cover.
    number: i64,
    span: Span,
    /// The unit of the buckets; `None` if they are not all the same.
    unit: Option<Unit>,
}

impl Parts {
    fn of(covers: &[Cover]) -> Self {
        let mut parts = Self {
            whole: Vec::new(),
            hours: Vec::new(),
            all: Vec::new(),
        };
        for (number, cover) in (0..).zip(covers) {
            parts.all.push(Part {
                number,
                span: cover.span(),
                unit: None,
            });
            for run in cover.runs() {
                let list = match run.unit {
                    Unit::Hour => &mut parts.hours,
                    _ => &mut parts.whole,
                };
                list.push(Part {
                    number,
                    span: run.span,
                    unit: Some(run.unit),
                });
            }
        }
        parts
    }
}

/// Appends a statement of the counters of days, months and years.
fn push_buckets(sql: &mut Sql, addend: &Addend, parts: &[Part], with_versions: bool) {
    if parts.is_empty() {
        return;
    }
    let sign = addend.sign();
    let (answered, kept) = if with_versions {
        let kept = format!(", {} AS version", version::of("counters"));
        (", bucket.version", kept)
    } else {
        ("", String::new())
    };
    sql.union_all(&format!(
        "SELECT part.number, bucket.start::timestamp, {sign}bucket.count{answered} FROM "
    ));
    push_parts(sql, parts).push(&format!(
        " CROSS JOIN LATERAL (
           SELECT start, count{kept} FROM counters
           WHERE span = part.span AND start >= coalesce(part.first, '-infinity')
             AND start < coalesce(part.past, 'infinity')"
    ));
    push_addend(sql, addend);
    sql.push(" OFFSET 0) AS bucket");
}

/// Appends a statement of the hours in the counters of days.
fn push_hours(sql: &mut Sql, addend: &Addend, parts: &[Part], with_versions: bool) {
    if parts.is_empty() {
        return;
    }
    let sign = addend.sign();
    let no_version = if with_versions { ", NULL" } else { "" };
    sql.union_all(&format!(
        "SELECT part.number, hour.start, {sign}hour.count{no_version} FROM "
    ));
    push_parts(sql, parts).push(
        " CROSS JOIN LATERAL (
           SELECT start, hours FROM counters
           WHERE span = 'd' AND start >= part.first::date AND start < part.past",
    );
    push_addend(sql, addend);
    sql.push(
        " OFFSET 0) AS day CROSS JOIN LATERAL (
           SELECT day.start + (number - 1) * interval '1 hour', count
           FROM unnest(day.hours) WITH ORDINALITY AS hours (count, number)) AS hour (start, count)
         WHERE hour.start >= part.first AND hour.start < part.past",
    );
}

/// Appends a statement of the changes that are not folded yet.
fn push_changes(sql: &mut Sql, addend: &Addend, parts: &[Part], with_versions: bool) {
    let sign = addend.sign();
    let no_version = if with_versions { ", NULL" } else { "" };
    sql.union_all(&format!(
        "SELECT part.number, at, {sign}change{no_version} FROM counter_changes CROSS JOIN "
    ));
    push_parts(sql, parts).push(
        " WHERE at >= coalesce(part.first, '-infinity') AND at < coalesce(part.past, 'infinity')",
    );
    push_addend(sql, addend);
}

/// Appends parts as a table.
fn push_parts<'s>(sql: &'s mut Sql, parts: &[Part]) -> &'s mut Sql {
    let numbers = parts.iter().map(|part| part.number);
    let letters = parts
        .iter()
        .map(|part| part.unit.map_or("", Unit::letter).to_owned());
    let (first, past) = parts
        .iter()
        .map(|part| (part.span.from, part.span.to))
        .unzip();
    sql.push("unnest(")
        .bind(Bind::BigInts(numbers.collect()))
        .push(", ");
    sql.bind(Bind::Texts(letters.collect())).push(", ");
    sql.bind(Bind::Bounds(first)).push(", ");
    sql.bind(Bind::Bounds(past));
    sql.push(") AS part (number, span, first, past)")
}

/// Appends which counters an addend is of.
fn push_addend(sql: &mut Sql, addend: &Addend) {
    sql.push(&format!(
        " AND kind = '{}' AND name = ANY (",
        addend.kind.letter()
    ))
    .bind(Bind::Texts(addend.names.clone()))
    .push(")");
    let Match { any, none } = &addend.categories;
    if !any.is_empty() {
        sql.push(" AND category = ANY (")
            .bind(Bind::Texts(any.clone()))
            .push(")");
    }
    if !none.is_empty() {
        sql.push(" AND category <> ALL (")
            .bind(Bind::Texts(none.clone()))
            .push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::asked::Values;

    fn texts(texts: &[&str]) -> Values {
        Values::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    fn asked(filters: &[(Dimension, &[&str], &[&str])]) -> Asked {
        let filters = filters.iter().map(|(dimension, any, none)| Filter {
            dimension: *dimension,
            any: texts(any),
            none: texts(none),
        });
        Asked {
            filters: filters.collect(),
            ..Asked::default()
        }
    }

    /// Each addend as `+t a b in c not d`.
    fn addends(asked: &Asked) -> Option<Vec<String>> {
        let written = |addend: &Addend| {
            let sign = if addend.subtract { '-' } else { '+' };
            let mut text = format!("{sign}{} {}", addend.kind.letter(), addend.names.join(" "));
            for (word, names) in [
                ("in", &addend.categories.any),
                ("not", &addend.categories.none),
            ] {
                if !names.is_empty() {
                    text += &format!(" {word} {}", names.join(" "));
                }
            }
            text
        };
        Some(Rollups::of(asked)?.addends.iter().map(written).collect())
    }

    #[test]
    fn searches_become_sums() {
        use Dimension::{Agents, Categories, Topics, Users};
        type Case = (
            &'static [(Dimension, &'static [&'static str], &'static [&'static str])],
            Option<&'static [&'static str]>,
        );
        let cases: [Case; 9] = [
            (&[], Some(&["+m "])),
            (&[(Agents, &["x"], &[])], Some(&["+a x"])),
            (&[(Topics, &["a", "b"], &["b"])], Some(&["+t a"])),
            (&[(Categories, &[], &["c"])], Some(&["+m ", "-c c"])),
            (
                &[(Topics, &[], &["a"]), (Categories, &["c"], &[])],
                Some(&["+c c", "-t a in c"]),
            ),
            (
                &[(Topics, &["a"], &[]), (Categories, &[], &["c"])],
                Some(&["+t a not c"]),
            ),
            // Nothing can match, and nothing is added.
            (&[(Topics, &["a"], &["a"])], Some(&[])),
            (&[(Users, &["1", "2"], &[])], None),
            (&[(Users, &["1"], &[]), (Topics, &["a"], &[])], None),
        ];
        for (filters, expected) in cases {
            let expected = expected.map(|addends| addends.iter().map(|&a| a.to_owned()).collect());
            assert_eq!(addends(&asked(filters)), expected, "{filters:?}");
        }
        let without_agent = Asked {
            without_agent: true,
            ..Asked::default()
        };
        assert_eq!(addends(&without_agent), None);
    }

    #[test]
    fn hours_are_known_only_where_all_addends_have_them() {
        let smallest = |asked: &Asked| Rollups::of(asked).map(|sum| sum.units().smallest);
        assert_eq!(smallest(&asked(&[])), Some(Unit::Hour));
        let topic = asked(&[(Dimension::Topics, &["a"], &[])]);
        assert_eq!(smallest(&topic), Some(Unit::Day));
    }
}
