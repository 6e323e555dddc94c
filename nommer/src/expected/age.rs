//! Lengths of time as people write them: `90m`, `3h`, `270d`.

use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

/// A length of time, and how it was written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub struct Age {
    /// As it was written.
    pub text: String,
    /// How long it is.
    pub length: TimeDelta,
}

impl Age {
    /// How long it is, for who waits.
    pub fn duration(&self) -> Duration {
        // It is not negative.
        self.length.to_std().unwrap_or_default()
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = length(text).ok_or_else(|| {
            format!("{text:?} is no length of time: write a number of seconds, minutes, hours or days such as 30s, 90m, 3h or 270d")
        })?;
        let text = text.to_owned();
        Ok(Self { text, length })
    }
}

impl TryFrom<String> for Age {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

fn length(text: &str) -> Option<TimeDelta> {
    let (at, unit) = text.char_indices().last()?;
    let number: i64 = text[..at].parse().ok().filter(|number| *number >= 0)?;
    match unit {
        's' => TimeDelta::try_seconds(number),
        'm' => TimeDelta::try_minutes(number),
        'h' => TimeDelta::try_hours(number),
        'd' => TimeDelta::try_days(number),
        _ => None,
    }
}
