//! Compares the subjects that the embedded rules tell with those of an optional
//! file of stories, whose messages have them all, and looks that each has a sentence.

mod shared;

use metadata::{MessageView, Rules};

#[test]
fn messages_of_the_stories_have_the_subjects_that_were_written_down() {
    let rules = Rules::embedded();
    let (mut wrong, mut messages) = (0, 0);
    // A line without a topic ends a story.
    for line in shared::lines("road.ndjson") {
        let Some(topic) = line["topic"].as_str() else {
            continue;
        };
        messages += 1;
        let (headers, body) = (line["headers"].to_string(), line["body"].to_string());
        let message = MessageView {
            topic,
            headers: &headers,
            body: &body,
        };
        let summary = rules.meaning(&message).summary;
        if summary == topic || summary.contains('?') {
            wrong += 1;
            println!("{topic}: no sentence, but {summary}");
        }
        let subjects = rules.subjects(&message);
        let subjects = serde_json::to_value(subjects).expect("texts");
        if subjects != line["subjects"] {
            wrong += 1;
            let (story, n, expected) = (&line["story"], &line["n"], &line["subjects"]);
            println!("{story} {n} {topic}: {subjects} where {expected} was expected");
        }
    }
    println!("{messages} messages");
    assert_eq!(wrong, 0);
    assert_eq!(rules.misfits(), 0);
}
