//! The roads of a subject, from messages that were read.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;
use crate::fold::build::{BuildFold, Part};
use crate::fold::pull_request::{Source, package_in};
use crate::fold::scratch::ScratchFold;
use crate::fold::told::{At, Telling, Track};
use crate::fold::updates::KnownUpdate;
use crate::history::History;
use crate::road::Road;
use crate::stage::Stage;
use crate::subject::{Subject, package_of};
use crate::word::Word;

/// How many builds a commit, or branches a package, may have roads for.
const BUILDS: usize = 20;

/// How many open pull requests of a package have roads.
const PULL_REQUESTS: usize = 20;

/// The roads of a subject: one, several for commits, packages and old tasks, or none if nothing is known of it.
/// A build has a road even then.
pub(crate) fn roads(subject: &Subject, history: &History) -> Vec<Road> {
    let prs = |prs: BTreeSet<String>| {
        prs.into_iter()
            .filter_map(|pr| of_pull_request(&pr, history))
    };
    match subject {
        Subject::Nvr(nvr) => vec![of_build(nvr, history)],
        Subject::Update(alias) => of_update(alias, history).into_iter().collect(),
        Subject::Pr(pr) => of_pull_request(pr, history).into_iter().collect(),
        Subject::Task(task) if is_scratch(task, history) => vec![of_scratch(task, history)],
        Subject::Commit(commit) => {
            let builds = of_builds(&builds_of(subject, history), history);
            if builds.is_empty() {
                of_commit(commit, history).into_iter().collect()
            } else {
                builds
            }
        }
        Subject::Package(package) => {
            let mut roads = of_builds(&newest_builds(package, history), history);
            roads.extend(prs(open_pull_requests(package, history)));
            roads
        }
        Subject::Task(_) | Subject::Build(_) => of_builds(&builds_of(subject, history), history),
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

/// The update as its newest messages show it.
pub(crate) fn known_update(alias: &str, history: &History) -> KnownUpdate {
    let mut updates = crate::fold::updates::Updates::default();
    for (at, event) in history.events() {
        match event {
            Event::Update(update) if update.alias == alias => updates.take(update, at),
            _ => {}
        }
    }
    updates.get(alias).cloned().unwrap_or_default()
}

/// The road of an update, whose stages are those of its builds. They share its gate, so that one of them looks at it.
fn of_update(alias: &str, history: &History) -> Option<Road> {
    let known = known_update(alias, history);
    let first = known.builds.first()?;
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
    let told = |source: &Source, stage| match (stage, source.brought(commit)) {
        (Stage::Commit, _) => source.commit(commit),
        (Stage::Pr, Some(pr)) => source.pr(pr),
        (_, Some(pr)) => source.pr_ci(pr),
        (_, None) => crate::fold::told::Told::nothing(),
    };
    for (at, event) in history.events() {
        if takes(&mut source, event, at, |_| true) {
            track.note(at, |stage| told(&source, stage).word);
        }
    }
    let tellings = track.tellings(|stage| told(&source, stage));
    let package = source.brought(commit).map(package_in);
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

/// Takes what dist-git said, if `wanted` wants the pull request that it is about; tells whether it did.
fn takes(
    source: &mut Source,
    event: &Event,
    at: At,
    wanted: impl Fn(Option<&str>) -> bool,
) -> bool {
    match event {
        Event::Push(push) if wanted(push.pr.as_deref()) => source.push(push, at),
        Event::PullRequest(shown) if wanted(Some(&shown.pr)) => source.pull_request(shown, at),
        Event::PullRequestTest(test) if wanted(Some(&test.pr)) => source.test(test, at),
        _ => return false,
    }
    true
}

/// Whether a task is that of a scratch build, by koji's word or a test's.
pub(crate) fn is_scratch(task: &str, history: &History) -> bool {
    history.events().any(|(_, event)| match event {
        Event::Scratch(scratch) => scratch.task == task,
        Event::Test(test) => test.scratch && test.task.as_deref() == Some(task),
        _ => false,
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

/// The builds that a task, a commit or a number of koji's leads to, those that were heard of last first.
pub(crate) fn builds_of(subject: &Subject, history: &History) -> Vec<String> {
    let mut found: BTreeMap<String, At> = BTreeMap::new();
    for (at, event) in history.events() {
        for nvr in named_with(subject, event) {
            found.insert(nvr.to_owned(), at);
        }
    }
    let mut newest: Vec<(At, String)> = found.into_iter().map(|(nvr, at)| (at, nvr)).collect();
    newest.sort_by(|one, other| other.cmp(one));
    newest
        .into_iter()
        .take(BUILDS)
        .map(|(_, nvr)| nvr)
        .collect()
}

/// The builds that a message names together with a task, a commit or a number of koji's.
fn named_with<'a>(subject: &Subject, event: &'a Event) -> Vec<&'a str> {
    let named =
        |build: &Option<String>, task: &Option<String>, commit: &Option<String>| match subject {
            Subject::Build(number) => build.as_ref() == Some(number),
            Subject::Task(number) => task.as_ref() == Some(number),
            Subject::Commit(hash) => commit.as_ref() == Some(hash),
            _ => false,
        };
    match event {
        Event::Build(build) if named(&build.build, &build.task, &build.commit) => vec![&build.nvr],
        Event::Tag(tag) if named(&tag.build, &None, &None) => vec![&tag.nvr],
        Event::Sign(sign) if named(&sign.build, &sign.task, &sign.commit) => {
            sign.nvr.as_deref().into_iter().collect()
        }
        Event::Test(test) if !test.scratch && named(&None, &test.task, &test.commit) => {
            test.nvr.as_deref().into_iter().collect()
        }
        Event::Update(update) => {
            let builds = update
                .builds
                .iter()
                .filter(|member| named(&member.build, &member.task, &None));
            builds.map(|member| member.nvr.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

/// For each branch, the build of a package that koji spoke of for the first time last.
pub(crate) fn newest_builds(package: &str, history: &History) -> Vec<String> {
    let builds: BTreeSet<&str> = history
        .events()
        .filter_map(|(_, event)| in_koji(event))
        .collect();
    let mut branches: BTreeMap<Option<String>, (At, &str)> = BTreeMap::new();
    for nvr in builds.into_iter().filter(|nvr| package_of(nvr) == package) {
        let fold = BuildFold::new(
            nvr,
            history,
            Part {
                update: None,
                gateless: true,
            },
        );
        let first = (fold.koji.first.unwrap_or_default(), nvr);
        let newest = branches.entry(fold.branch()).or_insert(first);
        *newest = first.max(*newest);
    }
    let mut newest: Vec<(At, &str)> = branches.into_values().collect();
    newest.sort_by(|one, other| other.cmp(one));
    newest
        .into_iter()
        .take(BUILDS)
        .map(|(_, nvr)| nvr.to_owned())
        .collect()
}

/// The build that a message of koji's is about.
fn in_koji(event: &Event) -> Option<&str> {
    match event {
        Event::Build(build) => Some(&build.nvr),
        Event::Tag(tag) => Some(&tag.nvr),
        Event::Sign(sign) => sign.nvr.as_deref(),
        _ => None,
    }
}

/// The open pull requests of a package.
pub(crate) fn open_pull_requests(package: &str, history: &History) -> BTreeSet<String> {
    let mut source = Source::default();
    for (at, event) in history.events() {
        takes(&mut source, event, at, |_| true);
    }
    source
        .open_of(package)
        .into_iter()
        .take(PULL_REQUESTS)
        .collect()
}
