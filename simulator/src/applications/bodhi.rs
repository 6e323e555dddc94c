//! Updates of packages and what is said about them (Bodhi).

use crate::json::json;

use super::bodhi_update::{Update, update};
use crate::event::{DEBUG, Event, Schema};
use crate::scene::Scene;

const PACKAGE: &str = "bodhi_messages";

pub(super) fn event(scene: &mut Scene) -> Event {
    match scene.random.between(0, 99) {
        0..30 => commented(scene),
        30..45 => by_owner(
            scene,
            "update.request.testing",
            "bodhi.update.request.testing.v1",
        ),
        45..55 => by_owner(
            scene,
            "update.request.stable",
            "bodhi.update.request.stable.v1",
        ),
        55..65 => by_owner(scene, "update.edit", "bodhi.update.edit.v2"),
        65..75 => by_bodhi(
            scene,
            "update.complete.testing",
            "bodhi.update.complete.testing.v1",
        ),
        75..83 => by_bodhi(
            scene,
            "update.complete.stable",
            "bodhi.update.complete.stable.v1",
        ),
        83..88 => by_bodhi(
            scene,
            "update.requirements_met.stable",
            "bodhi.update.requirements_met.stable.v1",
        ),
        88..93 => ready_for_testing(scene),
        93..96 => overridden(scene),
        _ => composed(scene),
    }
}

/// What the owner of an update, or a fellow maintainer, did.
fn by_owner(scene: &mut Scene, action: &str, schema: &'static str) -> Event {
    let update = update(scene);
    let agent = if scene.random.percent(85) {
        update.owner.clone()
    } else {
        scene.username()
    };
    changed(update, agent, action, schema)
}

fn by_bodhi(scene: &mut Scene, action: &str, schema: &'static str) -> Event {
    changed(update(scene), "bodhi".to_owned(), action, schema)
}

fn changed(update: Update, agent: String, action: &str, schema: &'static str) -> Event {
    let mut body = json!({"update": update.body, "agent": agent});
    if action == "update.edit" {
        body["new_bugs"] = json!([]);
        body["new_builds"] = json!([]);
        body["removed_builds"] = json!([]);
    }
    Event::new(
        &format!("bodhi.{action}"),
        Schema::new(schema, PACKAGE),
        body,
    )
    .users([agent, update.owner])
    .packages(update.packages)
}

fn ready_for_testing(scene: &mut Scene) -> Event {
    let update = update(scene);
    let builds: Vec<_> = update.body["builds"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let artifact = json!({"type": "koji-build-group", "id": format!("{}-{}", update.alias, scene.random.hex(40)),
        "repository": format!("https://bodhi.fedoraproject.org/updates/{}", update.alias), "builds": builds});
    let body = json!({
        "contact": {"name": "Bodhi", "team": "Fedora CI", "docs": "https://docs.fedoraproject.org/en-US/ci/"},
        "artifact": artifact,
        "update": update.body,
        "re-trigger": false,
        "agent": "bodhi",
        "version": "0.2.2",
        "generated_at": format!("{}Z", crate::scene::iso_time(scene.now)),
    });
    let schema = Schema::new("bodhi.update.status.testing.v3", PACKAGE);
    Event::new(
        "bodhi.update.status.testing.koji-build-group.build.complete",
        schema,
        body,
    )
    .severity(DEBUG)
    .users(["bodhi".to_owned(), update.owner])
    .packages(update.packages)
}

fn commented(scene: &mut Scene) -> Event {
    let update = update(scene);
    let commenter = scene.username();
    let comment = json!({
        "id": scene.random.between(3_000_000, 5_000_000),
        "karma": scene.random.between(0, 2) as i64 - 1,
        "text": scene.text(4),
        "timestamp": crate::scene::plain_time(scene.now),
        "user": {"name": commenter},
        "update": update.body,
        "update_alias": update.alias,
    });
    Event::new(
        "bodhi.update.comment",
        Schema::new("bodhi.update.comment.v1", PACKAGE),
        json!({"comment": comment}),
    )
    .users([commenter, update.owner])
    .packages(update.packages)
}

fn overridden(scene: &mut Scene) -> Event {
    let build = scene.build();
    let body = json!({"override": {
        "nvr": build.nvr(),
        "build": {"nvr": build.nvr(), "epoch": 0, "signed": true},
        "submitter": {"name": build.owner, "email": null, "groups": [{"name": "packager"}]},
        "notes": scene.words(3, 25),
        "submission_date": crate::scene::plain_time(scene.now),
        "expired_date": null,
    }});
    Event::new(
        "bodhi.buildroot_override.tag",
        Schema::new("bodhi.buildroot_override.tag.v1", PACKAGE),
        body,
    )
    .users([build.owner])
    .packages([build.name])
}

fn composed(scene: &mut Scene) -> Event {
    let repo = format!(
        "f{}-updates{}",
        scene.fedora(),
        scene.random.pick(&["", "-testing"])
    );
    if scene.random.percent(50) {
        let body = json!({"repo": repo, "agent": "bodhi", "ctype": "rpm"});
        return Event::new(
            "bodhi.compose.start",
            Schema::new("bodhi.compose.start.v1", PACKAGE),
            body,
        )
        .users(["bodhi"]);
    }
    let body = json!({"repo": repo, "agent": "bodhi", "ctype": "rpm", "success": scene.random.percent(95)});
    Event::new(
        "bodhi.compose.complete",
        Schema::new("bodhi.compose.complete.v1", PACKAGE),
        body,
    )
    .users(["bodhi"])
}
