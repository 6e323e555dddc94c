//! The roads of a subject, from messages that were read.

use std::collections::BTreeSet;

use crate::event::Event;
use crate::find::{builds_of, is_scratch, known_update, newest_builds, open_pull_requests, takes};
use crate::fold::build::{BuildFold, Part};
use crate::fold::pull_request::{Source, package_in};
use crate::fold::scratch::ScratchFold;
use crate::fold::told::{Telling, Told, Track};
use crate::fold::updates::UNNAMED;
use crate::history::History;
use crate::road::Road;
use crate::stage::Stage;
use crate::subject::{Subject, package_of};
use crate::word::Word;

/// The roads of a subject: one, several for commits, packages and old tasks, or none if nothing is known of it.
/// A build has a road even then.
pub(crate) fn roads(subject: &Subject, history: &History) -> Vec<Road> {
    let prs = |prs: Vec<String>| {
        prs.into_iter()
            .filter_map(|pr| of_pull_request(&pr, history))
    };
    match subject {
        Subject::Nvr(nvr) => vec![of_build(nvr, history)],
        Subject::Update(alias) => of_update(alias, history).into_iter().collect(),
        Subject::Pr(pr) => of_pull_request(pr, history).into_iter().collect(),
        Subject::Task(task) if is_scratch(task, history) => vec![of_scratch(task, history)],
        Subject::Commit(commit) => {
            let builds = of_builds(&builds_of(subject, history).names, history);
            if builds.is_empty() {
                of_commit(commit, history).into_iter().collect()
            } else {
                builds
            }
        }
        Subject::Package(package) => {
            let mut roads = of_builds(&newest_builds(package, history).names, history);
            roads.extend(prs(open_pull_requests(package, history).names));
            roads
        }
        Subject::Task(_) | Subject::Build(_) => {
            of_builds(&builds_of(subject, history).names, history)
        }
    }
}

fn of_builds(nvrs: &[String], history: &History) -> Vec<Road> {
    nvrs.iter().map(|nvr| of_build(nvr, history)).collect()
}

fn of_build(nvr: &str, history: &History) -> Road {
    let fold = BuildFold::new(nvr, history, Part::default());
    road(
        Subject::Nvr(nvr.to_owned()),
        &fold,
        &fold.tellings(),
        history,
    )
}

fn road(subject: Subject, fold: &BuildFold, tellings: &[Telling], history: &History) -> Road {
    let package = match &subject {
        Subject::Nvr(nvr) => Some(package_of(nvr).to_owned()),
        _ => None,
    };
    Road {
        subject,
        package,
        branch: fold.branch(),
        update: fold.in_update().map(|(alias, _)| alias.clone()),
        tags: fold.koji.held.keys().cloned().collect(),
        stages: tellings
            .iter()
            .map(|telling| history.step(telling))
            .collect(),
    }
}

/// The road of an update, whose stages are those of its builds. They share its gate, so that one of them looks at it.
fn of_update(alias: &str, history: &History) -> Option<Road> {
    let known = known_update(alias, history);
    let Some(first) = known.builds.first() else {
        return of_alias(alias, history);
    };
    let part = |gateless| Part {
        update: Some(alias),
        gateless,
    };
    let fold = BuildFold::new(first, history, part(false));
    let mut tellings: Vec<Vec<Telling>> =
        fold.tellings().into_iter().map(|one| vec![one]).collect();
    let mut tags: BTreeSet<String> = fold.koji.held.keys().cloned().collect();
    for nvr in known.builds.iter().skip(1) {
        let other = BuildFold::new(nvr, history, part(true));
        tags.extend(other.koji.held.keys().cloned());
        for (stage, telling) in tellings.iter_mut().zip(other.tellings()) {
            if telling.stage != Stage::Gating {
                stage.push(telling);
            }
        }
    }
    let combined = tellings
        .iter()
        .filter_map(|each| Some(Telling::combined(each.first()?.stage, each)));
    let combined: Vec<Telling> = combined.collect();
    let packages: BTreeSet<&str> = known.builds.iter().map(|nvr| package_of(nvr)).collect();
    let mut road = road(Subject::Update(alias.to_owned()), &fold, &combined, history);
    road.package = packages
        .first()
        .filter(|_| packages.len() == 1)
        .map(|&name| name.to_owned());
    road.tags = tags.into_iter().collect();
    Some(road)
}

