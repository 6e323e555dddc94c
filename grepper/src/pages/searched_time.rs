//! The searched time: said in words, and to be chosen.

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};

use crate::pages::search_links::SearchLinks;

/// The time that a search is over, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SearchedTime {
    /// The first moment; nothing bounds it if it is missing.
    pub first: Option<NaiveDateTime>,
    /// The last moment; nothing bounds it if it is missing.
    pub last: Option<NaiveDateTime>,
    /// The seconds that were asked for, back from the present.
    pub delta: Option<f64>,
    /// Whether the site chose the time, as nothing was asked.
    pub is_default: bool,
    /// When the page was made.
    pub now: NaiveDateTime,
}

/// A time that can be chosen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeChoice {
    /// The time in words.
    pub label: &'static str,
    /// The search over that time.
    pub href: String,
    /// Whether it is the searched one.
    pub is_chosen: bool,
}

/// Seconds of the times that can be chosen.
const PRESETS: [(&str, u32); 6] = [
    ("1 hour", 3_600),
    ("1 day", 86_400),
    ("7 days", 604_800),
    ("30 days", 2_592_000),
    ("90 days", 7_776_000),
    ("1 year", 31_536_000),
];

/// The times that can be chosen.
pub fn choices(links: &SearchLinks, time: &SearchedTime) -> Vec<TimeChoice> {
    let preset = |(label, seconds): (&'static str, u32)| TimeChoice {
        label,
        href: links.in_time(&[("delta", &seconds.to_string())]),
        is_chosen: time.delta == Some(f64::from(seconds)),
    };
    let mut choices: Vec<TimeChoice> = PRESETS.into_iter().map(preset).collect();
    choices.push(TimeChoice {
        label: "all",
        href: everything(links),
        is_chosen: time.is_everything(),
    });
    choices
}

/// The search over all time: said, as a site may have a shorter one where nothing is asked.
pub fn everything(links: &SearchLinks) -> String {
    links.in_time(&[("start", "0")])
}

impl SearchedTime {
    /// Whether nothing is left out that could be there.
    fn is_everything(&self) -> bool {
        let from_the_start = self
            .first
            .is_none_or(|first| first.and_utc().timestamp() <= 0);
        from_the_start && self.is_until_now()
    }

    /// Whether it ends with the present, which the end may have been told of in coarser units.
    fn is_until_now(&self) -> bool {
        let now = self.now - TimeDelta::milliseconds(1);
        self.last.is_none_or(|last| last >= now)
    }

    /// Whether it ends before it begins.
    pub fn is_reversed(&self) -> bool {
        matches!((self.first, self.last), (Some(first), Some(last)) if first > last)
    }

    /// Its ends as the fields of a form have them; empty where they move with the present, or there are none.
    pub fn fields(&self) -> [String; 2] {
        // Browsers leave out seconds that are none, too.
        let form = |at: NaiveDateTime| match at.second() {
            0 => "%Y-%m-%dT%H:%M",
            _ => "%Y-%m-%dT%H:%M:%S",
        };
        let written = |at: Option<NaiveDateTime>| match at.filter(|_| self.delta.is_none()) {
            Some(at) => at.format(form(at)).to_string(),
            None => String::new(),
        };
        match self.is_default || self.is_everything() {
            true => Default::default(),
            false => [
                written(self.first),
                written(self.last.filter(|_| !self.is_until_now())),
            ],
        }
    }

    /// The time in words.
    pub fn sentence(&self) -> String {
        let span = match (self.first, self.last) {
            _ if self.is_everything() => "of all time".to_owned(),
            (Some(first), Some(last)) if !self.is_until_now() => {
                format!("{} – {} UTC", self.short(first), self.short(last))
            }
            (Some(first), _) => format!("{} UTC – now", self.short(first)),
            (None, Some(last)) => format!("until {} UTC", self.short(last)),
            (None, None) => "of all time".to_owned(),
        };
        match self.is_default {
            true => format!("{span} (as this site does where no time is given)"),
            false => span,
        }
    }

