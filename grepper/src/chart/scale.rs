//! The scale of counts: how far along an axis a count lies, and which counts are numbered.

/// How many numbers an axis bears at most, zero excepted.
const MOST_TICKS: f64 = 8.0;

/// A scale from zero to a round number.
pub struct Scale {
    top: f64,
    logarithmic: bool,
    /// The numbered counts, all integers, from zero to the top.
    pub ticks: Vec<f64>,
}

impl Scale {
    /// The scale for counts up to `largest`.
    pub fn new(largest: f64, logarithmic: bool) -> Self {
        let largest = largest.max(1.0);
        if logarithmic {
            let decades = largest.log10().ceil().max(1.0);
            let step = (decades / MOST_TICKS).ceil() as i32;
            let count = (decades / f64::from(step)).ceil() as i32;
            let powers = (0..=count).map(|power| 10f64.powi(power * step));
            let top = 10f64.powi(count * step);
            return Self {
                top,
                logarithmic,
                ticks: std::iter::once(0.0).chain(powers).collect(),
            };
        }
        let step = round_step(largest / MOST_TICKS);
        let count = (largest / step).ceil() as u32;
        let ticks = (0..=count).map(|tick| f64::from(tick) * step).collect();
        Self {
            top: f64::from(count) * step,
            logarithmic,
            ticks,
        }
    }

    /// How far along the axis a count lies, from 0 to 1; below zero for negative ones.
    pub fn part(&self, count: f64) -> f64 {
        let part = if self.logarithmic {
            // One is added so that zero has a place; it tells above 10 no more.
            count.abs().ln_1p() / self.top.ln_1p()
        } else {
            count.abs() / self.top
        };
        part.min(1.0).copysign(count)
    }
}

/// The least of 1, 2, 5, 10, 20, 50 … that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.max(1.0).log10().floor());
    let round = [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|round| *round >= step);
    round.unwrap_or(10.0 * power)
}

/// A count as short as it can be told: `1500` as it is, `20k`, `1.5M`.
pub fn short(count: f64) -> String {
    let count = count.abs();
    if count < 10_000.0 {
        return format!("{count:.0}");
    }
    let mut rest = count;
    let mut unit = ' ';
    for next in ['k', 'M', 'G', 'T', 'P', 'E', 'Z'] {
        if rest < 1000.0 {
            break;
        }
        rest /= 1000.0;
        unit = next;
    }
    format!("{}{unit}", (rest * 100.0).round() / 100.0)
}
