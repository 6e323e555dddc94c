//! What a quiet client saw, minute by minute.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::background::quiet::Asked;

/// A median beyond this many times the one before all disturbances is a fault ...
const MOST_TIMES: f64 = 20.0;
/// ... if it is also more than this, in ms: what a busy machine does at times.
const LEAST_SLOW: f64 = 200.0;
/// The share of undisturbed questions that may go without an answer.
const MOST_UNANSWERED: f64 = 0.01;

/// Answers of a minute; times are in ms, and of questions that nothing excused.
#[derive(Clone, Debug, Default)]
pub struct Minute {
    pub minute: u64,
    /// How many were asked, and how many of them nothing excused.
    pub asked: usize,
    pub undisturbed: usize,
    pub median: f64,
    pub p95: f64,
    pub max: f64,
    /// The longest of all, excused or not.
    pub max_of_all: f64,
    /// 503 and no answer while something excused them, and while nothing did.
    pub excused_failures: usize,
    pub failures: usize,
}

/// All minutes, in order.
pub fn by_minute(asked: &[Asked]) -> Vec<Minute> {
    let mut minutes: BTreeMap<u64, Vec<&Asked>> = BTreeMap::new();
    for question in asked {
        minutes
            .entry(question.from.as_secs() / 60)
            .or_default()
            .push(question);
    }
    let minutes = minutes.into_iter();
    minutes
        .map(|(minute, asked)| summary(minute, &asked))
        .collect()
}

fn summary(minute: u64, asked: &[&Asked]) -> Minute {
    let undisturbed: Vec<&Asked> = asked
        .iter()
        .copied()
        .filter(|asked| !asked.excused)
        .collect();
    let times = sorted(undisturbed.iter().copied());
    let failed = |asked: &&&Asked| asked.status != Some(200);
    let failures = undisturbed.iter().filter(failed).count();
    Minute {
        minute,
        asked: asked.len(),
        undisturbed: undisturbed.len(),
        median: quantile(&times, 0.5),
        p95: quantile(&times, 0.95),
        max: quantile(&times, 1.0),
        max_of_all: quantile(&sorted(asked.iter().copied()), 1.0),
        excused_failures: asked.iter().filter(failed).count() - failures,
        failures,
    }
}

/// The median of what was asked before `until`, in ms.
pub fn baseline(asked: &[Asked], until: Duration) -> f64 {
    quantile(
        &sorted(asked.iter().filter(|asked| asked.until < until)),
        0.5,
    )
}

/// The ten questions that nothing excused and that took longest.
pub fn slowest(asked: &[Asked]) -> Vec<Asked> {
    let mut slowest: Vec<Asked> = asked
        .iter()
        .filter(|asked| !asked.excused)
        .cloned()
        .collect();
    slowest.sort_by_key(|asked| std::cmp::Reverse(asked.took()));
    slowest.truncate(10);
    slowest
}

/// Minutes that were too slow, and answers that did not come.
pub fn faults(minutes: &[Minute], baseline: f64) -> Vec<String> {
    let slow = |minute: &&Minute| {
        minute.undisturbed >= 5 && minute.median > LEAST_SLOW.max(baseline * MOST_TIMES)
    };
    let mut faults: Vec<String> = minutes
        .iter()
        .filter(slow)
        .map(|minute| {
            let Minute { minute, median, .. } = minute;
            format!("minute {minute}: a quiet client's median is {median:.0} ms, at first {baseline:.1} ms")
        })
        .collect();
    let failures: usize = minutes.iter().map(|minute| minute.failures).sum();
    let asked: usize = minutes.iter().map(|minute| minute.undisturbed).sum();
    if failures as f64 > asked as f64 * MOST_UNANSWERED {
        faults.push(format!(
            "{failures} of {asked} ordinary questions that nothing disturbed were not answered"
        ));
    }
    faults
}

fn sorted<'a>(asked: impl Iterator<Item = &'a Asked>) -> Vec<f64> {
    let mut times: Vec<f64> = asked
        .map(|asked| asked.took().as_secs_f64() * 1000.0)
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The value at this share of `sorted`; 0 of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len().saturating_sub(1) as f64 * share).round();
    sorted.get(place as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(second: u64, took: u64, status: u16, excused: bool) -> Asked {
        let from = Duration::from_secs(second);
        Asked {
            from,
            until: from + Duration::from_millis(took),
            path: String::new(),
            status: Some(status),
            excused,
        }
    }

    #[test]
    fn slow_and_missing_answers_are_faults_unless_they_are_excused() {
        let mut all: Vec<Asked> = (0..60).map(|second| asked(second, 2, 200, false)).collect();
        all.extend((60..120).map(|second| asked(second, 9000, 503, true)));
        let minutes = by_minute(&all);
        assert_eq!(minutes[1].excused_failures, 60);
        let baseline = baseline(&all, Duration::from_secs(30));
        assert_eq!((minutes[0].median, baseline), (2.0, 2.0));
        assert_eq!(faults(&minutes, baseline), [""; 0]);
        all.extend((120..180).map(|second| asked(second, 300, 503, false)));
        assert_eq!(faults(&by_minute(&all), baseline).len(), 2);
    }
}
