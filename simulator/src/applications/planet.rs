//! What people write in their blogs (the planet).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let author = scene.person();
    let username = author.username.clone();
    let title = scene.words(3, 9);
    let link = format!(
        "https://{username}.example.org/{}",
        scene.now.format("%Y/%m/%d")
    );
    let body = json!({
        "name": author.full_name,
        "username": username,
        "face": "https://fedoraplanet.org/images-v2/heads/default.png",
        "post": {
            "id": link,
            "link": link,
            "title": title,
            "author": author.full_name,
            "published": iso_time(scene.now),
            "updated": iso_time(scene.now),
            "published_parsed": scene.epoch(),
            "tags": [{"term": "fedora", "scheme": null, "label": null}],
            "content": [{"type": "text/html", "language": null, "base": link, "value": scene.text(12)}],
        },
    });
    Event::new(
        "planet.post.new",
        Schema::new("planet.post.new", "fedora_planet_messages"),
        body,
    )
    .users([username])
}
