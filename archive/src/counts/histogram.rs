//! Histograms of rollups: bars whose edges lie anywhere, as buckets and what lies between.
//!
//! An edge is rounded to the end of an hour or day, and in a histogram of long bars further to that
//! of a month. What lies between the edge and where it was rounded to was given to the wrong bar,
//! and goes from one of the two beside the edge to the other. It is read once for both. So it is where sets tell what
//! lies in the days between the edges (`bars`).
//!
//! ```text
//! edges      3 May        2 June        4 July
//! bars         ├──── 0 ─────┼───── 1 ─────┤
//! months     ├──── May ───┼──── June ───┤
//! days       1 and 2 May are taken from 0, 1 June from 1 and added to 0, 1 to 3 July added to 1
//! ```

use chrono::{NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::counts::bucket::Unit;
use crate::counts::cover::{Cover, Units};
use crate::counts::edge::{Edge, Rounding};
use crate::counts::rollups::Rollups;
use crate::database::sql::{Bind, Sql};
use crate::query::plan::Plan;
use crate::span::Span;

/// Bars that are rather months than days.
const LONG_BAR: TimeDelta = TimeDelta::days(28);

/// What a count belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Piece {
    /// A bar of this number.
    Bar(usize),
    /// What lies between the edge of this number and where it was rounded to.
    Beside { edge: usize, is_before: bool },
}

/// A histogram in pieces.
#[derive(Debug)]
pub(super) struct Pieces {
    /// What comes from counters, each with the buckets of which it is the sum.
    counted: Vec<(Piece, Span)>,
    /// What is counted row by row.
    rows: Vec<(Piece, Span)>,
}

impl Pieces {
    /// The bars between edges, of which the counters know buckets of the `smallest` unit.
    pub(super) fn of(edges: &[NaiveDateTime], smallest: Unit) -> Self {
        let is_long = edges.windows(2).all(|pair| pair[1] - pair[0] >= LONG_BAR);
        let unit = if is_long { Unit::Month } else { smallest };
        let mut pieces = Self {
            counted: Vec::new(),
            rows: Vec::new(),
        };
        let mut ends = Vec::with_capacity(edges.len());
        let mut beside = Vec::new();
        for (number, at) in edges.iter().enumerate() {
            let fine = Edge::of(smallest, *at, Rounding::Nearest);
            let coarse = Edge::of(unit, fine.rounded, Rounding::Nearest);
            ends.push(coarse.rounded);
            pieces.rows.extend(between(number, fine));
            beside.extend(between(number, coarse));
        }
        for (number, pair) in ends.windows(2).enumerate() {
            let bar = Span::between(pair[0], pair[1]);
            pieces.counted.push((Piece::Bar(number), bar));
        }
        pieces.counted.append(&mut beside);
        pieces
    }

    /// The bars between edges as days, and what lies beside these. The last edge is rounded down, as nobody keeps
    /// postings of the day in which it may lie, and none behind it.
    pub(super) fn by_days(edges: &[NaiveDateTime]) -> Self {
        let down = |at: &NaiveDateTime| Edge::of(Unit::Day, *at, Rounding::Down);
        let last = edges.last().map(|at| down(at).rounded);
        let rounded = |at: &NaiveDateTime| {
            let nearest = Edge::of(Unit::Day, *at, Rounding::Nearest);
            match Some(nearest.rounded) > last {
                true => down(at),
                false => nearest,
            }
        };
        let rounded: Vec<Edge> = edges.iter().map(rounded).collect();
        let bar = |(number, pair): (usize, &[Edge])| {
            let days = Span::between(pair[0].rounded, pair[1].rounded);
            (Piece::Bar(number), days)
        };
        let beside = rounded.iter().enumerate();
        Self {
            counted: rounded.windows(2).enumerate().map(bar).collect(),
            rows: beside.filter_map(|(n, edge)| between(n, *edge)).collect(),
        }
    }

    /// The time of what comes from counters.
    pub(super) fn bars(&self) -> impl Iterator<Item = Span> {
        self.counted.iter().map(|(_, span)| *span)
    }

    /// The time of what is counted row by row.
    pub(super) fn rows(&self) -> Vec<Span> {
        self.rows.iter().map(|(_, span)| *span).collect()
    }

