//! How many requests a client may send.

use std::str::FromStr;
use std::time::Duration;

/// How many requests a client may send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLimit {
    /// How long a client that has used all waits for a further request.
    pub interval: Duration,
    /// How many requests may come at once, at least 1.
    pub burst: u32,
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| {
            format!("rate_limit must be N/s, N/m or N/h with or without ,BURST, such as 5/s,50, not {text:?}")
        })
    }
}

fn parse(text: &str) -> Option<RateLimit> {
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number > 0);
    let (rate, burst) = match text.split_once(',') {
        Some((rate, burst)) => (rate, Some(number(burst)?)),
        None => (text, None),
    };
    let (requests, unit) = rate.split_once('/')?;
    let requests = number(requests)?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    Some(RateLimit {
        interval: Duration::from_secs(seconds) / requests,
        burst: burst.unwrap_or(requests),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_in_a_time_and_perhaps_a_burst() {
        for (text, micros, burst) in [
            ("10/s", 100_000, 10),
            ("10/s,50", 100_000, 50),
            (" 600/m , 1 ", 100_000, 1),
            ("3600/h", 1_000_000, 3600),
        ] {
            let expected = RateLimit {
                interval: Duration::from_micros(micros),
                burst,
            };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["", "10", "0/s", "10/s,0", "-1/s", "10/d", "10/s,", "1.5/s"] {
            assert!(text.parse::<RateLimit>().is_err(), "{text}");
        }
    }
}
