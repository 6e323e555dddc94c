//! Updates of packages and what is said about them (Bodhi).

use crate::json::{Json, Value, json};

use super::bodhi_update::{Update, release_shown, update, update_and_builds};
use crate::event::{DEBUG, Event, Schema};
use crate::release::{Place, Release};
use crate::scene::{Build, Scene, iso_time, plain_time};

const PACKAGE: &str = "bodhi_messages";

/// What becomes of an update.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    AskedForTesting,
    AskedForStable,
    Edited,
    InTesting,
    InStable,
    GoodForStable,
    VotedDown,
    Published,
}

impl Step {
    /// The topic after `bodhi.`, and the schema.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::AskedForTesting => ("update.request.testing", "bodhi.update.request.testing.v1"),
            Self::AskedForStable => ("update.request.stable", "bodhi.update.request.stable.v1"),
            Self::Edited => ("update.edit", "bodhi.update.edit.v2"),
            Self::InTesting => (
                "update.complete.testing",
                "bodhi.update.complete.testing.v1",
            ),
            Self::InStable => ("update.complete.stable", "bodhi.update.complete.stable.v1"),
            Self::GoodForStable => (
                "update.requirements_met.stable",
                "bodhi.update.requirements_met.stable.v1",
            ),
            Self::VotedDown => (
                "update.karma.threshold.reach",
                "bodhi.update.karma.threshold.v1",
            ),
            Self::Published => ("errata.publish", "bodhi.errata.publish.v1"),
        }
    }
}

pub(super) fn event(scene: &mut Scene) -> Event {
    match scene.random.between(0, 99) {
        0..30 => {
            let (update, user) = (update(scene), scene.username());
            let karma = scene.random.between(0, 2) as i64 - 1;
            commented(scene, update, &user, karma)
        }
        30..45 => by_owner(scene, Step::AskedForTesting),
        45..55 => by_owner(scene, Step::AskedForStable),
        55..65 => by_owner(scene, Step::Edited),
        65..75 => by_bodhi(scene, Step::InTesting),
        75..83 => by_bodhi(scene, Step::InStable),
        83..86 => by_bodhi(scene, Step::GoodForStable),
        86..88 => by_bodhi(scene, Step::Published),
        88..93 => {
            let (update, builds) = update_and_builds(scene);
            let builds: Vec<&Build> = builds.iter().collect();
            ready(scene, update, (&builds, false), "bodhi")
        }
        93..96 => {
            let build = scene.build();
            overridden(scene, &build, true)
        }
        _ => some_compose(scene),
    }
}

/// What the owner of an update, or a fellow maintainer, did.
fn by_owner(scene: &mut Scene, step: Step) -> Event {
    let update = update(scene);
    let agent = if scene.random.percent(85) {
        update.owner.clone()
    } else {
        scene.username()
    };
    stepped(update, Some(&agent), step, &[])
}

fn by_bodhi(scene: &mut Scene, step: Step) -> Event {
    let agent = match step {
        Step::GoodForStable | Step::VotedDown | Step::Published => None,
        _ => Some("bodhi"),
    };
    stepped(update(scene), agent, step, &[])
}

/// Something became of an update; an edit removes builds of these names.
pub(crate) fn stepped(
    update: Update,
    agent: Option<&str>,
    step: Step,
    removed: &[String],
) -> Event {
    let (topic, schema) = step.names();
    let mut body = json!({"update": update.body});
    if let Some(agent) = agent {
        body["agent"] = agent.into();
    }
    match step {
        Step::Edited => {
            body["new_bugs"] = json!([]);
            body["new_builds"] = json!([]);
            body["removed_builds"] = removed.to_json();
        }
        Step::VotedDown => body["status"] = "unstable".into(),
        Step::Published => {
            let title = update.body["title"].as_str().unwrap_or_default();
            body["subject"] =
                format!("[SECURITY] {} Update: {title}", update.release.long_name()).into();
            body["body"] = "Update information is on the web.".into();
        }
        _ => {}
    }
    of_update(topic, schema, body, update, agent)
}

/// An event about an update and its packages, by an agent.
fn of_update(
    action: &str,
    schema: &'static str,
    body: Value,
    update: Update,
    agent: Option<&str>,
) -> Event {
    let users = agent.map(str::to_owned).into_iter().chain([update.owner]);
    Event::new(
        &format!("bodhi.{action}"),
        Schema::new(schema, PACKAGE),
        body,
    )
    .users(users)
    .packages(update.packages)
}

