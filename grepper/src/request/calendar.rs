//! Hours, days, weeks and months as they lie in a time zone.

use std::iter::successors;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};
use chrono::{TimeDelta, TimeZone as _, Timelike as _};
use chrono_tz::Tz;

/// What time is divided by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CalendarUnit {
    /// By the clocks of the zone.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the next first.
    Month,
    /// Three months, the first of which is January, April, July or October.
    Quarter,
    /// From January to January.
    Year,
}

/// Farther back than clocks have ever been set at once.
const CHANGE: TimeDelta = TimeDelta::hours(3);

impl CalendarUnit {
    /// Those that groups are made by, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Where those begin that have some of the time from `first` to `last`, and where the last of these ends; `None` if
    /// they are more than `most`.
    pub fn edges(
        self,
        zone: Tz,
        first: NaiveDateTime,
        last: NaiveDateTime,
        most: usize,
    ) -> Option<Vec<DateTime<Tz>>> {
        let [first, last] = [first, last].map(|at| at.and_utc().with_timezone(&zone));
        if first > last {
            return Some(Vec::new());
        }
        let begins = match self {
            Self::Hour => {
                // What comes before a change of the clocks is counted from its own hour.
                let earlier = first.checked_sub_signed(CHANGE)?;
                let hours = successors(Some(hour_of(earlier)), |at| next_hour(*at));
                hours.take_while(|at| *at <= first).last()?
            }
            _ => midnight(zone, self.date_of(first)?),
        };
        let mut edges = vec![begins];
        while let Some(edge) = edges.last().copied().filter(|edge| *edge <= last) {
            if edges.len() > most {
                return None;
            }
            let next = self.next(zone, edge)?;
            edges.push(next);
        }
        Some(edges)
    }

    /// The first day of the one that a time belongs to.
    fn date_of(self, at: DateTime<Tz>) -> Option<NaiveDate> {
        let day = at.date_naive();
        match self {
            Self::Hour | Self::Day => Some(day),
            Self::Week => {
                day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))
            }
            Self::Month => day.with_day(1),
            Self::Quarter => day.with_day(1)?.with_month0(day.month0() / 3 * 3),
            Self::Year => day.with_ordinal(1),
        }
    }

    /// Where the one ends that begins at `edge`.
    fn next(self, zone: Tz, edge: DateTime<Tz>) -> Option<DateTime<Tz>> {
        let after = |date: &NaiveDate| match self {
            Self::Hour | Self::Day => date.checked_add_days(Days::new(1)),
            Self::Week => date.checked_add_days(Days::new(7)),
            Self::Month => date.checked_add_months(Months::new(1)),
            Self::Quarter => date.checked_add_months(Months::new(3)),
            Self::Year => date.checked_add_months(Months::new(12)),
        };
        match self {
            Self::Hour => next_hour(edge),
            // A day that a zone has left out has no time in it.
            _ => successors(after(&self.date_of(edge)?), after)
                .map(|date| midnight(zone, date))
                .find(|next| *next > edge),
        }
    }
}

/// The beginning of the hour on the clock.
fn hour_of(at: DateTime<Tz>) -> DateTime<Tz> {
    at - since_the_hour(at)
}

fn since_the_hour(at: DateTime<Tz>) -> TimeDelta {
    let time = at.time();
    TimeDelta::seconds(i64::from(time.minute() * 60 + time.second()))
        + TimeDelta::nanoseconds(time.nanosecond().into())
}

/// When the clock shows a whole hour next, or would if it were not set meanwhile.
fn next_hour(at: DateTime<Tz>) -> Option<DateTime<Tz>> {
    at.checked_add_signed(TimeDelta::hours(1) - since_the_hour(at))
}

/// The first moment of a day.
fn midnight(zone: Tz, date: NaiveDate) -> DateTime<Tz> {
    let midnight = date.and_time(NaiveTime::MIN);
    let found = zone.from_local_datetime(&midnight);
    let found = [found.earliest(), found.latest()];
    found
        .into_iter()
        .flatten()
        .find(|at| at.naive_local() == midnight)
        .unwrap_or_else(|| first_behind(zone, midnight))
}

