//! Dist-git: pushes and pull requests.

use serde_json::Value;

use super::fields::{Text, body, of};
use crate::event::{Event, PrFlag, PullRequest, Push};
use crate::subject::{is_commit, is_number};
use crate::word::Word;

body!(CommitBody { commit: HookCommit });
body!(HookCommit {
    rev: Text,
    path: Text
});
body!(PushBody {
    start_commit: Text,
    end_commit: Text,
    pull_request_id: Text,
    repo: Project,
});
body!(Project {
    name: Text,
    namespace: Text,
    fullname: Text
});
body!(PullRequestBody {
    pullrequest: PullRequestState,
    flag: FlagState,
    merged: bool
});
body!(PullRequestState {
    id: Text,
    status: Text,
    commit_stop: Text,
    project: Project
});
body!(FlagState {
    username: Text,
    status: Text,
    commit_hash: Text
});

/// What a message of dist-git says.
pub(crate) fn read(about: &str, body: &Value) -> Option<Event> {
    match about {
        "git.receive" => hook(&of::<CommitBody>(body).commit),
        "pagure.git.receive" => push(of(body)),
        _ if about.starts_with("pagure.pull-request.") => pull_request(of(body)),
        _ => None,
    }
}

/// A commit, told by the hook of a repository.
fn hook(commit: &HookCommit) -> Option<Event> {
    let told = is_commit(commit.rev.as_str()) && !commit.path.as_str().contains("/forks/");
    told.then(|| {
        Event::Push(Push {
            commits: vec![commit.rev.as_str().to_owned()],
            pr: None,
        })
    })
}

/// A push, told by pagure.
fn push(body: PushBody) -> Option<Event> {
    if body.repo.fullname.as_str().starts_with("forks/") {
        return None;
    }
    let pr = name_of(&body.repo, body.pull_request_id.as_str());
    let ends = [body.start_commit, body.end_commit];
    let commits: Vec<String> = ends
        .into_iter()
        .filter_map(|end| end.if_it(is_commit))
        .collect();
    (!commits.is_empty()).then_some(Event::Push(Push { commits, pr }))
}

/// A pull request as it stands.
fn pull_request(body: PullRequestBody) -> Option<Event> {
    let state = body.pullrequest;
    let pr = name_of(&state.project, state.id.as_str())?;
    let word = match state.status.as_str() {
        "Merged" => Some(Word::Passed),
        "Closed" if body.merged => Some(Word::Passed),
        "Closed" => Some(Word::Failed),
        "Open" => Some(Word::Waiting),
        _ => None,
    };
    Some(Event::PullRequest(PullRequest {
        pr,
        word,
        stop: state.commit_stop.if_it(is_commit),
        flag: flag(body.flag),
    }))
}

/// A pull request's flag, if the message has one.
fn flag(state: FlagState) -> Option<PrFlag> {
    let word = match state.status.as_str() {
        "pending" => Word::Running,
        "success" => Word::Passed,
        "failure" | "error" => Word::Failed,
        "canceled" => Word::None,
        _ => return None,
    };
    Some(PrFlag {
        job: state.username.some()?,
        commit: state.commit_hash.if_it(is_commit)?,
        word,
    })
}

/// The name of a project's pull request; `None` if a part is missing.
fn name_of(project: &Project, number: &str) -> Option<String> {
    let (space, name) = (project.namespace.as_str(), project.name.as_str());
    let whole = !space.is_empty() && !name.is_empty() && is_number(number);
    whole.then(|| format!("{space}/{name}#{number}"))
}
