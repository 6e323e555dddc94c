//! Where something comes from: the stages `commit`, `pr` and `pr_ci`.
//!
//! Koji tells after dist-git what it builds. So these stages are told with hindsight, by the commit and the pull
//! request that are known in the end.

use super::pull_request::Source;
use super::told::{At, Telling, Told, Track};
use crate::event::Event;
use crate::stage::Stage;

/// The stages, in their order.
pub(crate) const STAGES: [Stage; 3] = [Stage::Commit, Stage::Pr, Stage::PrCi];

/// The three stages of a commit and of a pull request, each of which may be unknown; from messages in their order.
pub(crate) fn origin<'e>(
    commit: Option<&str>,
    pr: Option<&str>,
    events: impl Iterator<Item = (At, &'e Event)>,
) -> Vec<Telling> {
    let mut source = Source::default();
    let mut track = Track::new(&STAGES);
    let told = |source: &Source, stage| {
        let told = match stage {
            Stage::Commit => commit.map(|commit| source.commit(commit)),
            Stage::Pr => pr.map(|pr| source.pr(pr)),
            _ => pr.map(|pr| source.pr_ci(pr)),
        };
        told.unwrap_or_else(Told::nothing)
    };
    let is_about = |event: &Event| match event {
        Event::Push(push) => {
            let names = |commit| push.commits.iter().any(|pushed| pushed == commit);
            commit.is_some_and(names) || (pr.is_some() && push.pr.as_deref() == pr)
        }
        Event::PullRequest(shown) => Some(&*shown.pr) == pr,
        Event::PullRequestTest(test) => Some(&*test.pr) == pr,
        _ => false,
    };
    for (at, event) in events.filter(|(_, event)| is_about(event)) {
        source.take(event, at);
        track.note(at, |stage| told(&source, stage).word);
    }
    track.tellings(|stage| told(&source, stage))
}
