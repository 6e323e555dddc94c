//! Which span of time a request asks for.
//!
//! Times are echoed as seconds since 1970 in UTC, as `f64`.

use archive::Span;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use pythonic::loose_date;
use pythonic::number::parse_float;
use pythonic::timestamp::{add_seconds, from_seconds, to_seconds};

use crate::request::refusal::BadRequest;

/// The first second after the last year. It is how the last moment before it is echoed: an `f64` there
/// tells 30 microseconds.
const AFTER_LAST: f64 = 253_402_300_800.0;

/// What a time may look like, for error messages.
const ALLOWED: &str = "seconds since 1970, or a date like 2024-05-01 or 2024-05-01T10:11:12+00:00, \
                       in the years 1 to 9999";
const ALLOWED_DELTA: &str = "a number of seconds that leads to a time in the years 1 to 9999";

/// A span as it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// Seconds since 1970, echoed. 0 where only the end was given: nothing bounds the start then.
    pub start: Option<f64>,
    /// Seconds, echoed.
    pub delta: Option<f64>,
    /// Seconds since 1970, echoed.
    pub end: Option<f64>,
    /// The first moment that is searched; nothing bounds it if it is missing.
    pub first: Option<NaiveDateTime>,
    /// The last moment that is searched; nothing bounds it if it is missing.
    pub last: Option<NaiveDateTime>,
}

/// A time as it is echoed, and as it is searched: far from 1970, an `f64` tells no microseconds.
#[derive(Clone, Copy)]
struct Moment {
    seconds: f64,
    at: NaiveDateTime,
}

impl From<NaiveDateTime> for Moment {
    fn from(at: NaiveDateTime) -> Self {
        Self {
            seconds: to_seconds(at),
            at,
        }
    }
}

impl Window {
    /// Combines the three parameters; `default_delta` (seconds) bounds searches that give no start.
    pub fn new(
        start: Option<&str>,
        end: Option<&str>,
        delta: Option<&str>,
        default_delta: Option<f64>,
        now: DateTime<Utc>,
    ) -> Result<Self, BadRequest> {
        let start = start
            .map(|text| parse_time("start", text, now))
            .transpose()?;
        let end = end.map(|text| parse_time("end", text, now)).transpose()?;
        let seconds = delta.map(parse_delta).transpose()?;
        let now = Moment::from(now.naive_utc());

        // Bounds that were given are in range already: one that is not was computed with the delta.
        let away = |from: Moment, seconds: f64| {
            let at = add_seconds(from.at, seconds);
            let seconds = from.seconds + seconds;
            at.map(|at| Moment { seconds, at })
                .ok_or_else(|| refused("delta", delta, ALLOWED_DELTA))
        };
        let (start, end, delta) = match (start, end, seconds.or(default_delta)) {
            (None, None, None) => return Ok(Self::default()),
            (None, Some(end), None) => (None, end, None),
            (None, end, Some(seconds)) => {
                let end = end.unwrap_or(now);
                (Some(away(end, -seconds)?), end, Some(seconds))
            }
            (Some(start), None, _) => match seconds {
                Some(seconds) => (Some(start), away(start, seconds)?, Some(seconds)),
                None => (Some(start), now, Some(now.seconds - start.seconds)),
            },
            (Some(start), Some(end), _) => (Some(start), end, Some(end.seconds - start.seconds)),
        };
        Ok(Self {
            start: Some(start.map_or(0.0, |start| start.seconds)),
            delta,
            end: Some(end.seconds),
            first: start.map(|start| start.at),
            last: Some(end.at),
        })
    }

    /// What is searched.
    pub fn span(&self) -> Span {
        Span::inclusive(self.first, self.last)
    }
}

fn refused(parameter: &'static str, given: Option<&str>, allowed: &'static str) -> BadRequest {
    BadRequest::new(parameter, given.unwrap_or_default(), allowed)
}

/// A moment, given as a number of seconds since 1970 or as a date.
pub fn moment(
    parameter: &'static str,
    text: &str,
    now: DateTime<Utc>,
) -> Result<NaiveDateTime, BadRequest> {
    parse_time(parameter, text, now).map(|moment| moment.at)
}

/// A number of seconds since 1970, or else a date.
fn parse_time(
    parameter: &'static str,
    text: &str,
    now: DateTime<Utc>,
) -> Result<Moment, BadRequest> {
    let moment = match parse_float(text) {
        Some(seconds @ AFTER_LAST) => NaiveDate::from_ymd_opt(9999, 12, 31)
            .and_then(|day| day.and_hms_micro_opt(23, 59, 59, 999_999))
            .map(|at| Moment { seconds, at }),
        Some(seconds) => from_seconds(seconds).map(|at| Moment { seconds, at }),
        None => loose_date::parse(text, now.date_naive()).map(Moment::from),
    };
    moment
        // An offset may lead beyond them.
        .filter(|moment| (1..=9999).contains(&moment.at.year()))
        .ok_or_else(|| refused(parameter, Some(text), ALLOWED))
}

