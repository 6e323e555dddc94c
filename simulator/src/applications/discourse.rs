//! The forum (Discourse, through a web hook).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let author = scene.person();
    let (post, topic) = (
        scene.random.between(300_000, 600_000),
        scene.random.between(50_000, 200_000),
    );
    let text = scene.text(4);
    let edited = scene.random.percent(20);
    let action = if edited {
        "post_edited"
    } else {
        "post_created"
    };
    let body = json!({
        "webhook_headers": {
            "X-Discourse-Instance": "https://discussion.fedoraproject.org",
            "X-Discourse-Event-Id": scene.random.between(1, 900_000).to_string(),
            "X-Discourse-Event-Type": "post",
            "X-Discourse-Event": action,
            "X-Discourse-Event-Signature": format!("sha256={}", scene.random.hex(64)),
        },
        "webhook_body": {"post": {
            "id": post,
            "name": author.full_name,
            "username": author.username,
            "created_at": format!("{}.000Z", iso_time(scene.now)),
            "updated_at": format!("{}.000Z", iso_time(scene.now)),
            "cooked": format!("<p>{text}</p>"),
            "raw": text,
            "display_username": author.full_name,
            "avatar_template": "/user_avatar/discussion.fedoraproject.org/{username}/{size}/1_2.png",
            "topic_posts_count": scene.random.between(1, 90),
            "topic_filtered_posts_count": scene.random.between(1, 90),
            "topic_archetype": "regular",
            "topic_tags": ["workstation", "f44"],
            "category_id": scene.random.between(1, 90),
            "quote_count": 0,
            "incoming_link_count": scene.random.between(0, 90),
            "reads": scene.random.between(1, 900),
            "readers_count": scene.random.between(1, 900),
            "score": scene.random.between(0, 400),
            "yours": false,
            "primary_group_name": null,
            "flair_name": null,
            "flair_url": null,
            "user_title": null,
            "user_id": scene.random.between(1, 90_000),
            "moderator": false,
            "admin": false,
            "staff": false,
            "hidden": false,
            "user_deleted": false,
            "edit_reason": null,
            "deleted_at": null,
            "wiki": false,
            "reviewable_id": null,
            "reviewable_score_count": 0,
            "accepted_answer": false,
            "topic_accepted_answer": false,
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
