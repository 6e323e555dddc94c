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
            place: elsewhere(&road.subject, road.package.as_deref(), environment),
        },
        own: (kind.to_owned(), name.to_owned()),
        package: road.package.clone(),
        branch: road.branch.clone(),
        update: road.update.as_ref().map(|alias| Link {
            text: alias.clone(),
            place: elsewhere(&Subject::Update(alias.clone()), None, environment),
        }),
        tags: road.tags.clone(),
        built_again_by: road.built_again_by.clone(),
        replaced_by: road.replaced_by.clone(),
        stops: road.stages.iter().map(|step| stop(step, now)).collect(),
        headline: headline(&words(road)),
    }
}

/// Stages that hold nothing up where there is a gate, which says what of them counts.
const INFORMATIVE: [Stage; 5] = [
    Stage::PrCi,
    Stage::Ci,
    Stage::Openqa,
    Stage::Results,
    Stage::Waiver,
];

/// How the stages of a road stand.
type Words = [(Stage, Word)];

fn words(road: &Road) -> Vec<(Stage, Word)> {
    let steps = road.stages.iter();
    steps.map(|step| (step.stage, step.word)).collect()
}

/// The stage that says most: the last that went wrong, or goes on, or else how far it came. A gate holds nothing back
/// that is stable all the same. What holds nothing up is told where nothing else is.
fn headline(words: &Words) -> Option<usize> {
    let gated = words.iter().any(|(stage, _)| *stage == Stage::Gating);
    let is_stable = words.contains(&(Stage::Stable, Word::Passed));
    let bears = |stage| match stage {
        Stage::Gating => !is_stable,
        _ => !(gated && INFORMATIVE.contains(&stage)),
    };
    let mut told = words.iter().enumerate();
    let bearing = told.clone().filter(|(_, (stage, _))| bears(*stage));
    // An update goes on for as long as it is in testing, which says more.
    let goes_on =
        |stage, word| word <= Word::Waiting && (stage, word) != (Stage::Update, Word::Running);
    let busy = bearing
        .clone()
        .filter(|(_, (stage, word))| goes_on(*stage, *word));
    let mut reached = bearing.filter(|(_, (_, word))| *word != Word::None);
    let found = busy
        .min_by_key(|(at, (_, word))| (*word, Reverse(*at)))
        .or_else(|| reached.next_back())
        .or_else(|| told.rfind(|(_, (_, word))| *word != Word::None));
    found.map(|(at, _)| at)
}

/// By which roads of a table are sorted; see [`urgency_of`].
pub fn urgency(road: &Road) -> (bool, Option<Word>) {
    urgency_of(&words(road))
}

/// What failed comes first, then that of which any test failed, and then all else by what goes on.
fn urgency_of(words: &Words) -> (bool, Option<Word>) {
    let standing = headline(words).map(|at| words[at].1);
    let first = words.iter().map(|(_, word)| *word).min();
    (standing != Some(Word::Failed), first)
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
        shown_as: shown_as(step),
        reasons: Vec::new(),
    }
}

/// The name of what an update in Bodhi shows of a stage.
fn shown_as(step: &Step) -> Option<&'static str> {
    match step.stage {
        Stage::Gating => Some("test_gating_status"),
        Stage::Stable if step.word == Word::Waiting => Some("request"),
        Stage::Update | Stage::Testing | Stage::Stable => Some("status"),
        _ => None,
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

/// A word as a sign.
pub fn sign(word: Word) -> &'static str {
    match word {
        Word::Failed => "✗",
        Word::Running => "▶",
        Word::Waiting => "…",
        Word::Waived => "≈",
        Word::Passed => "✓",
        Word::None => "–",
    }
}

/// The service that has a page about a subject, and the page's address.
pub fn elsewhere(
    subject: &Subject,
    package: Option<&str>,
    environment: &str,
) -> Option<(&'static str, String)> {
    let service = match subject {
        Subject::Nvr(_) | Subject::Build(_) | Subject::Task(_) => "Koji",
        Subject::Update(_) => "Bodhi",
        Subject::Pr(_) | Subject::Commit(_) | Subject::Package(_) => "dist-git",
    };
    Some((service, address(subject, package, environment)?))
}

fn address(subject: &Subject, package: Option<&str>, environment: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The stages of a build with these words; all others are none.
    fn told(words: &Words) -> Vec<(Stage, Word)> {
        let word = |stage| words.iter().find(|(of, _)| *of == stage);
        let told = |stage| (stage, word(stage).map_or(Word::None, |(_, word)| *word));
        Stage::ALL.map(told).into()
    }

    #[test]
    fn the_stage_that_holds_a_build_up_is_told_and_tests_that_hold_nothing_up_are_not() {
        use Stage::{Build, Gating, Openqa, Stable, Testing, Update, Waiver};
        use Word::{Failed, Passed, Running, Waiting, Waived};
        let waived = [
            (Update, Running),
            (Openqa, Failed),
            (Gating, Waived),
            (Testing, Passed),
        ];
        let held = [(Update, Waiting), (Openqa, Failed), (Gating, Failed)];
        let asked = [(Update, Waiting), (Gating, Running), (Testing, Waiting)];
        let built = [(Build, Passed), (Update, Waiting)];
        for (words, expected) in [
            (&waived[..], Some(Testing)),
            (&held, Some(Gating)),
            (&asked, Some(Gating)),
            (&built, Some(Update)),
            (&[(Openqa, Failed), (Build, Failed)], Some(Build)),
            (&[(Gating, Failed), (Stable, Passed)], Some(Stable)),
            (&[(Gating, Failed), (Stable, Running)], Some(Gating)),
            (&[(Waiver, Waived)], Some(Waiver)),
            (&[], None),
        ] {
            let told = told(words);
            let found = headline(&told).map(|at| told[at].0);
            assert_eq!(found, expected, "{words:?}");
        }
        let mut all = [&built[..], &asked, &waived, &held].map(told);
        all.sort_by_key(|words| urgency_of(words));
        assert_eq!(all, [&held[..], &waived, &asked, &built].map(told));
    }

    #[test]
    fn a_pull_request_is_held_up_by_its_tests() {
        let words = [(Stage::Pr, Word::Waiting), (Stage::PrCi, Word::Failed)];
        assert_eq!(headline(&words), Some(1));
    }
}
