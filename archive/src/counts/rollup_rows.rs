//! The statement of the counters that a sum is of.

use crate::counts::bucket::Unit;
use crate::counts::cover::Cover;
use crate::counts::memory::OF_NOTE;
use crate::counts::rollups::{Addend, Rollups};
use crate::database::sql::{Bind, Sql};
use crate::database::version;
use crate::dimension::Match;
use crate::span::Span;

impl Rollups {
    /// A statement of rows (number, start, count), to be summed, of which the number is that of the
    /// cover, from 0 on; `None` if nothing matches.
    pub(super) fn select(&self, covers: &[Cover]) -> Option<Sql> {
        self.rows(covers, false)
    }

    /// The rows of [`Rollups::select`]. Where versions are wanted, each row ends with that of its
    /// counter or note: none for hours, which are not divided.
    pub(super) fn rows(&self, covers: &[Cover], with_versions: bool) -> Option<Sql> {
        let parts = CoverParts::of(covers);
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

/// The runs of covers, by how they are read.
pub(super) struct CoverParts {
    /// Days and larger, which have counters of their own.
    pub(super) whole: Vec<CoverPart>,
    /// Hours, which stand in the counters of their days.
    pub(super) hours: Vec<CoverPart>,
    /// All that each cover covers.
    pub(super) all: Vec<CoverPart>,
}

/// Buckets that follow each other.
pub(super) struct CoverPart {
    /// The number of the cover.
    number: i64,
    span: Span,
    /// The unit of the buckets; `None` if they are not all the same.
    unit: Option<Unit>,
}

impl CoverPart {
    /// The letter of the unit; empty if there is none.
    fn letter(&self) -> &'static str {
        self.unit.map_or("", Unit::letter)
    }
}

impl CoverParts {
    pub(super) fn of(covers: &[Cover]) -> Self {
        let mut parts = Self {
            whole: Vec::new(),
            hours: Vec::new(),
            all: Vec::new(),
        };
        for (number, cover) in (0..).zip(covers) {
            parts.all.push(CoverPart {
                number,
                span: cover.span(),
                unit: None,
            });
            for run in cover.runs() {
                let list = match run.unit {
                    Unit::Hour => &mut parts.hours,
                    _ => &mut parts.whole,
                };
                list.push(CoverPart {
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
fn push_buckets(sql: &mut Sql, addend: &Addend, parts: &[CoverPart], with_versions: bool) {
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
    if let [part] = parts {
        sql.union_all("SELECT ").bind(Bind::BigInt(part.number));
        sql.push(&format!(
            ", start::timestamp, {sign}count{kept} FROM counters WHERE span = '{}'",
            part.letter()
        ));
        push_bounds(sql, "start", part.span);
        push_addend(sql, addend);
        return;
    }
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
fn push_hours(sql: &mut Sql, addend: &Addend, parts: &[CoverPart], with_versions: bool) {
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
fn push_changes(sql: &mut Sql, addend: &Addend, parts: &[CoverPart], with_versions: bool) {
    let sign = addend.sign();
    let mut change = format!("at, {sign}change");
    if with_versions {
        change = change + ", " + OF_NOTE;
    }
    if let [part] = parts {
        sql.union_all("SELECT ").bind(Bind::BigInt(part.number));
        sql.push(&format!(", {change} FROM counter_notes WHERE true"));
        push_bounds(sql, "at", part.span);
    } else {
        sql.union_all(&format!(
            "SELECT part.number, {change} FROM counter_notes CROSS JOIN "
        ));
        push_parts(sql, parts).push(
            " WHERE at >= coalesce(part.first, '-infinity') AND at < coalesce(part.past, 'infinity')",
        );
    }
    push_addend(sql, addend);
}

/// Appends that a time lies in the span of the only part: to make a table of it would take a third
/// of the time of a count.
fn push_bounds(sql: &mut Sql, column: &str, span: Span) {
    for (bound, comparison) in [(span.from, ">="), (span.to, "<")] {
        if let Some(bound) = bound {
            sql.push(&format!(" AND {column} {comparison} "))
                .bind(Bind::Time(bound));
        }
    }
}

/// Appends parts as a table.
pub(super) fn push_parts<'s>(sql: &'s mut Sql, parts: &[CoverPart]) -> &'s mut Sql {
    let numbers = parts.iter().map(|part| part.number);
    let letters = parts.iter().map(|part| part.letter().to_owned());
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
