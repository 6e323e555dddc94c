//! Which span of time a request asks for.
//!
//! Times are seconds since 1970 in UTC, as `f64`: that is how they are echoed.

use archive::Span;
use chrono::{DateTime, Utc};
use pythonic::loose_date;
use pythonic::number::parse_float;
use pythonic::timestamp::{from_seconds, to_seconds};

use crate::request::refusal::BadRequest;

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
    /// What is searched.
    pub range: Span,
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
        let now = to_seconds(now.naive_utc());

        let span = |start: f64, end: f64, delta: f64| (Some(start), Some(end), Some(delta));
        let (used_start, used_end, echoed_delta) = match (start, end, seconds) {
            (None, None, None) => match default_delta {
                Some(seconds) => span(now - seconds, now, seconds),
                None => return Ok(Self::default()),
            },
            (None, None, Some(seconds)) => span(now - seconds, now, seconds),
            (None, Some(end), None) => match default_delta {
                Some(seconds) => span(end - seconds, end, seconds),
                None => (None, Some(end), None),
            },
            (None, Some(end), Some(seconds)) => span(end - seconds, end, seconds),
            (Some(start), None, None) => span(start, now, now - start),
            (Some(start), None, Some(seconds)) => span(start, start + seconds, seconds),
            (Some(start), Some(end), _) => span(start, end, end - start),
        };
        // Bounds that were given are in range already: one that is not was computed with the delta.
        let bound = |seconds: Option<f64>| {
            seconds
                .map(|seconds| {
                    from_seconds(seconds).ok_or_else(|| refused("delta", delta, ALLOWED_DELTA))
                })
                .transpose()
        };
        let range = Span::inclusive(bound(used_start)?, bound(used_end)?);
        Ok(Self {
            start: used_start.or(Some(0.0)),
            delta: echoed_delta,
            end: used_end,
            range,
        })
    }
}

fn refused(parameter: &'static str, given: Option<&str>, allowed: &'static str) -> BadRequest {
    BadRequest::new(parameter, given.unwrap_or_default(), allowed)
}

/// A number of seconds since 1970, or else a date.
fn parse_time(parameter: &'static str, text: &str, now: DateTime<Utc>) -> Result<f64, BadRequest> {
    let seconds =
        parse_float(text).or_else(|| loose_date::parse(text, now.date_naive()).map(to_seconds));
    seconds
        .filter(|seconds| from_seconds(*seconds).is_some())
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
        assert_eq!(window.range, Span::inclusive(None, from_seconds(1000.0)));
    }

    #[test]
    fn the_epoch_is_a_bound_like_any_other() {
        assert_eq!(
            window("0", "0", "-", None).unwrap().range.from,
            from_seconds(0.0)
        );
    }

    #[test]
    fn what_is_no_time_is_refused_by_name() {
        for (start, end, delta, parameter) in [
            ("abc", "-", "-", "start"),
            ("", "-", "-", "start"),
            ("nan", "-", "-", "start"),
            ("-", "inf", "-", "end"),
            ("-", "1e300", "-", "end"),
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
