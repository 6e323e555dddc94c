//! The category of a message, as read from its topic.

/// The category of a topic that is too short to have one.
pub const UNCLASSIFIED: &str = "Unclassified";

/// The part of a topic that names the publishing application.
///
/// That is the fourth of its dotted elements, or the third on a virtual topic
/// of the message broker; an empty element is an answer too.
pub fn category(topic: &str) -> String {
    let index = if topic.contains("VirtualTopic") { 2 } else { 3 };
    topic
        .split('.')
        .nth(index)
        .unwrap_or(UNCLASSIFIED)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::category;

    #[test]
    fn takes_the_element_by_position() {
        for (topic, expected) in [
            ("org.fedoraproject.prod.bodhi.update.comment", "bodhi"),
            ("org.fedoraproject.prod.", ""),
            ("a..c.", ""),
            ("x.y.z.w", "w"),
            ("/topic/VirtualTopic.eng.ci.x", "ci"),
            ("org.fedoraproject.VirtualTopic.foo.bar", "VirtualTopic"),
            ("VirtualTopic", "Unclassified"),
            ("a.b.c", "Unclassified"),
            ("", "Unclassified"),
        ] {
            assert_eq!(category(topic), expected, "topic {topic:?}");
        }
    }
}
