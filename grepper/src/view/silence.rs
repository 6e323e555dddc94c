//! How often messages usually come, and whether they have stopped to.

use chrono::{NaiveDateTime, TimeDelta};

/// So many times the usual gap without a message is silence.
const GAPS: i32 = 5;
/// No shorter time is silence.
const SHORTEST: TimeDelta = TimeDelta::hours(1);

/// How messages of one kind come, such as those of a topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// How many come on a usual day: the median of the days that were looked at.
    pub per_day: u64,
    /// How much time usually lies between two; `None` where fewer than two came on all these days.
    pub gap: Option<TimeDelta>,
    /// For how long nothing has come, if that is long for what is usual.
    pub silent: Option<TimeDelta>,
}

impl Rate {
    /// By when the last message came, how many came on each of some days (28, today among them or not), and the present.
    pub fn of(last: NaiveDateTime, days: &[u64], now: NaiveDateTime) -> Self {
        let per_day = median(days);
        let gap = usual_gap(per_day, days);
        let since = now - last;
        let is_silent = |gap: &TimeDelta| since > SHORTEST && since > *gap * GAPS;
        Self {
            per_day,
            gap,
            silent: gap.filter(is_silent).map(|_| since),
        }
    }

    /// "usually every 20 min".
    pub fn usually(&self) -> Option<String> {
        Some(format!("usually every {}", in_short(self.gap?)))
    }

    /// "usually every 20 min, nothing for 3 h", if it is silent.
    pub fn complaint(&self) -> Option<String> {
        let (usually, silent) = (self.usually()?, self.silent?);
        Some(format!("{usually}, nothing for {}", in_short(silent)))
    }
}

/// When the last message came, where its sender may have said that it comes yet: then, by the messages of each day, the
/// end of the last day up to now that has any. The last of `days` is today.
pub fn last_come(last: NaiveDateTime, days: &[u64], now: NaiveDateTime) -> NaiveDateTime {
    if last <= now {
        return last;
    }
    let without = days.iter().rev().take_while(|count| **count == 0).count();
    let midnight = now.date().and_time(chrono::NaiveTime::MIN);
    match i64::try_from(without) {
        Ok(days) if days > 0 => midnight - TimeDelta::days(days - 1),
        _ => now,
    }
}

fn median(days: &[u64]) -> u64 {
    let mut days = days.to_vec();
    days.sort_unstable();
    let (Some(low), Some(high)) = (
        days.get(days.len().saturating_sub(1) / 2),
        days.get(days.len() / 2),
    ) else {
        return 0;
    };
    low.midpoint(*high)
}

/// Of what comes on few days the median is 0, so that all of them tell.
fn usual_gap(per_day: u64, days: &[u64]) -> Option<TimeDelta> {
    let day = TimeDelta::days(1);
    if per_day > 0 {
        return day.checked_div(per_day.try_into().ok()?);
    }
    let messages: u64 = days.iter().sum();
    let all = day.checked_mul(days.len().try_into().ok()?)?;
    (messages > 1).then(|| all.checked_div(messages.try_into().ok()?))?
}

/// A span of time by its largest unit, such as "20 min".
fn in_short(span: TimeDelta) -> String {
    let rounded = |seconds: i64| (span.num_seconds() + seconds / 2) / seconds;
    let (minute, hour, day) = (60, 3600, 86400);
    if span.num_seconds() < minute {
        return format!("{} s", span.num_seconds().max(1));
    }
    if rounded(minute) < 60 {
        return format!("{} min", rounded(minute));
    }
    if rounded(hour) < 48 {
        return format!("{} h", rounded(hour));
    }
    format!("{} days", rounded(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> NaiveDateTime {
        NaiveDateTime::default() + TimeDelta::days(20_000)
    }

    fn complaint(silent_for: TimeDelta, days: &[u64]) -> Option<String> {
        Rate::of(now() - silent_for, days, now()).complaint()
    }

    #[test]
    fn silence_is_five_usual_gaps_and_an_hour() {
        let often = [72; 28];
        assert_eq!(complaint(TimeDelta::minutes(100), &often), None);
        assert_eq!(
            complaint(TimeDelta::minutes(181), &often).as_deref(),
            Some("usually every 20 min, nothing for 3 h")
        );
        let each_minute = [1440; 28];
        assert_eq!(complaint(TimeDelta::minutes(60), &each_minute), None);
        assert_eq!(
            complaint(TimeDelta::minutes(61), &each_minute).as_deref(),
            Some("usually every 1 min, nothing for 1 h")
        );
        let daily = [1; 28];
        assert_eq!(complaint(TimeDelta::days(5), &daily), None);
        assert_eq!(
            complaint(TimeDelta::days(6), &daily).as_deref(),
            Some("usually every 24 h, nothing for 6 days")
        );
    }

    #[test]
    fn usual_is_the_median_day() {
        let mut days = [48; 28];
        (days[0], days[27]) = (100_000, 0);
        let rate = Rate::of(now(), &days, now());
        assert_eq!((rate.per_day, rate.gap), (48, Some(TimeDelta::minutes(30))));
        assert_eq!(rate.usually().as_deref(), Some("usually every 30 min"));
        assert_eq!(rate.silent, None);
        assert_eq!(median(&[4, 1]), 2);
        assert_eq!(median(&[9]), 9);
    }

    #[test]
    fn what_is_rare_is_told_by_all_days() {
        let mut days = [0; 28];
        days[3] = 7;
        let rate = Rate::of(now() - TimeDelta::days(24), &days, now());
        assert_eq!((rate.per_day, rate.gap), (0, Some(TimeDelta::days(4))));
        assert_eq!(
            rate.complaint().as_deref(),
            Some("usually every 4 days, nothing for 24 days")
        );
    }

    #[test]
    fn one_message_tells_nothing_of_a_rate() {
        let mut days = [0; 28];
        for days in [&[] as &[u64], &days.clone()] {
            let rate = Rate::of(now() - TimeDelta::days(300), days, now());
            assert_eq!((rate.usually(), rate.complaint()), (None, None));
        }
        days[27] = 1;
        assert_eq!(Rate::of(now(), &days, now()).usually(), None);
    }

    #[test]
    fn a_sender_whose_clock_is_wrong_hides_no_silence() {
        let at = |day| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
            date.and_time(chrono::NaiveTime::MIN)
        };
        let now = at(27) + TimeDelta::hours(3);
        let next_year = now + TimeDelta::days(200);
        for (days, expected) in [
            ([1, 1, 1, 1], now),
            ([1, 1, 1, 0], at(27)),
            ([1, 1, 0, 0], at(26)),
            ([0, 0, 0, 0], at(24)),
        ] {
            assert_eq!(last_come(next_year, &days, now), expected, "{days:?}");
        }
        assert_eq!(last_come(at(5), &[0], now), at(5));
    }

    #[test]
    fn a_message_of_the_future_is_no_silence() {
        assert_eq!(complaint(TimeDelta::hours(-9), &[72; 28]), None);
    }

    #[test]
    fn short_times_have_one_unit() {
        for (seconds, told) in [
            (0, "1 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3569, "59 min"),
            (3570, "1 h"),
            (86_400, "24 h"),
            (172_800, "2 days"),
        ] {
            assert_eq!(in_short(TimeDelta::seconds(seconds)), told);
        }
    }
}
