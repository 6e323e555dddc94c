//! Middles of what was measured often, and ratios of what was measured in pairs.

/// The value in the middle, of an even number the mean of the two; `None` of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    quantile(&sorted(values), 0.5)
}

/// How two builds compare: later by earlier, of pairs that were measured one right after the other.
/// What a busy machine does to both of a pair is not in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The median of the pairs' ratios.
    pub middle: f64,
    /// Half of the pairs lie between these.
    pub quartiles: [f64; 2],
}

impl Ratio {
    /// Of pairs of `before` and `after`; `None` without pairs.
    pub fn of(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let ratios = sorted(pairs.into_iter().map(|(before, after)| after / before));
        Some(Self {
            middle: quantile(&ratios, 0.5)?,
            quartiles: [quantile(&ratios, 0.25)?, quantile(&ratios, 0.75)?],
        })
    }
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which this share of `sorted` lies, by the line between its neighbours.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles_are_between_what_was_measured() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn ratios_are_those_of_pairs() {
        // The machine became ten times slower; the later build takes twice as long throughout.
        let pairs = [(1.0, 2.0), (10.0, 20.0), (10.0, 20.0), (1.0, 2.0)];
        let ratio = Ratio::of(pairs).unwrap();
        assert_eq!((ratio.middle, ratio.quartiles), (2.0, [2.0, 2.0]));
        let ratio =
            Ratio::of([(1.0, 1.0), (1.0, 2.0), (1.0, 3.0), (1.0, 4.0), (1.0, 5.0)]).unwrap();
        assert_eq!((ratio.middle, ratio.quartiles), (3.0, [2.0, 4.0]));
        assert_eq!(Ratio::of([]), None);
    }
}
