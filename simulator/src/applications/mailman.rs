//! Mailing lists (Mailman).

use crate::json::json;

use crate::event::{Event, Schema};
use crate::scene::Scene;

const LISTS: [&str; 7] = [
    "devel",
    "test",
    "users",
    "docs",
    "infrastructure",
    "python-devel",
    "package-announce",
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let sender = scene.person();
    let username = sender.username.clone();
    let list = scene.random.pick(&LISTS);
    let address = format!("{list}@lists.fedoraproject.org");
    let (id, hash) = (scene.random.hex(24), scene.random.hex(32).to_uppercase());
    let answer = scene
        .random
        .percent(65)
        .then(|| format!("<{}@example.com>", scene.random.hex(24)));
    let subject = scene.words(3, 10);
    let prefix = if answer.is_some() { "Re: " } else { "" };
    let mut body = json!({
        "mlist": {"list_name": list, "display_name": list, "fqdn_listname": address, "mail_host": "lists.fedoraproject.org",
            "list_id": format!("{list}.lists.fedoraproject.org")},
        "msg": {
            "from": format!("{} <{username}@example.com>", sender.full_name),
            "to": address,
            "date": scene.now.to_rfc2822(),
            "subject": format!("{prefix}{subject}"),
            "body": scene.text(8),
            "message-id": format!("<{id}@example.com>"),
            "message-id-hash": hash,
            "archived-at": format!("<https://lists.fedoraproject.org/archives/list/{address}/message/{hash}/>"),
            "recipients": [address],
        },
        "url": format!("https://lists.fedoraproject.org/archives/list/{address}/message/{hash}/"),
        "sender_username": username,
        "usernames": [username],
    });
    // What a mail has no header for is not there.
    if let Some(answer) = answer {
        for header in ["in-reply-to", "references"] {
            body["msg"][header] = answer.clone().into();
        }
    }
    let schema = Schema::new("mailman.messageV1", "mailman3_fedmsg_plugin_schemas");
    Event::new("mailman.receive", schema, body).users([username])
}
