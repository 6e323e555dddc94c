//! Badges for doing things (tahrir).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::Scene;

const PACKAGE: &str = "tahrir_messages";
const BADGES: [(&str, &str); 6] = [
    ("Early Riser", "You pushed an update before breakfast."),
    ("Gardener", "You pruned fifty packages."),
    ("Second Opinion", "You tested somebody else's update."),
    ("Bookworm", "You edited a hundred pages."),
    ("Night Shift", "You were awake while the mirrors slept."),
    (
        "Bridge Builder",
        "You reported a bug upstream, and it was fixed.",
    ),
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let person = scene.person();
    let username = person.username.clone();
    let user = json!({"username": username, "badges_user_id": scene.random.between(1, 90_000)});
    match scene.random.between(0, 9) {
        0 => {
            let schema = Schema::new("badges.person.login.first.v1", PACKAGE);
            Event::new("badges.person.login.first", schema, json!({"user": user})).users([username])
        }
        1..5 => {
            let rank = scene.random.between(2, 5000);
            let person = json!({
                "id": scene.random.between(1, 90_000),
                "nickname": username,
                "email": format!("{username}@fedoraproject.org"),
                "rank": rank,
                "bio": null,
                "website": null,
            });
            let body = json!({"person": person, "old_rank": rank + scene.random.between(1, 40)});
            let schema = Schema::new("badges.person.rank.advance.v1", PACKAGE);
            Event::new("badges.person.rank.advance", schema, body).users([username])
        }
        _ => {
            let (name, description) = scene.random.pick(&BADGES);
            let id = name.to_lowercase().replace(' ', "-");
            let image_url = format!("https://badges.fedoraproject.org/pngs/{id}.png");
            let badge = json!({"badge_id": id, "name": name, "description": description, "image_url": image_url});
            let schema = Schema::new("badges.badge.award.v1", PACKAGE);
            Event::new(
                "badges.badge.award",
                schema,
                json!({"badge": badge, "user": user}),
            )
            .users([username])
        }
    }
}
