//! Edits of the wiki (MediaWiki).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::Scene;

pub(super) fn event(scene: &mut Scene) -> Event {
    let user = scene.username();
    // A page about a person concerns that person.
    let subject = scene.random.percent(20).then(|| scene.username());
    let page = match &subject {
        Some(name) => format!("User:{name}"),
        None => format!(
            "Changes/{}{}",
            scene.words(1, 1).replace(['"', ' ', '\t'], ""),
            scene.random.between(1, 99)
        ),
    };
    let (old, new) = (
        scene.random.between(400_000, 700_000),
        scene.random.between(700_000, 900_000),
    );
    let page_url = format!("https://fedoraproject.org/wiki/{page}");
    let body = json!({
        "title": page,
        "user": user,
        "summary": scene.words(0, 10),
        "minor_edit": scene.random.percent(30),
        "page_url": page_url,
        "diff_url": format!("https://fedoraproject.org/w/index.php?title={page}&diff={new}&oldid={old}"),
        "watchthis": null,
        "section_anchor": null,
        // MediaWiki shows nothing of it.
        "revision": {},
    });
    let schema = Schema::new("wiki.article.edit.v1", "mediawiki_messages");
    Event::new("wiki.article.edit", schema, body).users([user].into_iter().chain(subject))
}
