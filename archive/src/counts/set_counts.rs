//! The statement of what counters say of the terms of sets, bucket by bucket.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Text};

use crate::counts::bucket::{Bucket, Unit, midnight};
use crate::counts::cover::{Cover, push_days};
use crate::counts::kind::Kind;
use crate::counts::memory::OF_NOTE;
use crate::counts::postings::Term;
use crate::counts::sets::{Counted, Sets, TermCounts};
use crate::database::sql::{Bind, Sql};
use crate::database::version::{self, RowVersion};

/// Reading so many ids from an index costs no more than looking for the postings of their days.
const SHORT_POSTINGS: i64 = 200;

/// An ordinary span of time has no more runs: days, months, years, months and days.
const FEW_RUNS: usize = 5;

type CounterColumns = (Text, Text, Text, Date, BigInt, Text, Bool);

/// A row of the statement: of a counter, or of a change that is not folded yet.
#[derive(Queryable)]
struct CounterRow {
    kind: String,
    name: String,
    /// The letter of the counter's unit; empty for a change.
    unit: String,
    start: NaiveDate,
    count: i64,
    version: RowVersion,
    has_postings: bool,
}

/// What the counters say of the sets' terms in each bucket of the cover in which there is any. A month
/// of many messages whose postings are not kept comes as its days, of which perhaps they are.
pub(super) fn load(
    connection: &mut PgConnection,
    sets: &Sets,
    cover: &Cover,
) -> QueryResult<BTreeMap<Bucket, TermCounts>> {
    let sql = statement(&sets.terms(), cover);
    let mut rows = sql.of::<CounterColumns>().load::<CounterRow>(connection)?;
    for (term, messages) in sets.known() {
        let messages = messages.iter().map(|message| message.timestamp);
        rows.extend(known(term, messages.filter(|at| cover.span().holds(*at))));
    }
    Ok(by_bucket(rows, cover))
}

/// The days of messages that are known, as changes that no counter has.
fn known(term: &Term, times: impl Iterator<Item = NaiveDateTime>) -> Vec<CounterRow> {
    let mut days = BTreeMap::<NaiveDate, i64>::new();
    for at in times {
        *days.entry(at.date()).or_default() += 1;
    }
    let row = |(start, count)| CounterRow {
        kind: term.kind.letter().to_owned(),
        name: term.name.clone(),
        unit: String::new(),
        start,
        count,
        version: KNOWN.to_owned(),
        has_postings: false,
    };
    days.into_iter().map(row).collect()
}

/// The version of what is known: which messages are is part of what is asked.
const KNOWN: &str = "known";

fn statement(terms: &BTreeSet<Term>, cover: &Cover) -> Sql {
    let kinds = terms.iter().map(|term| term.kind.letter().to_owned());
    let names = terms.iter().map(|term| term.name.clone());
    let row = format!(
        "kind, name, span, counters.start, count, {} AS version, ids IS NOT NULL AS has_ids",
        version::of("counters")
    );
    let mut sql = Sql::new("WITH wanted AS (SELECT * FROM unnest(");
    sql.bind(Bind::Texts(kinds.collect())).push(", ");
    sql.bind(Bind::Texts(names.collect()));
    sql.push(") AS wanted (kind, name)), counted AS (");
    push_counted(&mut sql, &row, cover);
    // No index finds the notes of a term alone. Told as a condition of the notes, the names keep most of
    // them out of the join, which compares each with each.
    sql.push(&format!(
        "), divided AS (
           SELECT DISTINCT start FROM counted
           WHERE span = 'm' AND kind <> '{}' AND count > {SHORT_POSTINGS} AND NOT has_ids)
         SELECT * FROM counted UNION ALL
         SELECT {row} FROM divided CROSS JOIN wanted JOIN counters USING (kind, name)
         WHERE span = 'd' AND counters.start >= divided.start
           AND counters.start < (divided.start + interval '1 month')::date
         UNION ALL SELECT kind, name, '', at::date, change, {OF_NOTE}, false FROM wanted JOIN counter_notes USING (kind, name)
         WHERE counter_notes.name = ANY (ARRAY(SELECT name FROM wanted))",
        Kind::All.letter()
    ));
    push_days(&mut sql, "at", cover.span());
    sql
}

