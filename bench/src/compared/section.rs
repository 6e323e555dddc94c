//! A part of the report, and what it found.

use crate::report::ratio_cells;
use crate::statistics::Ratio;

/// How much longer answers may take, by their medians.
pub const SLOWER: Limit = Limit::AtMost(1.1);
/// How many of the messages a second must be left.
pub const FEWER: Limit = Limit::AtLeast(0.95);

/// A part of the report.
pub struct Section {
    pub text: String,
    pub findings: Vec<Finding>,
}

/// What is measured, and how much worse it may become.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// The ratio of times is at most this.
    AtMost(f64),
    /// The ratio of rates is at least this.
    AtLeast(f64),
}

/// What one comparison found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Findings of one group are told together, the worst first.
    pub group: String,
    pub what: String,
    pub ratio: Ratio,
    pub limit: Limit,
}

impl Finding {
    /// How far it is beyond its limit: more than 1 is.
    pub fn excess(&self) -> f64 {
        match self.limit {
            Limit::AtMost(limit) => self.ratio.middle / limit,
            Limit::AtLeast(limit) => limit / self.ratio.middle,
        }
    }

    pub fn is_beyond(&self) -> bool {
        self.excess() > 1.0
    }

    /// A row of a table.
    pub fn row(&self) -> Vec<String> {
        let limit = match self.limit {
            Limit::AtMost(limit) => format!("≤ {limit}"),
            Limit::AtLeast(limit) => format!("≥ {limit}"),
        };
        let held = if self.is_beyond() { "no" } else { "yes" };
        let mut row = vec![format!("{}: {}", self.group, self.what)];
        row.extend(ratio_cells(&self.ratio));
        row.extend([limit, held.to_owned()]);
        row
    }
}
