//! How many deliveries a queue may have under way: a prefetch count that follows their weight.
//!
//! The broker counts deliveries and not bytes, and sends at once all that the count allows. So a
//! window begins small, grows while what comes is light, and shrinks when it gets heavy. It is
//! never smaller than two, such that one delivery comes while the other is stored.

use crate::config::settings::{NARROWEST, most_under_way};

/// The width of a window that nothing came through.
const FIRST: u16 = 8;
/// A window grows by no more than this at a time.
const GROWTH: u16 = 4;

/// A window's width, and what came through it.
#[derive(Debug)]
pub struct Window {
    width: u16,
    most: u16,
    /// What deliveries under way should weigh together, in bytes.
    bytes: f64,
    /// About the mean weight of as many deliveries as are under way, rather too much; in bytes.
    mean: f64,
    /// How many deliveries came.
    came: u64,
    /// How many of them had come when the width changed last.
    changed_at: u64,
}

impl Window {
    /// No wider than `most`, and such that deliveries weigh about `bytes` together.
    pub fn new(most: u16, bytes: usize) -> Self {
        let most = most_under_way(most, bytes);
        Self {
            width: FIRST.min(most),
            most,
            bytes: bytes as f64,
            mean: 0.0,
            came: 0,
            changed_at: 0,
        }
    }

    /// The prefetch count that is never exceeded.
    pub fn most(&self) -> u16 {
        self.most
    }

    /// The prefetch count.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// A delivery of so many bytes has come.
    pub fn came(&mut self, weight: usize) {
        self.came += 1;
        let of = self.came.min(u64::from(self.width)) as f64;
        let more = weight as f64 - self.mean;
        // It follows what gets heavier sooner than what gets lighter.
        let of = if more > 0.0 { of / 2.0 } else { of };
        self.mean += more / of.max(1.0);
    }

    /// Is as narrow as at the beginning, as nothing is known of what comes next.
    pub fn begin_anew(&mut self) {
        self.width = self.width.min(FIRST);
        self.changed_at = self.came;
    }

    /// Takes another width, if what came since the last change says so; answers whether it did.
    pub fn adapt(&mut self) -> bool {
        let fitting = self.fitting();
        let seen_enough = self.came - self.changed_at >= u64::from(self.width);
        let grows = seen_enough
            && fitting > self.width
            && (fitting == self.most || fitting / 2 >= self.width);
        let shrinks = fitting <= self.width / 2;
        if grows || shrinks {
            self.width = fitting.min(self.width.saturating_mul(GROWTH));
            self.changed_at = self.came;
        }
        grows || shrinks
    }

    /// The width at which deliveries as those that came weigh as much as they should.
    fn fitting(&self) -> u16 {
        // A number that is too large for the type becomes its largest.
        let count = (self.bytes / self.mean.max(1.0)) as u16;
        count.max(NARROWEST).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 64 << 20;

    /// The widths that a window has while deliveries of such weights come.
    fn widths(window: &mut Window, weights: impl IntoIterator<Item = usize>) -> Vec<u16> {
        let mut widths = vec![window.width()];
        for weight in weights {
            window.came(weight);
            if window.adapt() {
                widths.push(window.width());
            }
        }
        widths
    }

    #[test]
    fn it_grows_while_what_comes_is_light() {
        let mut window = Window::new(2000, BYTES);
        let grown = widths(&mut window, [100; 3000]);
        assert_eq!(grown, [8, 32, 128, 512, 2000]);
    }

    #[test]
    fn however_light_it_is_heavy_ones_may_follow() {
        let mut window = Window::new(2000, BYTES / 4);
        let grown = widths(&mut window, [100; 3000]);
        assert_eq!(grown, [8, 32, 128, 512, 1024]);
    }

    #[test]
    fn what_is_heavy_keeps_it_small_from_the_start() {
        let mut window = Window::new(2000, BYTES);
        assert_eq!(widths(&mut window, [BYTES / 8; 100]), [8]);
        let mut window = Window::new(2000, BYTES);
        assert_eq!(widths(&mut window, [20 * BYTES; 100]), [8, 2]);
    }

    #[test]
    fn it_shrinks_before_as_much_again_has_come_as_may_be_under_way() {
        let mut window = Window::new(2000, BYTES);
        widths(&mut window, [100; 3000]);
        let heavy = BYTES / 10;
        let before = (1..).find(|_| widths(&mut window, [heavy]).len() > 1);
        assert!(
            before.is_some_and(|count| count * heavy <= 2 * BYTES),
            "{before:?}"
        );
        let then = widths(&mut window, [heavy; 3000]);
        assert!((8..=20).contains(then.last().expect("a width")), "{then:?}");
    }

    #[test]
    fn it_grows_again_after_it_began_anew() {
        let mut window = Window::new(2000, BYTES);
        widths(&mut window, [100; 3000]);
        window.begin_anew();
        let grown = widths(&mut window, [100; 3000]);
        assert_eq!(grown, [8, 32, 128, 512, 2000]);
        widths(&mut window, [BYTES; 3000]);
        window.begin_anew();
        assert_eq!(window.width(), NARROWEST);
    }

    #[test]
    fn a_single_heavy_delivery_is_no_reason() {
        let mut window = Window::new(2000, BYTES);
        widths(&mut window, [100; 3000]);
        assert_eq!(widths(&mut window, [BYTES / 2]), [2000]);
    }

    #[test]
    fn no_setting_is_exceeded() {
        for most in [1, 2, 7, 9, u16::MAX] {
            let mut window = Window::new(most, usize::MAX);
            let widths = widths(&mut window, vec![0; 200_000]);
            assert_eq!(widths.last(), Some(&most));
            assert!(widths.iter().all(|width| *width <= most), "{widths:?}");
        }
    }
}
