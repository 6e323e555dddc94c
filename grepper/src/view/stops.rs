//! Roads as the HTML page shows them.

use std::cmp::Reverse;

use chrono::{DateTime, NaiveDateTime, Utc};
use road::{Road, Stage, Step, Subject, Word};

use crate::pages::belongs::in_words;
use crate::pages::links::encode;
use crate::pages::road_page::{Link, RouteView, Stop};
use crate::request::road_params::RoadParams;
use crate::view::humanise::humanise;

/// What the page shows of a road.
pub fn route(asked: &RoadParams, road: &Road, now: DateTime<Utc>) -> RouteView {
    let environment = asked.environment;
    let (kind, name) = road.subject.parts();
    RouteView {
        kind: kind_in_words(&road.subject),
        subject: Link {
            text: name.to_owned(),
            address: elsewhere(&road.subject, road.package.as_deref(), environment),
        },
        own: (kind.to_owned(), name.to_owned()),
        package: road.package.clone(),
        branch: road.branch.clone(),
        update: road.update.as_ref().map(|alias| Link {
            text: alias.clone(),
            address: elsewhere(&Subject::Update(alias.clone()), None, environment),
        }),
        tags: road.tags.clone(),
        stops: road.stages.iter().map(|step| stop(step, now)).collect(),
        headline: headline(&road.stages),
    }
}

/// The stage that says most: the last that went wrong, or goes on, or else how far it came. Of what went wrong, that
/// is what holds it up: tests before it may be for information.
fn headline(steps: &[Step]) -> Option<usize> {
    let numbered = || steps.iter().enumerate();
    let busy = numbered().filter(|(_, step)| step.word <= Word::Waiting);
    let reached = || numbered().rfind(|(_, step)| step.word != Word::None);
    let found = busy
        .min_by_key(|(at, step)| (step.word, Reverse(*at)))
        .or_else(reached);
    found.map(|(at, _)| at)
}

/// A moment as people read it exactly.
pub fn exact(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn stop(step: &Step, now: DateTime<Utc>) -> Stop {
    let seconds = |at: NaiveDateTime| (at - now.naive_utc()).num_seconds();
    Stop {
        label: label(step.stage),
        word: step.word.as_str(),
        sign: sign(step.word),
        since_human: step.since.map(|at| humanise(seconds(at))),
        since_exact: step.since.map(exact),
        messages: step.messages.clone(),
    }
}

fn kind_in_words(subject: &Subject) -> &'static str {
    match subject {
        Subject::Task(_) => "Scratch build",
        other => in_words(other.parts().0),
    }
}

fn label(stage: Stage) -> &'static str {
    match stage {
        Stage::Commit => "Commit",
        Stage::Pr => "Pull request",
        Stage::PrCi => "Tests of the pull request",
        Stage::Build => "Build",
        Stage::Sign => "Signature",
        Stage::Update => "Update",
        Stage::Ci => "Fedora CI",
        Stage::Openqa => "openQA",
        Stage::Results => "Test results",
        Stage::Waiver => "Waiver",
        Stage::Gating => "Gating",
        Stage::Testing => "Testing",
        Stage::Stable => "Stable",
    }
}

fn sign(word: Word) -> &'static str {
    match word {
        Word::Failed => "✗",
        Word::Running => "▶",
        Word::Waiting => "…",
        Word::Waived => "≈",
        Word::Passed => "✓",
        Word::None => "–",
    }
}

/// Where the service has its page about a subject.
fn elsewhere(subject: &Subject, package: Option<&str>, environment: &str) -> Option<String> {
    let middle = match environment {
        "stg" => ".stg",
        _ => "",
    };
    let koji = format!("https://koji{middle}.fedoraproject.org/koji");
    let sources = format!("https://src{middle}.fedoraproject.org");
    Some(match subject {
        Subject::Nvr(nvr) => {
            format!("{koji}/search?match=exact&type=build&terms={}", encode(nvr))
        }
        Subject::Build(number) => format!("{koji}/buildinfo?buildID={number}"),
        Subject::Task(number) => format!("{koji}/taskinfo?taskID={number}"),
        Subject::Update(alias) => {
            format!(
                "https://bodhi{middle}.fedoraproject.org/updates/{}",
                encode(alias)
            )
        }
        Subject::Pr(pr) => {
            let (project, number) = pr.split_once('#')?;
            let (namespace, name) = project.split_once('/')?;
            let project = format!("{}/{}", encode(namespace), encode(name));
            format!("{sources}/{project}/pull-request/{number}")
        }
        Subject::Commit(commit) => format!("{sources}/rpms/{}/c/{commit}", encode(package?)),
        Subject::Package(package) => format!("{sources}/rpms/{}", encode(package)),
    })
}
