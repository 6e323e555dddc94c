//! The days of a year by how many messages each has, as a picture and as a table.

use chrono::{Datelike, Days, NaiveDate};

use crate::pages::numbers::grouped;

/// Between two days in the picture, in its own units, and the side of one.
const STEP: usize = 13;
const SIDE: usize = 11;
/// Where the first day is: names of days and months are beside it.
const LEFT: usize = 30;
const TOP: usize = 16;

/// Days by how many messages each has.
#[derive(Clone, Debug, Default)]
pub struct HeatMap {
    /// Days with messages, as they are drawn.
    pub days: Vec<HeatDay>,
    /// Days without, as one path.
    pub empty: String,
    /// Where months begin: x and name.
    pub months: Vec<(usize, String)>,
    /// Width of the picture.
    pub width: usize,
    /// How many messages days of each step have: x, step and words.
    pub legend: Vec<(usize, usize, String)>,
    /// What it says, in words.
    pub label: String,
    /// A row of the table for each week: its first day, and what each day has.
    pub weeks: Vec<HeatWeek>,
}

/// A day with messages.
#[derive(Clone, Debug)]
pub struct HeatDay {
    /// Where it is.
    pub x: usize,
    /// Where it is.
    pub y: usize,
    /// From 1 to 4, by how many messages it has.
    pub step: usize,
    /// What it says, in words.
    pub label: String,
}

/// The days of a week.
#[derive(Clone, Debug)]
pub struct HeatWeek {
    /// Its Monday.
    pub monday: String,
    /// Messages of each day, none of days to come.
    pub days: Vec<String>,
}

impl HeatMap {
    /// Where the legend is.
    pub const LEGEND: usize = TOP + 7 * STEP + 6;
    /// The height of the picture.
    pub const HEIGHT: usize = Self::LEGEND + SIDE;
    /// Which days have their names beside them: y and name.
    pub const NAMES: [(usize, &'static str); 3] = [
        (TOP + SIDE - 2, "Mon"),
        (TOP + 2 * STEP + SIDE - 2, "Wed"),
        (TOP + 4 * STEP + SIDE - 2, "Fri"),
    ];
}

/// The map of days from a Monday on, by how many messages each has.
pub fn heat_map(monday: NaiveDate, counts: &[u64]) -> HeatMap {
    let edges = steps(counts);
    let day = |n: usize| monday + Days::new(n as u64);
    let mut map = HeatMap {
        width: LEFT + counts.len().div_ceil(7) * STEP,
        label: label(monday, counts),
        legend: legend(
            edges,
            counts.iter().copied().max().unwrap_or_default(),
            LEFT + counts.len().div_ceil(7) * STEP,
        ),
        ..HeatMap::default()
    };
    for (n, &count) in counts.iter().enumerate() {
        let (x, y) = (LEFT + n / 7 * STEP, TOP + n % 7 * STEP);
        if count == 0 {
            map.empty += &format!("M{x} {y}h{SIDE}v{SIDE}h-{SIDE}z");
            continue;
        }
        map.days.push(HeatDay {
            x,
            y,
            step: 1 + edges.iter().filter(|edge| count > **edge).count(),
            label: format!("{}: {}", day(n).format("%a %-d %b %Y"), grouped(count)),
        });
    }
    for (n, week) in counts.chunks(7).enumerate() {
        let monday = day(7 * n);
        // What is written at the very end has no room.
        if monday.day() <= 7 && 7 * (n + 2) < counts.len() {
            map.months
                .push((LEFT + n * STEP, monday.format("%b").to_string()));
        }
        map.weeks.push(HeatWeek {
            monday: monday.format("%-d %b %Y").to_string(),
            days: week.iter().map(grouped).collect(),
        });
    }
    map
}

/// The counts above which days are of the second, third and fourth step: a quarter of the days with messages each.
fn steps(counts: &[u64]) -> [u64; 3] {
    let mut some: Vec<u64> = counts.iter().copied().filter(|count| *count > 0).collect();
    some.sort_unstable();
    [1, 2, 3].map(|quarter| {
        let place = (some.len() * quarter).div_ceil(4).max(1) - 1;
        some.get(place).copied().unwrap_or_default()
    })
}

/// On the right, where the present is. Steps that no day has are left out.
fn legend(edges: [u64; 3], most: u64, width: usize) -> Vec<(usize, usize, String)> {
    let mut legend = Vec::new();
    let (mut x, mut below) = (0, 0);
    for (step, above) in edges.into_iter().chain([most]).enumerate() {
        if above <= below {
            continue;
        }
        let words = match above == below + 1 {
            true => grouped(above),
            false => format!("{} – {}", grouped(below + 1), grouped(above)),
        };
        // A digit is less than 7 wide.
        let width = STEP + 7 * words.chars().count();
        legend.push((x, step + 1, words));
        x += STEP + width;
        below = above;
    }
    let left = width.saturating_sub(x).max(LEFT);
    for (x, ..) in &mut legend {
        *x += left;
    }
    legend
}

fn label(monday: NaiveDate, counts: &[u64]) -> String {
    let most = counts
        .iter()
        .enumerate()
        .rev()
        .max_by_key(|(_, count)| *count);
    let Some((n, most)) = most.filter(|(_, most)| **most > 0) else {
        return "no messages in the last year".to_owned();
    };
    let day = |n: usize| {
        (monday + Days::new(n as u64))
            .format("%-d %b %Y")
            .to_string()
    };
    let with = counts.iter().filter(|count| **count > 0).count();
    format!(
        "messages on {with} of {} days since {}, at most {} on {}",
        counts.len(),
        day(0),
        grouped(most),
        day(n)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_its_place_and_its_step() {
        let monday = NaiveDate::from_ymd_opt(2026, 2, 23).expect("a day");
        let mut counts = vec![0; 17];
        (counts[0], counts[8], counts[9], counts[16]) = (1, 2, 2000, 4);
        let map = heat_map(monday, &counts);
        let days: Vec<_> = map
            .days
            .iter()
            .map(|day| (day.x, day.y, day.step))
            .collect();
        assert_eq!(days, [(30, 16, 1), (43, 29, 2), (43, 42, 4), (56, 42, 3)]);
        assert_eq!(map.days[2].label, "Wed 4 Mar 2026: 2,000");
        assert_eq!(map.empty.matches('M').count(), 13);
        let legend: Vec<_> = map
            .legend
            .iter()
            .map(|(_, step, words)| (*step, words.as_str()))
            .collect();
        assert_eq!(legend, [(1, "1"), (2, "2"), (3, "3 – 4"), (4, "5 – 2,000")]);
        assert_eq!(map.weeks[1].monday, "2 Mar 2026");
        assert_eq!(map.weeks[1].days, ["0", "2", "2,000", "0", "0", "0", "0"]);
        assert_eq!(map.weeks[2].days.len(), 3);
        assert_eq!(
            map.label,
            "messages on 4 of 17 days since 23 Feb 2026, at most 2,000 on 4 Mar 2026"
        );
    }

    #[test]
    fn nothing_is_said() {
        let monday = NaiveDate::from_ymd_opt(2026, 2, 23).expect("a day");
        assert_eq!(
            heat_map(monday, &[0; 9]).label,
            "no messages in the last year"
        );
        assert_eq!(heat_map(monday, &[]).weeks.len(), 0);
        let alike = heat_map(monday, &[7; 9]);
        assert!(alike.days.iter().all(|day| day.step == 1));
        assert_eq!(alike.legend, [(LEFT, 1, "1 – 7".to_owned())]);
    }
}