/// The builds of an update are ready to be tested, perhaps again: the only message that has the numbers of all.
pub(crate) fn ready(
    scene: &Scene,
    update: Update,
    (builds, again): (&[&Build], bool),
    agent: &str,
) -> Event {
    let member = |build: &&Build| {
        json!({"type": "koji-build", "id": build.id, "task_id": build.task(), "nvr": build.nvr(),
        "issuer": build.owner, "component": build.name, "scratch": false})
    };
    let builds: Vec<Value> = builds.iter().map(member).collect();
    let artifact = json!({"type": "koji-build-group", "builds": builds,
        "repository": format!("https://bodhi.fedoraproject.org/updates/{}", update.alias)});
    let body = json!({
        "contact": {"name": "Bodhi", "team": "Fedora CI", "docs": "https://docs.fedoraproject.org/en-US/ci/"},
        "artifact": artifact,
        "update": update.body,
        "re-trigger": again,
        "agent": agent,
        "version": "0.2.2",
        "generated_at": format!("{}Z", iso_time(scene.now)),
    });
    let topic = "update.status.testing.koji-build-group.build.complete";
    let schema = "bodhi.update.status.testing.v3";
    of_update(topic, schema, body, update, Some(agent)).severity(DEBUG)
}

/// A compose threw an update out, which was to be pushed.
pub(crate) fn ejected(update: Update, place: Place) -> Event {
    let body = json!({
        "repo": update.release.tag(place),
        "update": update.body,
        "reason": "Required tests did not pass on this update.",
        "request": "stable",
        "release": release_shown(update.release),
        "agent": "bodhi",
    });
    of_update(
        "update.eject",
        "bodhi.update.eject.v1",
        body,
        update,
        Some("bodhi"),
    )
}

/// Somebody left a comment on an update.
pub(crate) fn commented(scene: &mut Scene, update: Update, user: &str, karma: i64) -> Event {
    let comment = json!({
        "id": scene.random.between(3_000_000, 5_000_000),
        "karma": karma,
        "text": scene.text(4),
        "timestamp": plain_time(scene.now),
        "user": {"name": user},
        "update": update.body,
        "update_alias": update.alias,
    });
    let body = json!({"comment": comment});
    of_update(
        "update.comment",
        "bodhi.update.comment.v1",
        body,
        update,
        Some(user),
    )
}

/// A build comes into the build root before its update is stable, or leaves it.
pub(crate) fn overridden(scene: &mut Scene, build: &Build, comes: bool) -> Event {
    let body = json!({"override": {
        "nvr": build.nvr(),
        "build": {"nvr": build.nvr(), "epoch": 0, "signed": true},
        "submitter": {"name": build.owner, "email": null, "groups": [{"name": "packager"}]},
        "notes": scene.words(3, 25),
        "submission_date": plain_time(scene.now),
        "expired_date": if comes { Value::Null } else { plain_time(scene.now).into() },
    }});
    let (topic, schema) = match comes {
        true => (
            "bodhi.buildroot_override.tag",
            "bodhi.buildroot_override.tag.v1",
        ),
        false => (
            "bodhi.buildroot_override.untag",
            "bodhi.buildroot_override.untag.v1",
        ),
    };
    Event::new(topic, Schema::new(schema, PACKAGE), body)
        .users([&build.owner])
        .packages([&build.name])
}

fn some_compose(scene: &mut Scene) -> Event {
    let release = scene.release();
    let place = scene.random.pick(&[Place::Stable, Place::Testing]);
    let stage = match scene.random.between(0, 9) {
        0..4 => Compose::Start,
        4..6 => {
            let updates = scene.random.between(1, 4);
            Compose::Composing(
                (0..updates)
                    .map(|_| scene.build_for(release).nvr())
                    .collect(),
            )
        }
        _ => Compose::Complete(scene.random.percent(95)),
    };
    composed(release, place, stage)
}

/// Where a compose stands.
#[derive(Clone, Debug)]
pub(crate) enum Compose {
    Start,
    /// It is at work on updates; of each, the builds with blanks between.
    Composing(Vec<String>),
    /// It ended, well or not.
    Complete(bool),
}

/// Updates of a release are composed for a repository.
pub(crate) fn composed(release: Release, place: Place, stage: Compose) -> Event {
    let kind = match release {
        Release::Flatpak(_) => "flatpak",
        _ => "rpm",
    };
    let mut body = json!({"repo": release.tag(place), "agent": "bodhi", "ctype": kind});
    let (topic, schema) = match stage {
        Compose::Start => ("bodhi.compose.start", "bodhi.compose.start.v1"),
        Compose::Composing(updates) => {
            body["updates"] = updates.to_json();
            ("bodhi.compose.composing", "bodhi.compose.composing.v1")
        }
        Compose::Complete(success) => {
            body["success"] = success.into();
            ("bodhi.compose.complete", "bodhi.compose.complete.v1")
        }
    };
    Event::new(topic, Schema::new(schema, PACKAGE), body).users(["bodhi"])
}
