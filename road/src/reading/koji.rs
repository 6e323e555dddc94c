//! Koji: builds, tags, signatures, and tasks of scratch builds, of the primary instance alone.

use serde_json::Value;

use super::fields::{List, Text, body, of};
use crate::event::{Build, BuildState, Event, Scratch, Sign, Tag};
use crate::subject::{is_commit, is_number, is_nvr};
use crate::word::Word;

body!(BuildBody {
    name: Text,
    version: Text,
    release: Text,
    new: Text,
    build_id: Text,
    task_id: Text,
    tag: Text,
    request: List<Text>,
    task: TaskBody,
});
body!(TaskBody { request: List<Text> });
body!(SignBody {
    build: SignedBuild,
    info: Package,
    rpm: Package
});
body!(SignedBuild {
    nvr: Text,
    id: Text,
    build_id: Text,
    task_id: Text,
    source: Text
});
body!(Package { build_id: Text });
body!(ScratchBody {
    id: Text,
    new: Text
});
body!(Sender { instance: Text });

/// What a message of koji says; `rest` is its topic after `buildsys.`. Nothing if another instance than the primary one
/// says it: those of other architectures built the same names on their own, often later and with another end.
pub(crate) fn read(rest: &str, body: &Value) -> Option<Event> {
    let sender: Sender = of(body);
    match rest {
        _ if !matches!(sender.instance.as_str(), "" | "primary") => None,
        "build.state.change" => build(of(body)),
        "tag" => tag(of(body), true),
        "untag" => tag(of(body), false),
        "rpm.sign" => sign(of(body)),
        "task.state.change" => scratch(of(body)),
        _ => None,
    }
}

/// The commit in the address of a source, behind its `#`.
pub(crate) fn commit_in(source: &str) -> Option<String> {
    let (_, commit) = source.rsplit_once('#')?;
    is_commit(commit).then(|| commit.to_owned())
}

fn build(body: BuildBody) -> Option<Event> {
    let nvr = nvr_of(&body)?;
    let state = match body.new.as_str() {
        "0" => Some(BuildState::Building),
        "1" => Some(BuildState::Complete),
        "2" => Some(BuildState::Deleted),
        "3" => Some(BuildState::Failed),
        "4" => Some(BuildState::Cancelled),
        _ => None,
    };
    let request = if body.request.0.is_empty() {
        body.task.request.0
    } else {
        body.request.0
    };
    Some(Event::Build(Build {
        nvr,
        build: body.build_id.if_it(is_number),
        task: body.task_id.if_it(is_number),
        commit: request
            .first()
            .and_then(|source| commit_in(source.as_str())),
        target: request.get(1).cloned().and_then(Text::some),
        state,
    }))
}

fn tag(body: BuildBody, held: bool) -> Option<Event> {
    Some(Event::Tag(Tag {
        nvr: nvr_of(&body)?,
        build: body.build_id.if_it(is_number),
        tag: body.tag.some()?,
        held,
    }))
}

fn nvr_of(body: &BuildBody) -> Option<String> {
    let parts = [&body.name, &body.version, &body.release].map(Text::as_str);
    let nvr = parts.join("-");
    (parts.iter().all(|part| !part.is_empty()) && is_nvr(&nvr)).then_some(nvr)
}

fn sign(body: SignBody) -> Option<Event> {
    let numbers = [
        body.build.id,
        body.build.build_id,
        body.info.build_id,
        body.rpm.build_id,
    ];
    let nvr = body.build.nvr.if_it(is_nvr);
    let build = numbers
        .into_iter()
        .find_map(|number| number.if_it(is_number));
    if nvr.is_none() && build.is_none() {
        return None;
    }
    Some(Event::Sign(Sign {
        nvr,
        build,
        task: body.build.task_id.if_it(is_number),
        commit: commit_in(body.build.source.as_str()),
    }))
}

fn scratch(body: ScratchBody) -> Option<Event> {
    let word = match body.new.as_str() {
        "" => return None,
        "FREE" | "ASSIGNED" => Word::Waiting,
        "OPEN" => Word::Running,
        "CLOSED" => Word::Passed,
        _ => Word::Failed,
    };
    Some(Event::Scratch(Scratch {
        task: body.id.if_it(is_number)?,
        word,
    }))
}