    /// The bars, of the counts of some starts, each of which lies in one of them, and of what is counted row by row.
    pub(super) fn settled(
        &self,
        counted: impl Iterator<Item = (NaiveDateTime, u64)>,
        rows: Vec<u64>,
    ) -> Vec<u64> {
        let mut bars = vec![0; self.counted.len()];
        for (start, count) in counted {
            // Of bars without a day, which start where the next one does, it is the last.
            let past = self
                .counted
                .partition_point(|(_, span)| span.from <= Some(start));
            if let Some((piece, _)) = past.checked_sub(1).and_then(|n| self.counted.get(n)) {
                piece.settle(count.cast_signed(), &mut bars);
            }
        }
        for ((piece, _), count) in self.rows.iter().zip(rows) {
            piece.settle(count.cast_signed(), &mut bars);
        }
        whole(bars)
    }

    /// Whether there is less time to count row by row than between the first edge and the last.
    pub(super) fn are_less_than(&self, edges: &[NaiveDateTime]) -> bool {
        let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
            return false;
        };
        let rows = self.rows.iter();
        let remaining: TimeDelta = rows.filter_map(|(_, span)| span.length()).sum();
        remaining < *last - *first
    }

    /// The bars, of counts by the numbers of their pieces.
    pub(super) fn of_numbered(&self, counts: impl IntoIterator<Item = (i64, i64)>) -> Vec<u64> {
        let bars = self.counted.iter();
        let is_bar = |(piece, _): &&(Piece, Span)| matches!(piece, Piece::Bar(_));
        let mut bars = vec![0; bars.filter(is_bar).count()];
        for (number, count) in counts {
            if let Some(piece) = self.numbered(number) {
                piece.settle(count, &mut bars);
            }
        }
        whole(bars)
    }

    /// The piece of a row, by its number: first those that come from counters, then the others.
    fn numbered(&self, number: i64) -> Option<Piece> {
        let number = usize::try_from(number).ok()?;
        let piece = match number.checked_sub(self.counted.len()) {
            None => self.counted.get(number),
            Some(number) => self.rows.get(number),
        };
        piece.map(|(piece, _)| *piece)
    }
}

/// What lies between an edge and where it was rounded to.
fn between(number: usize, edge: Edge) -> Option<(Piece, Span)> {
    let piece = Piece::Beside {
        edge: number,
        is_before: edge.is_before,
    };
    Some((piece, edge.between?))
}

impl Piece {
    /// Gives the count to its bar, or to the right one of the two beside its edge.
    fn settle(self, count: i64, bars: &mut [i64]) {
        match self {
            Self::Bar(number) => bars[number] += count,
            Self::Beside { edge, is_before } => {
                // An edge that comes before the rounded one lets its bar begin earlier.
                let more = if is_before { count } else { -count };
                if let Some(bar) = bars.get_mut(edge) {
                    *bar += more;
                }
                if let Some(bar) = edge.checked_sub(1).and_then(|n| bars.get_mut(n)) {
                    *bar -= more;
                }
            }
        }
    }
}

/// How many match in each span between two `edges`, which ascend, its end excluded.
pub(super) fn of_rollups(
    connection: &mut PgConnection,
    plan: &Plan,
    rollups: &Rollups,
    units: Units,
    edges: &[NaiveDateTime],
) -> QueryResult<Vec<u64>> {
    let pieces = Pieces::of(edges, units.smallest);
    if !pieces.are_less_than(edges) {
        return plan.histogram(connection, edges);
    }
    let covers: Vec<Cover> = pieces
        .counted
        .iter()
        .map(|(_, span)| Cover::of(units, *span))
        .collect();
    let Some(counters) = rollups.select(&covers) else {
        return Ok(vec![0; edges.len().saturating_sub(1)]);
    };
    let sql = statement(plan, counters, &pieces);
    let counts = sql
        .of::<(BigInt, BigInt)>()
        .load::<(i64, i64)>(connection)?;
    Ok(pieces.of_numbered(counts))
}

/// Counts that are none below zero.
fn whole(bars: Vec<i64>) -> Vec<u64> {
    let counts = bars.into_iter().map(|count| count.max(0).unsigned_abs());
    counts.collect()
}

