//! Bodhi: updates and composes.

use serde_json::Value;

use super::fields::{List, Text, body, of};
use crate::event::Event;
use crate::event::update::{Happening, Member, Members, Release, Status, Update};
use crate::subject::{is_commit, is_number, is_nvr};
use crate::word::Word;

/// The topic, after `bodhi.update.`, of the message that starts tests.
const READY: &str = "status.testing.koji-build-group.build.complete";

body!(UpdateBody {
    update: UpdateState,
    comment: Comment,
    artifact: Artifact,
    removed_builds: List<Text>,
    repo: Text,
});
body!(Comment {
    update: UpdateState
});
body!(UpdateState {
    alias: Text,
    updateid: Text,
    status: Text,
    request: Text,
    test_gating_status: Text,
    builds: List<BuildInUpdate>,
    release: ReleaseState,
    critpath: bool,
    critpath_groups: Text,
    date_submitted: Text,
});
body!(
    #[derive(Clone)]
    BuildInUpdate {
        nvr: Text,
        signed: bool,
        id: Text,
        task_id: Text
    }
);
body!(ReleaseState {
    name: Text,
    long_name: Text,
    branch: Text,
    dist_tag: Text,
    stable_tag: Text,
    testing_tag: Text,
    candidate_tag: Text,
    pending_signing_tag: Text,
    pending_testing_tag: Text,
    pending_stable_tag: Text,
});
body!(Artifact { id: Text, builds: List<BuildInUpdate> });
body!(ComposeBody { repo: Text, updates: List<Text>, success: bool });

/// What a message of Bodhi says; `rest` is its topic after `bodhi.`.
pub(crate) fn read(rest: &str, body: &Value) -> Option<Event> {
    match rest {
        "compose.composing" => composing(of(body)),
        "compose.complete" => {
            let body: ComposeBody = of(body);
            let repo = body.repo.some()?;
            Some(Event::Composed {
                repo,
                success: body.success,
            })
        }
        "errata.publish" => update(Happening::Mailed, of(body)),
        _ => update(happening(rest.strip_prefix("update.")?), of(body)),
    }
}

fn composing(body: ComposeBody) -> Option<Event> {
    let names = body.updates.0.iter();
    let nvrs = names.flat_map(|names| names.as_str().split_whitespace());
    Some(Event::Composing {
        repo: body.repo.some()?,
        nvrs: nvrs.map(str::to_owned).collect(),
    })
}

/// What happened to an update, by its topic after `bodhi.update.`.
fn happening(what: &str) -> Happening {
    match what {
        READY => Happening::Ready,
        "request.testing" => Happening::RequestTesting,
        "request.stable" => Happening::RequestStable,
        "request.revoke" => Happening::Revoke,
        "request.unpush" => Happening::Unpush,
        "request.obsolete" => Happening::Obsolete,
        "edit" => Happening::Edit,
        "eject" => Happening::Eject,
        "requirements_met.stable" => Happening::RequirementsMet,
        "complete.testing" => Happening::CompleteTesting,
        "complete.stable" => Happening::CompleteStable,
        _ => Happening::Other,
    }
}

fn update(happening: Happening, body: UpdateBody) -> Option<Event> {
    let commented = body.comment.update;
    let state = if commented.alias.as_str().is_empty() {
        body.update
    } else {
        commented
    };
    let artifact = body.artifact;
    let alias = [state.alias, state.updateid]
        .into_iter()
        .find_map(Text::some);
    Some(Event::Update(Update {
        alias: alias.or_else(|| alias_in(artifact.id.as_str()))?,
        happening,
        status: status(happening, state.status.as_str()),
        request: state.request.some(),
        gate: gate(state.test_gating_status.as_str()),
        builds: members(state.builds, artifact.builds),
        removed: nvrs(body.removed_builds),
        release: release(state.release),
        critical: critical(state.critpath, state.critpath_groups.as_str()),
        submitted: state.date_submitted.some(),
        repo: body.repo.some(),
    }))
}

/// The alias in the name of an artifact, in front of a dash and a hash.
fn alias_in(artifact: &str) -> Option<String> {
    let (alias, hash) = artifact.rsplit_once('-')?;
    (is_commit(hash) && !alias.is_empty()).then(|| alias.to_owned())
}

fn nvrs(list: List<Text>) -> Vec<String> {
    let names = list.0.into_iter();
    names.filter_map(|name| name.if_it(is_nvr)).collect()
}

/// The status after what happened, whose word is as good as the update's.
fn status(happening: Happening, shown: &str) -> Option<Status> {
    match (happening, shown) {
        (Happening::CompleteStable, _) | (_, "stable") => Some(Status::Stable),
        (Happening::CompleteTesting, _) => Some(Status::Testing),
        (Happening::Unpush | Happening::Obsolete, _) | (_, "obsolete" | "unpushed") => {
            Some(Status::Withdrawn)
        }
        (_, "testing") => Some(Status::Testing),
        (_, "") => None,
        _ => Some(Status::Pending),
    }
}

fn gate(status: &str) -> Option<Word> {
    match status {
        "waiting" | "queued" | "greenwave_failed" => Some(Word::Waiting),
        "running" => Some(Word::Running),
        "ignored" => Some(Word::None),
        "passed" => Some(Word::Passed),
        "failed" => Some(Word::Failed),
        _ => None,
    }
}

/// The update's builds, with the numbers that only an artifact has.
fn members(builds: List<BuildInUpdate>, tested: List<BuildInUpdate>) -> Members {
    let mut members: Vec<Member> = builds.0.into_iter().filter_map(member).collect();
    let alone = members.is_empty();
    for build in tested.0.into_iter().filter_map(member) {
        match members.iter_mut().find(|member| member.nvr == build.nvr) {
            Some(member) => (member.build, member.task) = (build.build, build.task),
            None if alone => members.push(build),
            None => {}
        }
    }
    Members::new(members)
}

fn member(state: BuildInUpdate) -> Option<Member> {
    Some(Member {
        nvr: state.nvr.if_it(is_nvr)?,
        signed: state.signed,
        build: state.id.if_it(is_number),
        task: state.task_id.if_it(is_number),
    })
}

fn release(state: ReleaseState) -> Release {
    let stable = [state.stable_tag, state.dist_tag];
    let passing = [
        state.candidate_tag,
        state.pending_signing_tag,
        state.pending_testing_tag,
        state.pending_stable_tag,
    ];
    Release {
        name: state.name.as_str().to_owned(),
        product: state.long_name.as_str().to_lowercase().replace(' ', "-"),
        branch: state.branch.some(),
        stable: stable.into_iter().filter_map(Text::some).collect(),
        testing: state.testing_tag.some(),
        passing: passing.into_iter().filter_map(Text::some).collect(),
    }
}

/// Endings of contexts for an update of the critical path; before 2022 it had no groups.
fn critical(critpath: bool, groups: &str) -> Vec<String> {
    let named = groups.split([' ', ',']).filter(|group| !group.is_empty());
    let mut endings: Vec<String> = named.map(|group| format!("_{group}_critpath")).collect();
    if endings.is_empty() && critpath {
        endings.push("_critpath".to_owned());
    }
    endings
}
