//! What the services say of what happens in a story.

use super::act::{Act, Flag, Nth, Spot};
use super::tale::{Filed, Tale};
use crate::applications::bodhi::{self, Compose, Step};
use crate::applications::bodhi_update::{Shown, Update, shown_as};
use crate::applications::ci::{self, RPMBUILD};
use crate::applications::distgit::{self, Push};
use crate::applications::git::{self, Commit};
use crate::applications::greenwave::{self, Asked};
use crate::applications::item::Item;
use crate::applications::koji;
use crate::applications::koji_task::{self, Scratch};
use crate::applications::openqa::{self, Job, Scenario, Turn};
use crate::applications::pagure::Change;
use crate::applications::{resultsdb, waiverdb};
use crate::event::Event;
use crate::random::Random;
use crate::release::Place;
use crate::scene::{Build, Scene};

/// The next message of a story, and whether what comes then belongs to it.
pub(super) fn next(tale: &mut Tale, scene: &mut Scene) -> (Event, bool) {
    loop {
        let (act, goes_on) = tale.act();
        if let Some(event) = told(tale, act, scene) {
            return (event, goes_on);
        }
        tale.happened(act, scene);
    }
}

/// The message that tells what happens; none for what is untold.
fn told(tale: &mut Tale, act: Act, scene: &mut Scene) -> Option<Event> {
    let event = match act {
        Act::Pushed(_) | Act::Hooked(_) | Act::Forked => in_git(tale, act, scene),
        Act::Opened | Act::Flagged(_) | Act::Merged | Act::RequestTested(_) => {
            on_request(tale, act, scene)
        }
        Act::Scratched(old, new) => scratched(tale, (old, new), scene),
        Act::Built(nth, old, new) => koji::build_changed(scene, &tale.builds[nth], (old, new)),
        Act::Tagged(nth, spot) => tagged(tale, nth, spot, true),
        Act::Untagged(nth, spot) => tagged(tale, nth, spot, false),
        Act::Signed(nth, arch) => koji::signed(scene, &tale.builds[nth], arch),
        Act::Overridden(nth, comes) => bodhi::overridden(scene, &tale.builds[nth], comes),
        Act::Tested(nth, test, state) => {
            ci::build_tested(scene, (&tale.builds[nth], false), test, state)
        }
        Act::Recorded(nth, test, outcome) => {
            resultsdb::of_build(scene, &tale.builds[nth], &test.into(), outcome)
        }
        Act::Decided(nth, test, context, verdict) => {
            let nvr = tale.builds[nth].nvr();
            let product = tale.release.product();
            let asked = Asked {
                context,
                product: &product,
            };
            greenwave::decided(scene, Item::Build(&nvr), &test.into(), asked, verdict)
        }
        _ => return of_update(tale, act, scene),
    };
    Some(event)
}

/// A commit comes to dist-git.
fn in_git(tale: &Tale, act: Act, scene: &mut Scene) -> Event {
    let (Act::Pushed(nth) | Act::Hooked(nth)) = act else {
        let build = &tale.builds[0];
        let (author, commit) = (tale.pull.author.as_str(), tale.pull.commit.as_str());
        let push = Push {
            agent: author,
            branch: "fix",
            commits: (commit, commit),
            pull: None,
            fork_of: Some(author),
        };
        return distgit::pushed(scene, (&build.name, &build.owner), push);
    };
    let build = &tale.builds[nth];
    let rev = build.source.as_ref().map_or("", |source| &source.commit);
    let branch = tale.release.branch();
    if let Act::Hooked(_) = act {
        let commit = Commit {
            author: scene.world.person(&build.owner),
            namespace: Some("rpms"),
            repo: &build.name,
            branch: &branch,
            rev,
        };
        return git::committed(scene, commit);
    }
    let merged = tale.pull.status == "Merged";
    let push = Push {
        agent: if merged { "pagure" } else { &build.owner },
        branch: &branch,
        commits: (rev, rev),
        pull: merged.then_some(tale.pull.id),
        fork_of: None,
    };
    distgit::pushed(scene, (&build.name, &build.owner), push)
}

/// Something happens to the pull request.
fn on_request(tale: &mut Tale, act: Act, scene: &mut Scene) -> Event {
    if let Act::RequestTested(state) = act {
        return ci::request_tested(scene, &tale.pull, RPMBUILD, state);
    }
    if let Act::Merged = act {
        tale.pull.status = "Merged";
    }
    let build = &tale.builds[0];
    let package = (build.name.as_str(), build.owner.as_str());
    let job;
    let (agent, change) = match act {
        Act::Flagged(Flag {
            again,
            job: name,
            status,
        }) => {
            job = match name.starts_with("Packit") {
                true => format!("{name} [{}]", &tale.pull.commit[..7]),
                false => name.to_owned(),
            };
            let job = job.as_str();
            ("packit", Change::Flagged { again, job, status })
        }
        Act::Merged => (package.1, Change::Closed),
        _ => (tale.pull.author.as_str(), Change::New),
    };
    distgit::requested(scene, package, &tale.pull, agent, change)
}

fn scratched(tale: &Tale, change: (Option<&str>, &str), scene: &mut Scene) -> Event {
    let build = &tale.builds[0];
    let fork = format!("forks/{}/rpms", tale.pull.author);
    let scratch = Scratch {
        id: tale.scratch.task,
        owner: "packit",
        build,
        source: tale.scratch.address(&fork, &build.name),
    };
    koji_task::changed(scene, &scratch, change)
}

