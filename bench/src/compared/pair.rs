//! Two builds, or what belongs to each of them.

use anyhow::{Context, Result};

use crate::asking::turns::backwards;
use crate::report::{number, ratio_cells};
use crate::statistics::{Ratio, median};

/// Something of the older build and the same of ours.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair<T> {
    pub before: T,
    pub after: T,
}

impl<T> Pair<T> {
    /// Does `one` with each, one right after the other; who begins depends on the number of the turn.
    pub fn in_turn<U>(&self, turn: usize, mut one: impl FnMut(&T) -> Result<U>) -> Result<Pair<U>> {
        if backwards(turn) {
            let after = one(&self.after)?;
            let before = one(&self.before)?;
            return Ok(Pair { before, after });
        }
        let before = one(&self.before)?;
        let after = one(&self.after)?;
        Ok(Pair { before, after })
    }

    /// What `of` makes of each.
    pub fn map<U>(&self, of: impl Fn(&T) -> U) -> Pair<U> {
        Pair {
            before: of(&self.before),
            after: of(&self.after),
        }
    }
}

/// Numbers that were measured in pairs, in short.
#[derive(Clone, Copy, Debug)]
pub struct Medians {
    of: Pair<f64>,
    pub ratio: Ratio,
}

impl Medians {
    /// Columns of a table with the cells of medians.
    pub const COLUMNS: [&str; 5] = ["what", "before", "after", "after/before", "middle half"];

    /// # Errors
    /// When there are no pairs.
    pub fn of(pairs: &[Pair<f64>]) -> Result<Self> {
        let ratio = Ratio::of(pairs.iter().map(|pair| (pair.before, pair.after)));
        let before = median(pairs.iter().map(|pair| pair.before));
        let after = median(pairs.iter().map(|pair| pair.after));
        let of = before
            .zip(after)
            .map(|(before, after)| Pair { before, after });
        let (of, ratio) = of.zip(ratio).context("nothing was measured")?;
        Ok(Self { of, ratio })
    }

    /// A row of a table.
    pub fn row(&self, what: &str) -> Vec<String> {
        let [middle, half] = ratio_cells(&self.ratio);
        let Pair { before, after } = self.of;
        vec![what.to_owned(), number(before), number(after), middle, half]
    }
}
