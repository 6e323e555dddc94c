//! Whether a server is a replica of the primary at all, however far its log goes.
//!
//! A server that was promoted goes ways of its own while the primary goes on, and so does who follows it. Their
//! positions tell nothing: they count on in each.

use std::time::Instant;

use crate::database::log_place::LogPlace;
use crate::database::progress::LogProgress;

/// What the looks at all servers came to.
#[derive(Debug)]
pub(crate) struct Looks {
    /// Whether the primary was looked at, whatever came of it.
    pub(crate) at_primary: bool,
    /// Whether it was told that replicas are believed without the primary.
    pub(crate) told: bool,
    replicas: Vec<Looked>,
}

/// What is known of one replica.
#[derive(Clone, Copy, Debug, Default)]
struct Looked {
    /// Whether it was looked at.
    is_done: bool,
    /// Whether its URL names another database than that of the primary.
    is_elsewhere: bool,
    /// What it told last.
    place: Option<LogPlace>,
    /// Whether it answered the last look.
    answers: bool,
    /// Its start and that of the primary when it was found to go ways of its own: only another start can mend that.
    strayed: Option<(i64, i64)>,
    /// A moment, and how far its log went by then.
    before: Option<(Instant, i64)>,
}

impl Looks {
    /// None yet, at replicas of which each is by its URL elsewhere than the primary or not.
    pub(crate) fn none(elsewhere: impl Iterator<Item = bool>) -> Self {
        let look = |is_elsewhere| Looked {
            is_elsewhere,
            ..Looked::default()
        };
        Self {
            at_primary: false,
            told: false,
            replicas: elsewhere.map(look).collect(),
        }
    }

    /// Whether all were looked at, whatever came of it: before that nobody can be believed for others' silence.
    pub(crate) fn are_done(&self) -> bool {
        self.at_primary && self.replicas.iter().all(|look| look.is_done)
    }

    /// Notes what a look at the replica `n` came to; answers where its log was before.
    pub(crate) fn note(&mut self, n: usize, place: Option<LogPlace>) -> Option<i64> {
        let look = &mut self.replicas[n];
        let before = look.place.and_then(|place| place.position);
        look.is_done = true;
        look.answers = place.is_some();
        look.place = place.or(look.place);
        before
    }

    /// Whether one of them took the lead.
    pub(crate) fn one_leads(&self) -> bool {
        let mut leading = self.replicas.iter().filter(|look| look.answers);
        leading.any(|look| look.place.is_some_and(|place| !place.follows))
    }

