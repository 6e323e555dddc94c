//! The forum (Discourse, through a web hook).

use serde_json::json;

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let author = scene.person();
    let (post, topic) = (scene.random.between(300_000, 600_000), scene.random.between(50_000, 200_000));
    let text = scene.text(4);
    let edited = scene.random.percent(20);
    let action = if edited { "post_edited" } else { "post_created" };
    let body = json!({
        "webhook_headers": {
            "X-Discourse-Instance": "https://discussion.fedoraproject.org",
            "X-Discourse-Event-Id": scene.random.between(1, 900_000).to_string(),
            "X-Discourse-Event-Type": "post",
            "X-Discourse-Event": action,
        },
        "webhook_body": {"post": {
            "id": post,
            "name": author.full_name,
            "username": author.username,
            "created_at": format!("{}.000Z", iso_time(scene.now)),
            "updated_at": format!("{}.000Z", iso_time(scene.now)),
            "cooked": format!("<p>{text}</p>"),
            "raw": text,
            "post_number": scene.random.between(1, 60),
            "post_type": 1,
            "reply_count": 0,
            "topic_id": topic,
            "topic_slug": format!("topic-{topic}"),
            "topic_title": scene.words(3, 10),
            "category_slug": scene.random.pick(&["ask", "news", "team", "water-cooler"]),
            "trust_level": scene.random.between(1, 4),
            "version": if edited { 2 } else { 1 },
        }},
    });
    // The author acted, but the message does not concern him or her.
    let schema = Schema::new("discourse.event.v1", "webhook_to_fedora_messaging_messages");
    Event::new(&format!("discourse.post.{action}"), schema, body)
}
