//! Bug reports (Bugzilla, through its bridge).

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::Scene;

pub(super) fn event(scene: &mut Scene) -> Event {
    let package = scene.package();
    let (id, agent, assignee) = (
        scene.random.between(2_300_000, 2_600_000),
        scene.username(),
        scene.username(),
    );
    let body = json!({
        "bug": bug(scene, id, &package, &assignee),
        "event": change(scene, id, &agent),
        "agent_name": agent,
        "usernames": [agent],
    });
    let schema = Schema::new("bugzilla2fedmsg.messageV1", "bugzilla2fedmsg_schema");
    let topic = if body["event"]["action"] == "create" {
        "bugzilla.bug.new"
    } else {
        "bugzilla.bug.update"
    };
    Event::new(topic, schema, body)
        .users([agent])
        .packages([package])
}

fn bug(scene: &mut Scene, id: u64, package: &str, assignee: &str) -> Value {
    json!({
        "id": id,
        "summary": scene.words(4, 14),
        "product": {"id": 44, "name": "Fedora"},
        "component": {"id": scene.random.between(1, 30_000), "name": package},
        "version": {"id": 5000, "name": scene.fedora().to_string()},
        "status": {"id": 1, "name": scene.random.pick(&["NEW", "ASSIGNED", "POST", "MODIFIED", "ON_QA", "CLOSED"])},
        "resolution": "",
        "priority": "unspecified",
        "severity": scene.random.pick(&["unspecified", "low", "medium", "high", "urgent"]),
        "assigned_to": account(assignee),
        "reporter": account(&scene.username()),
        "whiteboard": "",
        "keywords": [],
        "is_private": false,
        "operating_system": "Linux",
        "platform": scene.random.pick(&["Unspecified", "x86_64", "aarch64"]),
        "url": "",
        "alias": [],
        "classification": "Fedora",
        "cf_release_notes": "",
        "qa_contact": account("extras-qa"),
        "flags": [],
        "target_milestone": null,
        "fixed_in": null,
        "external_bugs": [],
        "see_also": [],
        "see_also_ids": [],
        "creation_time": scene.past(400).timestamp() as f64,
        "last_change_time": scene.epoch(),
    })
}

fn change(scene: &mut Scene, id: u64, agent: &str) -> Value {
    let create = scene.random.percent(25);
    let changes = match create {
        true => json!([]),
        false => {
            json!([{"field": scene.random.pick(&["status", "cc", "version"]), "removed": "", "added": scene.words(1, 2)}])
        }
    };
    json!({
        "bug_id": id,
        "action": if create { "create" } else { "modify" },
        "target": scene.random.pick(&["bug", "comment"]),
        "time": scene.epoch(),
        "change_set": format!("{}.{}", scene.random.between(1000, 99_999), scene.random.hex(8)),
        "routing_key": if create { "bug.create" } else { "bug.modify" },
        "changes": changes,
        "user": account(agent),
    })
}

fn account(username: &str) -> Value {
    json!({"id": 100_000 + username.len(), "login": format!("{username}@example.com"), "real_name": username})
}