/// A statement of the counts of all pieces by their numbers.
fn statement(plan: &Plan, counters: Sql, pieces: &Pieces) -> Sql {
    let mut sql = Sql::new("SELECT number, sum(count)::bigint FROM (");
    sql.append(counters)
        .push(") AS parts (number, start, count) GROUP BY 1");
    if !pieces.rows.is_empty() {
        let spans = pieces.rows();
        // Those rows are numbered from 1 on.
        let before = pieces.counted.len() as i64 - 1;
        sql.union_all("SELECT number + ")
            .bind(Bind::BigInt(before))
            .push(", count FROM (")
            .append(plan.counting_spans(&spans))
            .push(") AS remainder");
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::test_times::{day, hour};

    /// The pieces, each as what it is and the days or hours of its span.
    fn written(pieces: &[(Piece, Span)]) -> Vec<(Piece, String)> {
        let time = |at: Option<NaiveDateTime>| at.unwrap().format("%m-%d %H").to_string();
        pieces
            .iter()
            .map(|(piece, span)| (*piece, format!("{} to {}", time(span.from), time(span.to))))
            .collect()
    }

    fn beside(edge: usize, is_before: bool) -> Piece {
        Piece::Beside { edge, is_before }
    }

    #[test]
    fn long_bars_are_months_and_the_days_beside_their_edges() {
        let edges = [day(2024, 5, 3), day(2024, 6, 2), hour(2024, 7, 29, 9)];
        let pieces = Pieces::of(&edges, Unit::Day);
        let expected = [
            (Piece::Bar(0), "05-01 00 to 06-01 00"),
            (Piece::Bar(1), "06-01 00 to 08-01 00"),
            (beside(0, false), "05-01 00 to 05-03 00"),
            (beside(1, false), "06-01 00 to 06-02 00"),
            (beside(2, true), "07-29 00 to 08-01 00"),
        ];
        assert_eq!(
            written(&pieces.counted),
            expected.map(|(piece, span)| (piece, span.to_owned()))
        );
        let rows = [(beside(2, false), "07-29 00 to 07-29 09".to_owned())];
        assert_eq!(written(&pieces.rows), rows);
        assert_eq!(pieces.numbered(1), Some(Piece::Bar(1)));
        assert_eq!(pieces.numbered(5), Some(beside(2, false)));
        assert_eq!(pieces.numbered(6), None);
    }

    #[test]
    fn short_bars_are_hours_or_days_as_counters_have_them() {
        let edges = [day(2024, 5, 3), hour(2024, 5, 3, 20), day(2024, 5, 5)];
        let by_hours = Pieces::of(&edges, Unit::Hour);
        assert!(by_hours.rows.is_empty());
        assert_eq!(by_hours.counted.len(), 2);
        let by_days = Pieces::of(&edges, Unit::Day);
        let rows = [(beside(1, true), "05-03 20 to 05-04 00".to_owned())];
        assert_eq!(written(&by_days.rows), rows);
    }

    #[test]
    fn bars_of_days_keep_off_the_day_of_the_last_edge() {
        let edges = [
            hour(2024, 5, 3, 20),
            day(2024, 5, 6),
            hour(2024, 5, 8, 13),
            hour(2024, 5, 8, 20),
        ];
        let pieces = Pieces::by_days(&edges);
        let expected = [
            (Piece::Bar(0), "05-04 00 to 05-06 00"),
            (Piece::Bar(1), "05-06 00 to 05-08 00"),
            (Piece::Bar(2), "05-08 00 to 05-08 00"),
        ];
        assert_eq!(
            written(&pieces.counted),
            expected.map(|(piece, span)| (piece, span.to_owned()))
        );
        let expected = [
            (beside(0, true), "05-03 20 to 05-04 00"),
            (beside(2, false), "05-08 00 to 05-08 13"),
            (beside(3, false), "05-08 00 to 05-08 20"),
        ];
        assert_eq!(
            written(&pieces.rows),
            expected.map(|(piece, span)| (piece, span.to_owned()))
        );
        let days = [
            (day(2024, 5, 4), 10),
            (day(2024, 5, 5), 20),
            (day(2024, 5, 7), 40),
        ];
        let bars = pieces.settled(days.into_iter(), vec![1, 2, 5]);
        assert_eq!(bars, [31, 42, 3]);
    }

    #[test]
    fn what_lies_beside_an_edge_goes_from_one_bar_to_the_other() {
        for (piece, expected) in [
            (Piece::Bar(1), [10, 25, 30]),
            // The edge comes first: bar 1 begins earlier, and bar 0 ends earlier.
            (beside(1, true), [5, 25, 30]),
            (beside(1, false), [15, 15, 30]),
            (beside(0, true), [15, 20, 30]),
            (beside(3, false), [10, 20, 35]),
        ] {
            let mut bars = [10, 20, 30];
            piece.settle(5, &mut bars);
            assert_eq!(bars, expected, "{piece:?}");
        }
    }
}