/// Appends the counters of the buckets of a cover, of which few runs are parts of the statement, and many its values.
fn push_counted(sql: &mut Sql, row: &str, cover: &Cover) {
    if cover.runs().len() <= FEW_RUNS {
        for (n, run) in cover.runs().iter().enumerate() {
            sql.push(if n == 0 { "" } else { " UNION ALL " });
            sql.push(&format!(
                "SELECT {row} FROM wanted JOIN counters USING (kind, name) WHERE span = '{}'",
                run.unit.letter()
            ));
            push_days(sql, "start", run.span);
        }
        return;
    }
    for (n, (unit, spans)) in cover.by_unit().into_iter().enumerate() {
        sql.push(if n == 0 { "" } else { " UNION ALL " });
        let (first, past) = spans.iter().map(|span| (span.from, span.to)).unzip();
        sql.push("SELECT found.* FROM unnest(");
        sql.bind(Bind::Bounds(first)).push(", ");
        sql.bind(Bind::Bounds(past));
        // OFFSET keeps the runs apart: all that there is of the terms would be read, and compared with each.
        sql.push(&format!(
            ") AS run (first, past) CROSS JOIN wanted CROSS JOIN LATERAL (
               SELECT {row} FROM counters
               WHERE counters.kind = wanted.kind AND counters.name = wanted.name AND span = '{}'
                 AND counters.start >= run.first::date AND counters.start < run.past::date OFFSET 0) AS found",
            unit.letter()
        ));
    }
}

/// The rows by bucket.
fn by_bucket(rows: Vec<CounterRow>, cover: &Cover) -> BTreeMap<Bucket, TermCounts> {
    let divided = divided_months(&rows, cover);
    let mut buckets = BTreeMap::<Bucket, TermCounts>::new();
    for row in rows {
        let start = midnight(row.start);
        let bucket = if divided.contains(&Unit::Month.start(start)) {
            // Its days tell the same.
            if row.unit == Unit::Month.letter() {
                continue;
            }
            Bucket::holding(start, Unit::Day)
        } else {
            cover.bucket(start)
        };
        let Some(kind) = Kind::of_letter(&row.kind) else {
            continue;
        };
        let term = Term {
            kind,
            name: row.name,
        };
        let counted = Counted {
            count: row.count,
            version: row.version,
            has_postings: row.has_postings,
        };
        buckets.entry(bucket).or_default().add(term, counted);
    }
    buckets
}

/// The starts of the months that came as days: those of which there are days, though the cover has
/// them as months.
fn divided_months(rows: &[CounterRow], cover: &Cover) -> BTreeSet<NaiveDateTime> {
    rows.iter()
        .filter(|row| row.unit == Unit::Day.letter())
        .map(|row| midnight(row.start))
        .filter(|day| cover.bucket(*day).unit == Unit::Month)
        .map(|day| Unit::Month.start(day))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::cover::Units;
    use crate::counts::test_times::day;
    use crate::span::Span;

    fn row(unit: &str, start: NaiveDateTime, count: i64, version: &str) -> CounterRow {
        CounterRow {
            kind: "u".to_owned(),
            name: "1".to_owned(),
            unit: unit.to_owned(),
            start: start.date(),
            count,
            version: version.to_owned(),
            has_postings: unit == "d",
        }
    }

    #[test]
    fn a_month_that_came_as_days_does_not_count_twice() {
        let units = Units {
            smallest: Unit::Day,
            largest: Unit::Month,
        };
        let cover = Cover::of(units, Span::between(day(2024, 4, 1), day(2024, 6, 1)));
        let rows = vec![
            row("m", day(2024, 4, 1), 3, "7"),
            row("m", day(2024, 5, 1), 900, "8"),
            row("d", day(2024, 5, 1), 400, "9"),
            row("d", day(2024, 5, 2), 500, "10"),
            row("", day(2024, 5, 2), 1, "+11"),
            row("", day(2024, 4, 9), 1, "+12"),
        ];
        let buckets = by_bucket(rows, &cover);
        let expected = [
            (Bucket::holding(day(2024, 5, 1), Unit::Day), 400, "9"),
            (Bucket::holding(day(2024, 5, 2), Unit::Day), 501, "10 +11"),
            (Bucket::holding(day(2024, 4, 1), Unit::Month), 4, "7 +12"),
        ];
        assert_eq!(buckets.len(), expected.len());
        for (bucket, count, version) in expected {
            let mut counts = TermCounts::default();
            let term = Term {
                kind: Kind::Of(crate::dimension::Dimension::Users),
                name: "1".to_owned(),
            };
            let counted = Counted {
                count,
                version: version.to_owned(),
                has_postings: version == "9",
            };
            counts.add(term, counted);
            assert_eq!(buckets.get(&bucket), Some(&counts), "{bucket:?}");
        }
    }
}
