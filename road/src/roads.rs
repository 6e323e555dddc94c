//! The roads of a subject, from messages that were read.

use std::collections::BTreeSet;

use crate::event::Event;
use crate::find::{
    BuildInKoji, builds_in, builds_in_koji, builds_of, is_scratch, known_update, newest_builds,
    open_pull_requests, pull_request_about,
};
use crate::fold::attempt::Attempt;
use crate::fold::build::{BuildFold, Part};
use crate::fold::origin::origin;
use crate::fold::pull_request::package_in;
use crate::fold::scratch::ScratchFold;
use crate::fold::told::{Telling, Track};
use crate::fold::updates::UNNAMED;
use crate::history::History;
use crate::road::{PackageBuild, Road};
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
        Subject::Nvr(nvr) => vec![of_build(subject, nvr, history)],
        Subject::Update(alias) => of_update(alias, history).into_iter().collect(),
        Subject::Pr(pr) => of_pull_request(pr, history).into_iter().collect(),
        Subject::Task(task) if is_scratch(task, history) => vec![of_scratch(task, history)],
        Subject::Commit(commit) => {
            let builds = of_builds(subject, &builds_of(subject, history).names, history);
            if builds.is_empty() {
                of_commit(commit, history).into_iter().collect()
            } else {
                builds
            }
        }
        Subject::Package(package) => {
            let mut roads = of_builds(subject, &newest_builds(package, history).names, history);
            roads.extend(prs(open_pull_requests(package, history).names));
            roads
        }
        Subject::Task(_) | Subject::Build(_) => {
            of_builds(subject, &builds_of(subject, history).names, history)
        }
    }
}

/// All builds of a package, as koji and Bodhi tell of them, those that koji spoke of for the first time last first.
pub(crate) fn of_package_builds(package: &str, history: &History) -> Vec<PackageBuild> {
    let builds = builds_in_koji(package, history).into_iter();
    let build = |build: BuildInKoji| {
        let subject = Subject::Nvr(build.nvr.to_owned());
        PackageBuild {
            road: of_build(&subject, build.nvr, &build.about),
            undone: build.undone,
        }
    };
    builds.map(build).collect()
}

fn of_builds(subject: &Subject, nvrs: &[String], history: &History) -> Vec<Road> {
    let roads = nvrs.iter().map(|nvr| of_build(subject, nvr, history));
    roads.collect()
}

/// The road of a build, or of the attempt at it that a task or a commit means.
fn of_build(subject: &Subject, nvr: &str, history: &History) -> Road {
    let attempt = Attempt::of(subject, nvr, history);
    let part = Part {
        attempt: attempt.as_ref(),
        ..Part::default()
    };
    let fold = BuildFold::new(nvr, history, part);
    let build = Subject::Nvr(nvr.to_owned());
    let mut road = road(build, &fold, &fold.tellings(), history);
    if let Some(attempt) = attempt {
        road.task = Some(attempt.task);
        road.built_again_by = attempt.followed_by;
    }
    road
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
        builds: Vec::new(),
        task: None,
        built_again_by: None,
        replaced_by: fold.standing().replaced_by.cloned(),
        tags: fold.koji.held.keys().cloned().collect(),
        stages: tellings
            .iter()
            .map(|telling| history.step(telling))
            .collect(),
    }
}

/// The road of an update, whose stages are those of its builds. They share its gate and openQA's jobs, so that the one
/// that is in it for longest looks at these.
fn of_update(alias: &str, history: &History) -> Option<Road> {
    let known = known_update(alias, history);
    let builds = builds_in(&known.builds).names;
    let Some(first) = longest_in(alias, &builds, history) else {
        return of_alias(alias, history);
    };
    let part = |alone| Part {
        update: Some(alias),
        alone,
        attempt: None,
    };
    let fold = BuildFold::new(first, history, part(false));
    let mut tellings: Vec<Vec<Telling>> =
        fold.tellings().into_iter().map(|one| vec![one]).collect();
    let mut tags: BTreeSet<String> = fold.koji.held.keys().cloned().collect();
    for nvr in builds.iter().filter(|nvr| *nvr != first) {
        let other = BuildFold::new(nvr, history, part(true));
        tags.extend(other.koji.held.keys().cloned());
        for (stage, telling) in tellings.iter_mut().zip(other.tellings()) {
            if !matches!(telling.stage, Stage::Gating | Stage::Openqa) {
                stage.push(telling);
            }
        }
    }
    let combined = tellings
        .iter()
        .filter_map(|each| Some(Telling::combined(each.first()?.stage, each)));
    let combined: Vec<Telling> = combined.collect();
    let packages: BTreeSet<&str> = known.builds.names().map(|nvr| package_of(nvr)).collect();
    let mut road = road(Subject::Update(alias.to_owned()), &fold, &combined, history);
    road.package = packages
        .first()
        .filter(|_| packages.len() == 1)
        .map(|&name| name.to_owned());
    road.tags = tags.into_iter().collect();
    road.builds = builds;
    Some(road)
}

/// The build of an update that is in it for longest, or one of those.
fn longest_in<'a>(alias: &str, builds: &'a [String], history: &History) -> Option<&'a String> {
    let mut lists = history.events().filter_map(|(_, event)| match event {
        Event::Update(update) if update.alias == alias => Some(&update.builds),
        _ => None,
    });
    lists.find_map(|list| builds.iter().find(|nvr| list.contains(nvr)))
}

/// The road of an update whose builds nobody named: what is said about its alias alone.
fn of_alias(alias: &str, history: &History) -> Option<Road> {
    if !history.events().any(|(_, event)| event.is_about(alias)) {
        return None;
    }
    let part = Part {
        update: Some(alias),
        ..Part::default()
    };
    let fold = BuildFold::new(UNNAMED, history, part);
    let subject = Subject::Update(alias.to_owned());
    Some(Road {
        update: Some(alias.to_owned()),
        ..road(subject, &fold, &fold.tellings(), history)
    })
}

fn of_pull_request(pr: &str, history: &History) -> Option<Road> {
    let mut events = history.events();
    let known = events.any(|(_, event)| match event {
        Event::PullRequest(shown) => shown.pr == pr,
        Event::Push(push) => push.pr.as_deref() == Some(pr),
        _ => false,
    });
    let tellings = origin(None, Some(pr), history.events());
    known.then(|| {
        bare(
            Subject::Pr(pr.to_owned()),
            Some(package_in(pr)),
            &tellings[1..],
            history,
        )
    })
}

/// The road of a commit that nothing was built from.
fn of_commit(commit: &str, history: &History) -> Option<Road> {
    let pr = pull_request_about(commit, history);
    let tellings = origin(Some(commit), pr.as_deref(), history.events());
    let known = tellings
        .iter()
        .any(|telling| telling.told.word != Word::None);
    known.then(|| {
        bare(
            Subject::Commit(commit.to_owned()),
            pr.as_deref().map(package_in),
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
        builds: Vec::new(),
        task: None,
        built_again_by: None,
        replaced_by: None,
        tags: Vec::new(),
        stages: tellings
            .iter()
            .map(|telling| history.step(telling))
            .collect(),
    }
}
