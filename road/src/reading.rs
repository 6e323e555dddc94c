//! How messages are read: chosen by topic and never by the schema that they claim, and without fail.
//!
//! Bodies come from many senders and years. What a body does not have, or has in another type, is empty here; a
//! message that lacks what it would be known by says nothing.

mod bodhi;
mod ci;
mod fields;
mod git;
mod greenwave;
mod koji;
mod openqa;
mod records;

use serde_json::Value;

use crate::event::Event;
use crate::topic::Topic;

/// Where dist-git, koji and most others send as.
const FEDORA: &str = "org.fedoraproject";

/// What a message with this topic and body says about roads; `None` if nothing.
pub(crate) fn read(topic: &Topic, body: &Value) -> Option<Event> {
    let about = topic.about;
    let (service, rest) = about.split_once('.')?;
    match service {
        "git" | "pagure" if topic.site == FEDORA => git::read(about, body),
        // Other sites have a koji of their own, in which the same names are other builds.
        "buildsys" if topic.site == FEDORA => koji::read(rest, body),
        "bodhi" => bodhi::read(rest, body),
        "ci" => ci::read(rest, body),
        "openqa" => openqa::read(rest, body),
        "resultsdb" | "taskotron" | "waiverdb" => records::read(about, body),
        "greenwave" => greenwave::read(rest, body),
        _ => None,
    }
}