    fn short(&self, at: NaiveDateTime) -> String {
        let day = match at.year() == self.now.year() {
            true => "%-d %b",
            false => "%-d %b %Y",
        };
        let has_seconds = self.delta.is_none() && at.second() > 0;
        let clock = if has_seconds { "%H:%M:%S" } else { "%H:%M" };
        at.format(&format!("{day} {clock}")).to_string()
    }

    /// The time as parameters that mean the same tomorrow. Where messages are dated later than now, its end stays open, as
    /// they are among what was found.
    pub fn fixed(&self, is_ahead: bool) -> Vec<(&'static str, String)> {
        let written = |at: NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
        let start = self.first.map(|first| ("start", written(first)));
        let last = self.last.or_else(|| (!is_ahead).then_some(self.now));
        let end = last.map(|last| ("end", written(last)));
        start.into_iter().chain(end).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn time(first: Option<i64>, last: Option<i64>) -> SearchedTime {
        let day = NaiveDate::from_ymd_opt(2026, 11, 27).expect("a day");
        let now = day.and_hms_opt(12, 0, 0).expect("a time");
        let at = |hours| now + TimeDelta::hours(hours);
        SearchedTime {
            first: first.map(at),
            last: last.map(at),
            delta: None,
            is_default: false,
            now,
        }
    }

    #[test]
    fn the_time_is_said_in_words() {
        let default = SearchedTime {
            is_default: true,
            ..time(Some(-24), Some(0))
        };
        for (time, expected) in [
            (time(None, None), "of all time"),
            (time(Some(-24), Some(0)), "26 Nov 12:00 UTC – now"),
            (time(Some(-24), Some(-1)), "26 Nov 12:00 – 27 Nov 11:00 UTC"),
            (
                time(Some(-24 * 365), Some(-1)),
                "27 Nov 2025 12:00 – 27 Nov 11:00 UTC",
            ),
            (time(None, Some(-2)), "until 27 Nov 10:00 UTC"),
            (
                default,
                "26 Nov 12:00 UTC – now (as this site does where no time is given)",
            ),
        ] {
            assert_eq!(time.sentence(), expected);
        }
        let now = time(None, None).now;
        let coarse = SearchedTime {
            first: Some(NaiveDateTime::default()),
            last: Some(now - TimeDelta::nanoseconds(1)),
            ..time(None, None)
        };
        assert_eq!(coarse.sentence(), "of all time");
        let half_a_minute = SearchedTime {
            last: Some(now - TimeDelta::seconds(3_570)),
            ..time(Some(-1), None)
        };
        assert_eq!(
            half_a_minute.sentence(),
            "27 Nov 11:00 – 27 Nov 11:00:30 UTC"
        );
        let start = ("start", "2026-11-27T11:00:00.000000".to_owned());
        assert_eq!(time(Some(-1), None).fixed(true), [start]);
        let fixed = time(Some(-1), None).fixed(false);
        assert_eq!(fixed[0], ("start", "2026-11-27T11:00:00.000000".to_owned()));
        assert_eq!(fixed[1], ("end", "2026-11-27T12:00:00.000000".to_owned()));
    }

    #[test]
    fn the_searched_time_is_the_chosen_one() {
        let links = SearchLinks {
            root: "",
            path: "/raw",
            query: &[],
        };
        let chosen = |time: SearchedTime| {
            let choices = choices(&links, &time).into_iter();
            let chosen = choices.filter(|choice| choice.is_chosen);
            chosen.map(|choice| choice.label).collect::<Vec<_>>()
        };
        assert_eq!(chosen(time(None, None)), ["all"]);
        let day = SearchedTime {
            delta: Some(86_400.0),
            ..time(Some(-24), Some(0))
        };
        assert_eq!(chosen(day), ["1 day"]);
        assert_eq!(everything(&links), "/raw?start=0");
    }
}
