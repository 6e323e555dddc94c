//! Places of messages as links of pages have them: `before` and `after`.

use archive::{Beside, Position};
use chrono::DateTime;

use crate::request::query::Query;
use crate::request::refusal::BadRequest;

const ALLOWED: &str = "a place as links of a page have it, like 1732712345123456-98765";

/// The place that was asked for: `after` counts before `before`.
pub fn beside(query: &Query) -> Result<Option<Beside>, BadRequest> {
    for (name, make) in [
        ("after", Beside::After as fn(Position) -> Beside),
        ("before", Beside::Before),
    ] {
        if let Some(text) = query.first(name) {
            let place = parse(text).ok_or_else(|| BadRequest::new(name, text, ALLOWED))?;
            return Ok(Some(make(place)));
        }
    }
    Ok(None)
}

/// A place as a link has it.
pub fn written(place: Position) -> String {
    let microseconds = place.timestamp.and_utc().timestamp_micros();
    format!("{microseconds}-{}", place.id)
}

fn parse(text: &str) -> Option<Position> {
    // Times before 1970 begin with a sign.
    let (microseconds, id) = text.rsplit_once('-')?;
    let timestamp = DateTime::from_timestamp_micros(microseconds.parse().ok()?)?;
    Some(Position {
        timestamp: timestamp.naive_utc(),
        id: id.parse().ok().filter(|id: &i64| *id >= 0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        for micros in [0, 1_732_712_345_123_456, -5] {
            let timestamp = DateTime::from_timestamp_micros(micros).expect("a time");
            let place = Position {
                timestamp: timestamp.naive_utc(),
                id: 7,
            };
            let query = format!("before={}", written(place));
            let asked = beside(&Query::parse(&query).expect("a query"));
            assert_eq!(asked, Ok(Some(Beside::Before(place))));
        }
        for text in ["", "5", "x-1", "5-", "5--1", "99999999999999999999-1"] {
            let query = Query::parse(&format!("after={text}")).expect("a query");
            assert_eq!(beside(&query).expect_err("refused").parameter, "after");
        }
        assert_eq!(beside(&Query::default()), Ok(None));
    }
}