/// The first second at which the clock shows this time or a later one, where it is set from before it to behind it.
fn first_behind(zone: Tz, shown: NaiveDateTime) -> DateTime<Tz> {
    let at = |seconds| DateTime::from_timestamp(seconds, 0).map(|at| at.with_timezone(&zone));
    let shown_at = shown.and_utc().timestamp();
    let two_days = 2 * 86_400;
    let (mut before, mut behind) = (shown_at - two_days, shown_at + two_days);
    while behind - before > 1 {
        let middle = before.midpoint(behind);
        match at(middle).is_some_and(|at| at.naive_local() >= shown) {
            true => behind = middle,
            false => before = middle,
        }
    }
    at(behind).unwrap_or_else(|| shown.and_utc().with_timezone(&zone))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a time")
    }

    /// The edges, as they are told.
    fn edges(unit: CalendarUnit, zone: &str, first: &str, last: &str) -> Vec<String> {
        let zone: Tz = zone.parse().expect("a zone");
        let edges = unit.edges(zone, at(first), at(last), 5000);
        let edges = edges.expect("not many").into_iter();
        edges.map(|edge| edge.to_rfc3339()).collect()
    }

    #[test]
    fn spans_begin_as_the_calendar_of_the_zone_says() {
        let (saturday, monday) = ("2026-10-24T21:30:00", "2026-10-26T22:59:59");
        assert_eq!(
            edges(CalendarUnit::Day, "Europe/Berlin", saturday, monday),
            [
                "2026-10-24T00:00:00+02:00",
                "2026-10-25T00:00:00+02:00",
                "2026-10-26T00:00:00+01:00",
                "2026-10-27T00:00:00+01:00"
            ]
        );
        assert_eq!(
            edges(CalendarUnit::Week, "UTC", saturday, monday),
            [
                "2026-10-19T00:00:00+00:00",
                "2026-10-26T00:00:00+00:00",
                "2026-11-02T00:00:00+00:00"
            ]
        );
        assert_eq!(
            edges(CalendarUnit::Month, "Asia/Kolkata", saturday, monday),
            ["2026-10-01T00:00:00+05:30", "2026-11-01T00:00:00+05:30"]
        );
        // An end belongs to what begins with it, and time that runs backwards to nothing.
        let midnight = "2026-10-25T00:00:00";
        assert_eq!(edges(CalendarUnit::Day, "UTC", midnight, midnight).len(), 2);
        assert_eq!(edges(CalendarUnit::Day, "UTC", monday, saturday).len(), 0);
    }

    #[test]
    fn hours_are_those_of_the_clock_also_where_it_is_set() {
        assert_eq!(
            edges(
                CalendarUnit::Hour,
                "Europe/Berlin",
                "2026-10-24T23:59:00",
                "2026-10-25T01:00:00"
            ),
            [
                "2026-10-25T01:00:00+02:00",
                "2026-10-25T02:00:00+02:00",
                "2026-10-25T02:00:00+01:00",
                "2026-10-25T03:00:00+01:00"
            ]
        );
        // Clocks are set by half an hour.
        assert_eq!(
            edges(
                CalendarUnit::Hour,
                "Australia/Lord_Howe",
                "2026-04-04T14:45:00",
                "2026-04-04T15:15:00"
            ),
            [
                "2026-04-05T01:00:00+11:00",
                "2026-04-05T01:30:00+10:30",
                "2026-04-05T02:00:00+10:30"
            ]
        );
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clock_was_set() {
        let first = "2026-03-28T12:00:00";
        assert_eq!(
            edges(CalendarUnit::Day, "Asia/Beirut", first, first),
            ["2026-03-28T00:00:00+02:00", "2026-03-29T01:00:00+03:00"]
        );
        // Samoa had no 30 December 2011.
        assert_eq!(
            edges(
                CalendarUnit::Day,
                "Pacific/Apia",
                "2011-12-29T12:00:00",
                "2011-12-30T12:00:00"
            ),
            [
                "2011-12-29T00:00:00-10:00",
                "2011-12-31T00:00:00+14:00",
                "2012-01-01T00:00:00+14:00"
            ]
        );
    }

    #[test]
    fn no_more_than_so_many_are_made() {
        let day = at("2026-01-01T00:00:00");
        let of = |days| {
            let last = day + TimeDelta::days(days) - TimeDelta::microseconds(1);
            CalendarUnit::Day.edges(Tz::UTC, day, last, 10)
        };
        assert_eq!(of(10).map(|edges| edges.len()), Some(11));
        assert_eq!(of(11), None);
        let (first, last) = (at("0001-01-01T00:00:00"), at("9999-12-31T23:59:59.999999"));
        for unit in CalendarUnit::ALL {
            assert_eq!(unit.edges(Tz::UTC, first, last, 5000), None);
            for zone in [Tz::Pacific__Apia, Tz::America__New_York] {
                assert!(unit.edges(zone, last, last, 5000).is_some());
                assert!(unit.edges(zone, first, first, 5000).is_some());
            }
        }
    }

    const ZONES: [Tz; 6] = [
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::Asia__Beirut,
        Tz::America__Sao_Paulo,
        Tz::Australia__Lord_Howe,
        Tz::Africa__Casablanca,
    ];

    proptest! {
        #[test]
        fn each_moment_is_in_the_day_that_the_clock_shows(
            zone in prop::sample::select(&ZONES[..]),
            first in 1_000_000_000_i64..2_000_000_000,
            length in 0_i64..400 * 86_400,
            shares in prop::collection::vec(0.0_f64..1.0, 20),
        ) {
            let moment = |seconds| DateTime::from_timestamp(seconds, 0).expect("a time").naive_utc();
            let (from, to) = (moment(first), moment(first + length));
            let edges = CalendarUnit::Day.edges(zone, from, to, 5000).expect("not many");
            prop_assert!(edges.is_sorted_by(|one, next| one < next));
            prop_assert!(edges[0].naive_utc() <= from && edges[1].naive_utc() > from);
            prop_assert!(edges[edges.len() - 1].naive_utc() > to && edges[edges.len() - 2].naive_utc() <= to);
            for share in shares {
                let at = moment(first + (share * length as f64) as i64).and_utc().with_timezone(&zone);
                let day = edges.partition_point(|edge| *edge <= at) - 1;
                prop_assert_eq!(edges[day].date_naive(), at.date_naive());
            }
        }
    }
}
