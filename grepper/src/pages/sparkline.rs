//! The last days of a name as a small picture.

use std::fmt::Write as _;

use askama::Template;

use crate::pages::numbers::grouped;
use crate::pages::render::render;

/// The width of a day and the height of the picture, in its own units.
const DAY: usize = 2;
const HEIGHT: u64 = 16;

#[derive(Template)]
#[template(path = "sparkline.html")]
struct Sparkline {
    width: usize,
    height: u64,
    label: String,
    outline: String,
}

/// How many messages there were on each day, the oldest first; nothing where no days are known.
pub fn sparkline(days: &[u64]) -> String {
    if days.is_empty() {
        return String::new();
    }
    let most = days.iter().copied().max().unwrap_or_default();
    let label = match most {
        0 => format!("nothing in {} days", days.len()),
        _ => format!("{} days, at most {} a day", days.len(), grouped(most)),
    };
    render(&Sparkline {
        width: days.len() * DAY,
        height: HEIGHT,
        label,
        outline: outline(days, most),
    })
}

/// The steps of the days. Neighbours of equal height are one step.
fn outline(days: &[u64], most: u64) -> String {
    let mut path = String::new();
    if most == 0 {
        return path;
    }
    path.push_str("M0 16");
    for days in days.chunk_by(|one, other| height(*one, most) == height(*other, most)) {
        let top = HEIGHT - height(days[0], most);
        // A string takes all.
        let _ = write!(path, "V{top}h{}", days.len() * DAY);
    }
    path + "V16z"
}

/// What is there is seen.
fn height(count: u64, most: u64) -> u64 {
    (count * HEIGHT).div_ceil(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_steps() {
        let html = sparkline(&[0, 0, 1, 1000, 500]);
        assert_eq!(
            html,
            "<svg class=\"spark\" viewBox=\"0 0 10 16\" preserveAspectRatio=\"none\" role=\"img\" \
             aria-label=\"5 days, at most 1,000 a day\"><path d=\"M0 16V16h4V15h2V0h2V8h2V16z\"/></svg>"
        );
        assert!(sparkline(&[0; 30]).contains("aria-label=\"nothing in 30 days\"><path d=\"\""));
        assert_eq!(sparkline(&[]), "");
    }
}