/// The road of an update whose builds nobody named: what is said about its alias alone.
fn of_alias(alias: &str, history: &History) -> Option<Road> {
    if !history.events().any(|(_, event)| event.is_about(alias)) {
        return None;
    }
    let part = Part {
        update: Some(alias),
        gateless: false,
    };
    let fold = BuildFold::new(UNNAMED, history, part);
    let subject = Subject::Update(alias.to_owned());
    Some(Road {
        update: Some(alias.to_owned()),
        ..road(subject, &fold, &fold.tellings(), history)
    })
}

fn of_pull_request(pr: &str, history: &History) -> Option<Road> {
    let mut source = Source::default();
    let mut track = Track::new(&[Stage::Pr, Stage::PrCi]);
    let told = |source: &Source, stage| match stage {
        Stage::Pr => source.pr(pr),
        _ => source.pr_ci(pr),
    };
    for (at, event) in history.events() {
        if takes(&mut source, event, at, |name| name == Some(pr)) {
            track.note(at, |stage| told(&source, stage).word);
        }
    }
    let tellings = track.tellings(|stage| told(&source, stage));
    source.knows(pr).then(|| {
        bare(
            Subject::Pr(pr.to_owned()),
            Some(package_in(pr)),
            &tellings,
            history,
        )
    })
}

/// The road of a commit that nothing was built from.
fn of_commit(commit: &str, history: &History) -> Option<Road> {
    let mut source = Source::default();
    let mut track = Track::new(&[Stage::Commit, Stage::Pr, Stage::PrCi]);
    let told = |source: &Source, stage| match (stage, source.about(commit)) {
        (Stage::Commit, _) => source.commit(commit),
        (Stage::Pr, Some(pr)) => source.pr(pr),
        (_, Some(pr)) => source.pr_ci(pr),
        (_, None) => Told::nothing(),
    };
    for (at, event) in history.events() {
        if takes(&mut source, event, at, |_| true) {
            track.note(at, |stage| told(&source, stage).word);
        }
    }
    let tellings = track.tellings(|stage| told(&source, stage));
    let package = source.about(commit).map(package_in);
    let known = tellings
        .iter()
        .any(|telling| telling.told.word != Word::None);
    known.then(|| {
        bare(
            Subject::Commit(commit.to_owned()),
            package,
            &tellings,
            history,
        )
    })
}

fn of_scratch(task: &str, history: &History) -> Road {
    let mut fold = ScratchFold::new(task);
    let mut track = Track::new(&[Stage::Build, Stage::Ci]);
    let told = |fold: &ScratchFold, stage| match stage {
        Stage::Build => fold.building(),
        _ => fold.ci(),
    };
    for (at, event) in history.events() {
        let mine = match event {
            Event::Scratch(scratch) => fold.state(scratch, at),
            Event::Test(test) => fold.test(test, at),
            _ => false,
        };
        if mine {
            track.note(at, |stage| told(&fold, stage).word);
        }
    }
    let tellings = track.tellings(|stage| told(&fold, stage));
    bare(Subject::Task(task.to_owned()), None, &tellings, history)
}

/// A road without update and tags.
fn bare(subject: Subject, package: Option<&str>, tellings: &[Telling], history: &History) -> Road {
    Road {
        subject,
        package: package.map(str::to_owned),
        branch: None,
        update: None,
        tags: Vec::new(),
        stages: tellings
            .iter()
            .map(|telling| history.step(telling))
            .collect(),
    }
}
