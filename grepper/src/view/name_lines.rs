//! Lists of topics and categories: which of them are shown, in which order, and which have fallen silent.

use std::cmp::Reverse;

use archive::CensusName;
use chrono::NaiveDateTime;

use crate::request::list_params::{ListSort, NamedParams};
use crate::view::silence::{Rate, last_come};

/// So many whole days before today tell what is usual.
const USUAL_DAYS: usize = 28;

/// A topic or a category.
#[derive(Clone, Debug)]
pub struct NameLine<'a> {
    /// What counters tell of it.
    pub of: &'a CensusName,
    /// How its messages come; `None` where its last one is not known.
    pub rate: Option<Rate>,
}

impl<'a> NameLine<'a> {
    /// As it is now.
    pub fn new(of: &'a CensusName, now: NaiveDateTime) -> Self {
        let past = of.bars.len().saturating_sub(1);
        let days = &of.bars[past.saturating_sub(USUAL_DAYS)..past];
        Self {
            of,
            rate: of
                .last
                .map(|last| Rate::of(last_come(last, &of.bars, now), days, now)),
        }
    }

    /// Whether messages have stopped to come as they usually do.
    pub fn is_silent(&self) -> bool {
        self.rate.is_some_and(|rate| rate.silent.is_some())
    }

    fn per_day(&self) -> u64 {
        self.rate.map_or(0, |rate| rate.per_day)
    }
}

/// Those that are asked for, in the order that is asked for.
pub fn lines<'a>(
    names: &'a [CensusName],
    asked: &NamedParams,
    now: NaiveDateTime,
) -> Vec<NameLine<'a>> {
    let containing = asked.containing.to_lowercase();
    let is_asked = |name: &&CensusName| {
        let category = asked.category.as_ref();
        category.is_none_or(|category| name.category.as_ref() == Some(category))
            && (containing.is_empty() || name.name.to_lowercase().contains(&containing))
    };
    let lines = names.iter().filter(is_asked);
    let mut lines: Vec<NameLine> = lines.map(|name| NameLine::new(name, now)).collect();
    lines.retain(|line| !asked.silent || line.is_silent());
    // What is equal stays in the order of names.
    lines.sort_unstable_by(|one, other| one.of.name.cmp(&other.of.name));
    match asked.sort {
        Some(ListSort::Name) => {}
        Some(ListSort::Last) => lines.sort_by_key(|line| Reverse(line.of.last)),
        Some(ListSort::Day) => lines.sort_by_key(|line| Reverse(line.of.recent)),
        Some(ListSort::Usual) => lines.sort_by_key(|line| Reverse(line.per_day())),
        Some(ListSort::First) => lines.sort_by_key(|line| Reverse(line.of.first)),
        None => lines.sort_by(|one, other| {
            let busy = |line: &NameLine| Reverse((line.of.recent, line.of.messages));
            let category = one.of.category.cmp(&other.of.category);
            category.then_with(|| busy(one).cmp(&busy(other)))
        }),
    }
    lines
}

/// How many of each of some groups are shown, at least one, so that it is `most` in all.
pub fn most_of_each(groups: &[usize], most: usize) -> usize {
    let shown = |each: usize| groups.iter().map(|of| each.min(*of)).sum::<usize>();
    let largest = groups.iter().copied().max().unwrap_or_default();
    let fit = (1..=largest).take_while(|each| shown(*each) <= most);
    fit.last().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeDelta};

    use super::*;

    fn now() -> NaiveDateTime {
        let day = NaiveDate::from_ymd_opt(2026, 11, 27).expect("a day");
        day.and_hms_opt(21, 0, 0).expect("a time")
    }

    /// A topic with so many messages on each of 30 days, the last so many hours ago.
    fn topic(name: &str, category: &str, each_day: u64, hours: i64) -> CensusName {
        let last = now() - TimeDelta::hours(hours);
        CensusName {
            name: name.to_owned(),
            category: Some(category.to_owned()),
            messages: each_day * 30,
            recent: each_day / (hours.unsigned_abs() + 1),
            bars: vec![each_day; 30],
            first: Some(last.date() - TimeDelta::days(hours + 30)),
            last: Some(last),
        }
    }

    fn topics() -> Vec<CensusName> {
        vec![
            topic("org.git.push", "git", 24, 9),
            topic("org.git.Branch", "git", 240, 0),
            topic("org.bodhi.edit", "bodhi", 48, 1),
        ]
    }

    fn names(asked: NamedParams) -> Vec<String> {
        let topics = topics();
        let lines = lines(&topics, &asked, now());
        lines.iter().map(|line| line.of.name.clone()).collect()
    }

    #[test]
    fn lists_are_in_the_order_that_is_asked_for() {
        let (push, branch, edit) = ("org.git.push", "org.git.Branch", "org.bodhi.edit");
        for (sort, expected) in [
            (None, [edit, branch, push]),
            (Some(ListSort::Name), [edit, branch, push]),
            (Some(ListSort::Last), [branch, edit, push]),
            (Some(ListSort::Day), [branch, edit, push]),
            (Some(ListSort::Usual), [branch, edit, push]),
            (Some(ListSort::First), [branch, edit, push]),
        ] {
            let asked = NamedParams {
                sort,
                ..NamedParams::default()
            };
            assert_eq!(names(asked), expected, "{sort:?}");
        }
    }

    #[test]
    fn lists_hold_what_is_asked_for() {
        let containing = |text: &str| NamedParams {
            containing: text.to_owned(),
            ..NamedParams::default()
        };
        assert_eq!(names(containing("branch")), ["org.git.Branch"]);
        assert_eq!(names(containing("ORG.GIT")).len(), 2);
        let asked = NamedParams {
            category: Some("bodhi".to_owned()),
            ..NamedParams::default()
        };
        assert_eq!(names(asked), ["org.bodhi.edit"]);
        let silent = NamedParams {
            silent: true,
            ..NamedParams::default()
        };
        assert_eq!(names(silent), ["org.git.push"]);
    }

    #[test]
    fn today_is_no_usual_day() {
        let mut quiet = topic("a", "b", 24, 9);
        quiet.bars[29] = 0;
        let line = NameLine::new(&quiet, now());
        let complaint = line.rate.and_then(|rate| rate.complaint());
        let told = "usually every 1 h, nothing for 9 h";
        assert_eq!(complaint.as_deref(), Some(told));
        let unknown = CensusName {
            last: None,
            ..quiet
        };
        assert!(!NameLine::new(&unknown, now()).is_silent());
    }

    #[test]
    fn of_large_groups_a_part_is_shown() {
        for (groups, most, each) in [
            (&[3, 200, 5][..], 20, 12),
            (&[3, 5], 20, 5),
            (&[9, 9, 9], 2, 1),
            (&[], 2, 1),
        ] {
            assert_eq!(most_of_each(groups, most), each, "{groups:?}");
        }
    }
}
