//! `nommer latest`

use archive::{Dimension, Filters, Match, Message, OnBus, Reader, Search, Span, migration};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use clap::Args;
use pythonic::json::to_text;
use service::say;

use super::text::given;
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// So far back is looked for the latest message.
const LOOKED_BACK: TimeDelta = TimeDelta::days(365);

/// Whose latest message, and what to tell of it.
#[derive(Debug, Args)]
pub struct LatestOptions {
    /// The latest message with this topic.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// The latest message of this category, without --topic.
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// The latest message of all, without --topic and --category [default: that of each category].
    #[arg(long)]
    overall: bool,
    /// Tell when it was sent, in seconds since 1970, instead of the message.
    #[arg(long)]
    timestamp: bool,
    /// Tell how many seconds ago it was sent, without --timestamp.
    #[arg(long)]
    timesince: bool,
    /// Tell times and spans of time as people write them. UTC.
    #[arg(long)]
    human: bool,
}

/// Tells the latest messages of the last 365 days, as a JSON array in a line.
pub fn run(config: &Config, asked: &LatestOptions) -> Result<(), Exit> {
    let options = database::options_to_read(config)?;
    migration::check(&options)?;
    let reader = Reader::new(&options);
    let now = Utc::now().naive_utc();
    let mut items = Vec::new();
    for filters in filters(asked, &reader)? {
        let search = Search {
            time: Span {
                from: Some(now - LOOKED_BACK),
                to: None,
            },
            filters,
            ..Search::default()
        };
        // A step reads by an index, and does not count what else there is.
        let latest = reader.walk(&search, None).step(1)?;
        items.extend(latest.iter().map(|message| asked.item(message, now)));
    }
    say(format_args!("[{}]", items.join(",")));
    Ok(())
}

/// What each latest message is to match.
fn filters(asked: &LatestOptions, reader: &Reader) -> Result<Vec<Filters>, Exit> {
    let only = |dimension, name: &str| {
        let any = vec![name.to_owned()];
        let none = Vec::new();
        Filters::from([(dimension, Match { any, none })])
    };
    if let Some(topic) = given(asked.topic.as_deref()) {
        return Ok(vec![only(Dimension::Topics, topic)]);
    }
    if let Some(category) = given(asked.category.as_deref()) {
        return Ok(vec![only(Dimension::Categories, category)]);
    }
    if asked.overall {
        return Ok(vec![Filters::default()]);
    }
    let categories = reader.categories()?.into_iter();
    Ok(categories
        .map(|tally| only(Dimension::Categories, &tally.name))
        .collect())
}

impl LatestOptions {
    /// What is told of a message, as JSON.
    fn item(&self, message: &Message, now: NaiveDateTime) -> String {
        let sent = message.timestamp;
        match (self.timestamp, self.timesince, self.human) {
            (true, _, true) => to_text(&date(sent)),
            (true, _, false) => to_text(&(sent.and_utc().timestamp() as f64)),
            (false, true, true) => to_text(&timedelta(now - sent)),
            (false, true, false) => to_text(&(now - sent).num_seconds().to_string()),
            (false, false, _) => format!(
                "{{{}: {}}}",
                to_text(&message.category),
                to_text(&OnBus::new(message))
            ),
        }
    }
}

/// A time as Python prints one.
fn date(time: NaiveDateTime) -> String {
    let format = match time.and_utc().timestamp_subsec_micros() {
        0 => "%Y-%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S%.6f",
    };
    time.format(format).to_string()
}

/// A span of time as Python prints one: days, which may be negative, and a time of day.
fn timedelta(span: TimeDelta) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let micros = span.num_microseconds().unwrap_or(i64::MAX);
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let mut text = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    text += &format!(
        "{}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    );
    if micros > 0 {
        text += &format!(".{micros:06}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(timestamp: bool, timesince: bool, human: bool) -> String {
        let asked = LatestOptions {
            topic: None,
            category: None,
            overall: false,
            timestamp,
            timesince,
            human,
        };
        let sent = "2026-11-19T10:00:00.25".parse().expect("a time");
        let now = "2026-11-21T09:59:00".parse().expect("a time");
        let message = Message {
            topic: "a.b".to_owned(),
            category: r#"qu"ote"#.to_owned(),
            timestamp: sent,
            msg: "{}".into(),
            headers: Some(r#"{"sent-at": ""}"#.into()),
            ..Message::default()
        };
        asked.item(&message, now)
    }

    #[test]
    fn a_message_is_told_in_one_of_five_forms() {
        let message = r#"{"qu\"ote": {"body": {}, "headers": {"sent-at": ""}, "id": null, "priority": 0, "queue": null, "topic": "a.b"}}"#;
        assert_eq!(item(false, false, false), message);
        assert_eq!(item(false, false, true), message);
        assert_eq!(item(true, false, false), "1795082400.0");
        assert_eq!(item(true, true, false), "1795082400.0");
        assert_eq!(item(true, false, true), r#""2026-11-19 10:00:00.250000""#);
        assert_eq!(item(false, true, false), r#""172739""#);
        assert_eq!(item(false, true, true), r#""1 day, 23:58:59.750000""#);
    }

    #[test]
    fn spans_are_written_as_python_writes_them() {
        for (seconds, expected) in [
            (0, "0:00:00"),
            (71_927, "19:58:47"),
            (86_400, "1 day, 0:00:00"),
            (2 * 86_400 + 1, "2 days, 0:00:01"),
            (-1, "-1 day, 23:59:59"),
            (-86_401, "-2 days, 23:59:59"),
        ] {
            assert_eq!(timedelta(TimeDelta::seconds(seconds)), expected);
        }
        assert_eq!(timedelta(TimeDelta::microseconds(1)), "0:00:00.000001");
    }
}