fn parse_delta(text: &str) -> Result<f64, BadRequest> {
    parse_float(text)
        .filter(|seconds| seconds.is_finite())
        .ok_or_else(|| refused("delta", Some(text), ALLOWED_DELTA))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1_800_000_000.25;

    fn window(
        start: &str,
        end: &str,
        delta: &str,
        default_delta: Option<f64>,
    ) -> Result<Window, BadRequest> {
        let given = |text: &'static str| Some(text).filter(|text| *text != "-");
        let leak = |text: &str| given(Box::leak(text.to_owned().into_boxed_str()));
        let now = from_seconds(NOW).unwrap().and_utc();
        Window::new(leak(start), leak(end), leak(delta), default_delta, now)
    }

    #[test]
    fn parameters_combine() {
        let none = (None, None, None);
        let all = |start: f64, end: f64, delta: f64| (Some(start), Some(end), Some(delta));
        for (start, end, delta, default_delta, expected) in [
            ("-", "-", "-", None, none),
            ("-", "-", "-", Some(60.0), all(NOW - 60.0, NOW, 60.0)),
            ("-", "-", "5", Some(60.0), all(NOW - 5.0, NOW, 5.0)),
            ("-", "1000", "-", None, (Some(0.0), Some(1000.0), None)),
            ("-", "1000", "-", Some(60.0), all(940.0, 1000.0, 60.0)),
            ("-", "1000", "5", Some(60.0), all(995.0, 1000.0, 5.0)),
            ("1000", "-", "-", Some(60.0), all(1000.0, NOW, NOW - 1000.0)),
            ("1000", "-", "5", Some(60.0), all(1000.0, 1005.0, 5.0)),
            ("1000", "-", "-5", None, all(1000.0, 995.0, -5.0)),
            ("1000", "2000", "-", Some(60.0), all(1000.0, 2000.0, 1000.0)),
            ("1000", "2000", "5", None, all(1000.0, 2000.0, 1000.0)),
            ("2000", "1000", "-", None, all(2000.0, 1000.0, -1000.0)),
            ("0", "1000", "-", None, all(0.0, 1000.0, 1000.0)),
        ] {
            let window = window(start, end, delta, default_delta).unwrap();
            assert_eq!(
                (window.start, window.end, window.delta),
                expected,
                "{start} {end} {delta} {default_delta:?}"
            );
        }
    }

    #[test]
    fn an_end_alone_leaves_the_start_open() {
        let window = window("-", "1000", "-", None).unwrap();
        assert_eq!(window.span(), Span::inclusive(None, from_seconds(1000.0)));
    }

    #[test]
    fn the_epoch_is_a_bound_like_any_other() {
        assert_eq!(
            window("0", "0", "-", None).unwrap().first,
            from_seconds(0.0)
        );
    }

    #[test]
    fn the_first_and_the_last_moment_are_times_like_any_other() {
        const FIRST: &str = "0001-01-01T00:00:00";
        const LAST: &str = "9999-12-31T23:59:59.999999";
        for (start, end, delta, first, last) in [
            (FIRST, LAST, "-", FIRST, LAST),
            ("-62135596800", LAST, "-", FIRST, LAST),
            // As they are echoed.
            ("-62135596800.0", "253402300800.0", "-", FIRST, LAST),
            ("-", LAST, "0.000001", "9999-12-31T23:59:59.999998", LAST),
            (
                "-",
                LAST,
                "315537897599.5",
                "0001-01-01T00:00:00.499999",
                LAST,
            ),
            (FIRST, "-", "0.25", FIRST, "0001-01-01T00:00:00.25"),
            ("9999-12-31T22:59:59.999999-01:00", LAST, "-", LAST, LAST),
            ("0001-01-01T01:00:00+01:00", FIRST, "-", FIRST, FIRST),
            (
                "2024-05-01T10:11:12.123457",
                "5000-01-01T00:00:00.000003",
                "-",
                "2024-05-01T10:11:12.123457",
                "5000-01-01T00:00:00.000003",
            ),
        ] {
            let window = window(start, end, delta, None).unwrap();
            let found = (window.first, window.last);
            let expected = (first.parse().ok(), last.parse().ok());
            assert_eq!(found, expected, "{start} {end} {delta}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_by_name() {
        for (start, end, delta, parameter) in [
            ("abc", "-", "-", "start"),
            ("", "-", "-", "start"),
            ("nan", "-", "-", "start"),
            ("-", "inf", "-", "end"),
            ("-", "1e300", "-", "end"),
            ("-", "9999-12-31T23:59:59.999999-00:01", "-", "end"),
            ("0001-01-01T00:00:00+00:01", "-", "-", "start"),
            ("0000-12-31", "-", "-", "start"),
            ("-", "0001-01-01", "0.000001", "delta"),
            ("9999-12-31T23:59:59.999999", "-", "0.000001", "delta"),
            ("-", "2024-05", "-", "end"),
            ("-", "-", "", "delta"),
            ("-", "-", "2024-05-01", "delta"),
            ("-", "-", "nan", "delta"),
            ("-", "-", "1e15", "delta"),
            ("1", "-", "1e300", "delta"),
        ] {
            assert_eq!(
                window(start, end, delta, None).unwrap_err().parameter,
                parameter,
                "{start} {end} {delta}"
            );
        }
    }
}