    /// Why the replica `n`, which is there `now`, is none of the primary, which is silent or not.
    pub(crate) fn stranger(
        &mut self,
        n: usize,
        known: &LogProgress,
        (place, now, is_silent): (&LogPlace, Instant, bool),
    ) -> Option<&'static str> {
        let Some(primary) = &known.primary else {
            return self.disagreement(n, place);
        };
        if place.system != primary.system {
            return Some("it is no replica of the primary");
        }
        if place.database != primary.database {
            return Some("it is another database than the primary's");
        }
        if place.started == primary.started {
            return None;
        }
        if !place.follows {
            // Who took the lead from one that is gone, or the primary by another way.
            let may_lead = is_silent && place.timeline >= primary.timeline;
            return (!may_lead).then_some("it follows nobody, and is not the primary");
        }
        let look = &mut self.replicas[n];
        let starts = Some((place.started, primary.started));
        let was_ahead = |(at, position)| known.asked() > Some(at) && known.last() < Some(position);
        if look.before.is_some_and(was_ahead) {
            look.strayed = starts;
        }
        look.before = place.position.map(|position| (now, position));
        let is_of_another = |timeline| timeline != primary.timeline;
        let strays = look.strayed == starts
            || place.timeline > primary.timeline
            || place.received_timeline.is_some_and(is_of_another);
        (strays && !is_silent).then_some("it has what the primary has not: it followed another one")
    }

    /// Why nobody is believed while nobody ever saw the primary.
    fn disagreement(&self, n: usize, place: &LogPlace) -> Option<&'static str> {
        let told = || self.replicas.iter().filter_map(|look| look.place);
        if self.replicas[n].is_elsewhere {
            return Some("it is of another name than the primary's database, which was never seen");
        }
        if told().any(|other| !other.is_of(place)) {
            return Some(
                "replicas are of several databases, and the primary was never seen to tell of which it should be",
            );
        }
        let is_outdated = !place.follows && told().any(|other| other.timeline > place.timeline);
        is_outdated.then_some("it follows nobody, and others are on a later timeline")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn known(position: i64, at: Instant) -> LogProgress {
        let mut known = LogProgress::default();
        known.primary = Some(LogPlace::of_primary(position));
        known.add(at, position, Duration::from_secs(10));
        known
    }

    #[test]
    fn who_was_ahead_of_the_primary_is_left_out_until_one_of_both_starts_again() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut looks = Looks::none([false].into_iter());
        let mut is_stranger = |place: LogPlace, known: &LogProgress, seconds| {
            looks
                .stranger(0, known, (&place, at(seconds), false))
                .is_some()
        };
        assert!(
            !is_stranger(LogPlace::at(30), &known(20, at(0)), 1),
            "the primary may have it by now"
        );
        assert!(is_stranger(LogPlace::at(30), &known(20, at(2)), 3));
        assert!(
            is_stranger(LogPlace::at(30), &known(40, at(4)), 5),
            "that it has as much is chance"
        );
        let restarted = LogPlace {
            started: 8,
            ..LogPlace::at(30)
        };
        assert!(!is_stranger(restarted, &known(40, at(4)), 5));
    }

    #[test]
    fn who_took_the_lead_is_a_replica_while_the_primary_is_silent_or_is_the_primary() {
        let now = Instant::now();
        let mut looks = Looks::none([false].into_iter());
        let known = known(20, now);
        let mut is_stranger = |place: LogPlace, is_silent| {
            looks
                .stranger(0, &known, (&place, now, is_silent))
                .is_some()
        };
        let promoted = LogPlace {
            started: 9,
            timeline: 2,
            ..LogPlace::of_primary(30)
        };
        assert!(is_stranger(promoted, false));
        assert!(!is_stranger(promoted, true));
        let old = LogPlace {
            timeline: 0,
            ..promoted
        };
        assert!(is_stranger(old, true), "the primary took over from it");
        assert!(
            !is_stranger(LogPlace::of_primary(30), false),
            "it is the primary by another way"
        );
        let follower = LogPlace {
            timeline: 2,
            ..LogPlace::at(20)
        };
        assert!(is_stranger(follower, false));
        assert!(!is_stranger(follower, true));
        let of_old = LogPlace {
            received_timeline: Some(0),
            ..LogPlace::at(20)
        };
        assert!(is_stranger(of_old, false));
        let other = LogPlace {
            database: 6,
            ..LogPlace::at(20)
        };
        assert!(is_stranger(other, true));
    }

    #[test]
    fn without_the_primary_replicas_must_agree() {
        let now = Instant::now();
        let known = LogProgress::default();
        let mut looks = Looks::none([false, false, true].into_iter());
        looks.at_primary = true;
        let place = LogPlace::at(20);
        looks.note(0, Some(place));
        looks.note(1, None);
        assert!(!looks.are_done());
        looks.note(2, None);
        assert!(looks.are_done());
        let is_stranger =
            |looks: &mut Looks, n| looks.stranger(n, &known, (&place, now, true)).is_some();
        assert!(!is_stranger(&mut looks, 0));
        assert!(is_stranger(&mut looks, 2), "its URL names another database");
        looks.note(1, Some(LogPlace { system: 2, ..place }));
        assert!(is_stranger(&mut looks, 0));
    }
}