/// A build comes into a tag, or leaves it.
fn tagged(tale: &mut Tale, nth: Nth, spot: Spot, comes: bool) -> Event {
    let tag = tale.tag(spot);
    let build = &mut tale.builds[nth];
    if comes && matches!(spot, Spot::Of(Place::TestingPending) | Spot::SideTesting) {
        build.signed = true;
    }
    let user = match (spot, comes) {
        (Spot::Of(place), _) => return koji::placed(build, place, comes),
        (Spot::Side, true) => build.owner.as_str(),
        (Spot::SideSigning, false) | (Spot::SideTesting, true) => "autopen",
        _ => "bodhi",
    };
    koji::tagged(build, &tag, user, comes)
}

/// Something happens to the update, or is said of it.
fn of_update(tale: &mut Tale, act: Act, scene: &mut Scene) -> Option<Event> {
    if let Some(update) = &mut tale.update {
        before(update, act);
    }
    let filed = tale.update.as_ref()?;
    let locked = matches!(act, Act::Stepped(Step::InTesting | Step::InStable));
    let show = |scene: &Scene| shown(tale, filed, locked, scene);
    let event = match act {
        Act::Ready(again) => {
            let builds: Vec<&Build> = members(tale, filed).collect();
            let owner = builds.first()?.owner.clone();
            bodhi::ready(scene, show(scene), (&builds, again), &owner)
        }
        Act::Stepped(step) => {
            let update = show(scene);
            let owner = &tale.builds[0].owner;
            let agent = match step {
                Step::AskedForTesting | Step::Edited => Some(owner.as_str()),
                Step::AskedForStable | Step::InTesting | Step::InStable => Some("bodhi"),
                Step::GoodForStable | Step::VotedDown | Step::Published => None,
            };
            bodhi::stepped(update, agent, step, &filed.removed)
        }
        Act::Commented(karma) => {
            let user = scene.username();
            let update = show(scene);
            bodhi::commented(scene, update, &user, karma)
        }
        Act::Composing(place) => {
            let names: Vec<String> = members(tale, filed).map(Build::nvr).collect();
            bodhi::composed(
                tale.release,
                place,
                Compose::Composing(vec![names.join(" ")]),
            )
        }
        Act::Composed(place) => bodhi::composed(tale.release, place, Compose::Complete(true)),
        Act::Ejected => bodhi::ejected(show(scene), Place::Stable),
        _ => return tested(tale, filed, act, scene),
    };
    if let Some(update) = &mut tale.update {
        after(update, act);
    }
    Some(event)
}

/// The update is tested, or something is said of that.
fn tested(tale: &Tale, filed: &Filed, act: Act, scene: &mut Scene) -> Option<Event> {
    let alias = filed.alias.as_str();
    let job = |nth, scenario: Scenario| Job {
        id: tale.job(nth),
        scenario,
        alias,
        release: tale.release,
    };
    let product = tale.release.product();
    let event = match act {
        Act::Job(nth, scenario, turn) => openqa::turned(&job(nth, scenario), turn),
        Act::Restarted(old, scenario, new) => {
            openqa::turned(&job(old, scenario), Turn::Restart(tale.job(new)))
        }
        Act::JobTested(nth, scenario, state) => {
            let names: Vec<String> = members(tale, filed).map(Build::nvr).collect();
            openqa::update_tested(scene, &job(nth, scenario), &names, state)
        }
        Act::JobRecorded(scenario, outcome) => {
            resultsdb::of_update(scene, alias, &scenario.into(), outcome)
        }
        Act::Waived(scenario) => {
            let owner = tale.builds[0].owner.as_str();
            let by = (owner, product.as_str());
            waiverdb::waived(scene, Item::Update(alias), &scenario.into(), by)
        }
        Act::UpdateDecided(scenario, context, verdict) => {
            let asked = Asked {
                context,
                product: &product,
            };
            greenwave::decided(scene, Item::Update(alias), &scenario.into(), asked, verdict)
        }
        _ => return None,
    };
    Some(event)
}

fn members<'a>(tale: &'a Tale, filed: &'a Filed) -> impl Iterator<Item = &'a Build> {
    filed.builds.iter().map(|nth| &tale.builds[*nth])
}

/// The update as Bodhi shows it now, in words that are always the same.
fn shown(tale: &Tale, filed: &Filed, locked: bool, scene: &Scene) -> Update {
    let side = tale.builds[0].side.as_deref();
    let shown = Shown {
        alias: &filed.alias,
        owner: &tale.builds[0].owner,
        builds: members(tale, filed).collect(),
        release: tale.release,
        status: filed.status,
        request: filed.request,
        gate: tale.gate,
        locked,
        karma: filed.karma,
        critpath_groups: tale.critpath_groups(),
        side,
        submitted: filed.submitted,
    };
    let mut words = Scene {
        world: scene.world,
        random: &mut Random::new(filed.seed),
        now: scene.now,
    };
    shown_as(&mut words, &shown)
}

/// What the message about something shows already.
fn before(update: &mut Filed, act: Act) {
    match act {
        Act::Stepped(Step::AskedForTesting) => update.request = Some("testing"),
        Act::Stepped(Step::AskedForStable) => update.request = Some("stable"),
        Act::Stepped(Step::InTesting | Step::GoodForStable) => update.status = "testing",
        Act::Stepped(Step::InStable) => update.status = "stable",
        Act::Stepped(Step::VotedDown) => update.status = "obsolete",
        Act::Commented(karma) => update.karma += karma,
        Act::Ejected => update.request = None,
        _ => {}
    }
}

/// What only later messages show.
fn after(update: &mut Filed, act: Act) {
    match act {
        Act::Stepped(Step::InTesting | Step::InStable) => update.request = None,
        Act::Stepped(Step::Edited) => update.removed.clear(),
        _ => {}
    }
}
