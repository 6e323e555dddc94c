//! Fedora CI: tests of builds, pull requests and updates, and the pipeline of 2018.

use serde_json::Value;

use super::fields::{Text, body, of};
use super::koji::commit_in;
use super::openqa;
use crate::event::{Event, Job, PullRequestTest, Test};
use crate::subject::{is_commit, is_number, is_nvr};
use crate::word::Word;

body!(TestBody {
    artifact: ArtifactState,
    test: TestState,
    error: ErrorState,
    run: RunState
});
body!(ArtifactState {
    id: Text,
    nvr: Text,
    scratch: bool,
    source: Text,
    repository: Text,
    commit_hash: Text,
    alias: Text,
});
body!(TestState {
    namespace: Text,
    #[serde(rename = "type")]
    kind: Text,
    category: Text,
    result: Text,
});
body!(ErrorState { reason: Text });
body!(RunState {
    id: Text,
    clone_of: Text
});
body!(PipelineBody {
    nvr: Text,
    original_spec_nvr: Text,
    rev: Text,
    status: Text
});

/// What a message of a CI says; `rest` is its topic after `ci.`.
pub(crate) fn read(rest: &str, body: &Value) -> Option<Event> {
    if let Some(rest) = rest.strip_prefix("pipeline.allpackages-build.") {
        return pipeline(rest, of(body));
    }
    let (artifact, state) = rest.split_once(".test.")?;
    match artifact {
        "koji-build" => build_test(state, of(body)),
        "dist-git-pr" => pull_request_test(state, of(body)),
        "fedora-update" => update_test(state, of(body)),
        _ => None,
    }
}

/// How a test stands, by the state in its topic and the result of a complete one.
fn word(state: &str, result: &str) -> Option<Word> {
    match (state, result) {
        ("queued", _) => Some(Word::Waiting),
        ("running", _) => Some(Word::Running),
        ("complete", "passed" | "info") => Some(Word::Passed),
        ("complete" | "error", _) => Some(Word::Failed),
        _ => None,
    }
}

/// The name of a test, the same for each of its runs.
fn name_of(test: &TestState) -> String {
    [&test.namespace, &test.kind, &test.category]
        .map(Text::as_str)
        .join(".")
}

fn build_test(state: &str, body: TestBody) -> Option<Event> {
    let nvr = body.artifact.nvr.some();
    let task = body.artifact.id.if_it(is_number);
    if nvr.is_none() && task.is_none() {
        return None;
    }
    Some(Event::Test(Test {
        nvr,
        task,
        commit: commit_in(body.artifact.source.as_str()),
        scratch: body.artifact.scratch,
        test: name_of(&body.test),
        word: word(state, body.test.result.as_str())?,
    }))
}

fn pull_request_test(state: &str, body: TestBody) -> Option<Event> {
    let repository = body.artifact.repository.as_str().trim_end_matches(".git");
    let (front, name) = repository.rsplit_once('/')?;
    let space = front.rsplit('/').next()?;
    let number = body.artifact.id.if_it(is_number)?;
    Some(Event::PullRequestTest(PullRequestTest {
        pr: format!("{space}/{name}#{number}"),
        commit: body.artifact.commit_hash.if_it(is_commit)?,
        test: name_of(&body.test),
        word: word(state, body.test.result.as_str())?,
    }))
}

/// A test of an update is a job of openQA, whose scenario is the test's type.
fn update_test(state: &str, body: TestBody) -> Option<Event> {
    let cancelled = state == "error" && openqa::is_dropped(body.error.reason.as_str());
    let word = word(state, body.test.result.as_str())?;
    Some(Event::Job(Job {
        alias: body.artifact.alias.some()?,
        id: body.run.id.as_str().to_owned(),
        scenario: body.test.kind.some()?,
        word: if cancelled { Word::None } else { word },
        ended: matches!(state, "complete" | "error"),
    }))
}

/// A part of the pipeline of 2018; `rest` names the part and its state.
fn pipeline(rest: &str, body: PipelineBody) -> Option<Event> {
    let (part, state) = rest.rsplit_once('.').unwrap_or(("", rest));
    let revision = body.rev.as_str();
    if revision.starts_with("PR-") {
        return None;
    }
    let result = if body.status.as_str() == "SUCCESS" {
        "passed"
    } else {
        "failed"
    };
    let names = [body.nvr, body.original_spec_nvr];
    let nvr = names.into_iter().find_map(|name| name.if_it(is_nvr));
    let task = revision
        .strip_prefix("kojitask-")
        .filter(|task| is_number(task));
    if nvr.is_none() && task.is_none() {
        return None;
    }
    Some(Event::Test(Test {
        nvr,
        task: task.map(str::to_owned),
        commit: is_commit(revision).then(|| revision.to_owned()),
        scratch: false,
        test: format!("allpackages-build.{part}"),
        word: word(state, result)?,
    }))
}
