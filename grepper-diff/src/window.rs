//! Times that both services see alike.
//!
//! "The last day" is another day for whoever is asked second, and a message that one archive has is on its way to the other. So
//! where a request counts back from now, it is asked with an `end` a little in the past.

use crate::target::{Endpoint, Target};

/// Seconds that a chart goes back without times.
const YEAR: f64 = 365.0 * 86_400.0;

/// The moment that stands for now, and what a search without times means.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Seconds since 1970.
    pub end: f64,
    /// The site's default span in seconds, where it has one.
    pub default_span: Option<f64>,
}

impl Window {
    /// The target with an end; `None` where its times do not depend on now.
    pub fn freeze(&self, target: &Target) -> Option<Target> {
        if !target.has_times() || target.has("end") {
            return None;
        }
        let end = format!("{:.1}", self.end);
        match (target.has("start"), target.has("delta")) {
            // Both together are a fixed time.
            (true, true) => None,
            (true, false) | (false, true) => Some(target.and("end", &end)),
            (false, false) => {
                let frozen = match (target.endpoint(), self.default_span) {
                    (Endpoint::Chart, _) => target.and("start", &format!("{:.1}", self.end - YEAR)),
                    (_, Some(span)) => target.and("delta", &span.to_string()),
                    // An end alone is no filter for datagrepper, and neither is a start of 0.
                    (_, None) => target.and("start", "1"),
                };
                Some(frozen.and("end", &end))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen(target: &str, default_span: Option<f64>) -> Option<String> {
        let window = Window {
            end: 1_800_000_000.0,
            default_span,
        };
        window
            .freeze(&Target::new(target))
            .map(|target| target.to_string())
    }

    #[test]
    fn what_counts_back_from_now_gets_an_end() {
        for (target, default_span, expected) in [
            ("/raw?delta=300", None, "/raw?delta=300&end=1800000000.0"),
            (
                "/raw?start=5",
                Some(86_400.0),
                "/raw?start=5&end=1800000000.0",
            ),
            (
                "/v2/search/",
                Some(86_400.0),
                "/v2/search/?delta=86400&end=1800000000.0",
            ),
            ("/raw?user=x", None, "/raw?user=x&start=1&end=1800000000.0"),
            (
                "/charts/line",
                Some(1.0),
                "/charts/line?start=1768464000.0&end=1800000000.0",
            ),
        ] {
            assert_eq!(frozen(target, default_span).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_fixed_stays() {
        for target in [
            "/raw?end=5",
            "/raw?start=1&delta=5",
            "/raw?end=",
            "/id?id=x",
            "/messagecount",
            "/charts/",
        ] {
            assert_eq!(frozen(target, None), None, "{target}");
        }
    }
}
