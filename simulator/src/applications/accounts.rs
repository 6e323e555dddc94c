//! Accounts and groups (noggin, whose topics still say "fas").

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::Scene;

const PACKAGE: &str = "noggin_messages";
const GROUPS: [&str; 8] = [
    "packager",
    "docs",
    "ambassadors",
    "qa",
    "design-team",
    "infra-sig",
    "rust-sig",
    "python-packagers-sig",
];
const FIELDS: [&str; 6] = [
    "timezone",
    "locale",
    "ircnick",
    "pronouns",
    "website",
    "rhbzemail",
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let user = scene.username();
    match scene.random.between(0, 9) {
        0..4 => {
            let count = scene.random.between(1, 3);
            let fields: Vec<&str> = (0..count).map(|_| scene.random.pick(&FIELDS)).collect();
            let body = json!({"msg": {"agent": user, "user": user, "fields": fields}});
            Event::new(
                "fas.user.update",
                Schema::new("noggin.user.update.v1", PACKAGE),
                body,
            )
            .users([user])
        }
        4 => {
            let body = json!({"msg": {"agent": user, "user": user}});
            Event::new(
                "fas.user.create",
                Schema::new("noggin.user.create.v1", PACKAGE),
                body,
            )
            .users([user])
        }
        5..8 => member(
            scene,
            user,
            "fas.group.member.sponsor",
            Schema::new("noggin.group.member.sponsor.v1", PACKAGE),
        ),
        _ => member(
            scene,
            user,
            "fas.group.member.removed",
            Schema::new("noggin.group.member.removed.v1", PACKAGE),
        ),
    }
}

fn member(scene: &mut Scene, user: String, topic: &str, schema: Schema) -> Event {
    let (agent, group) = (scene.username(), scene.random.pick(&GROUPS));
    let body = json!({"msg": {"agent": agent, "user": user, "group": group}});
    Event::new(topic, schema, body)
        .users([agent, user])
        .groups([group])
}
