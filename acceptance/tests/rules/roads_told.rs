//! Roads of the simulator's stories, told by grepper as they ended, among all other traffic.

use std::collections::BTreeSet;

use acceptance::{road_differences, road_path};
use simulator::{Sample, Story, messages};

use crate::roads::archive_of;
use crate::support::programs::Grepper;

/// How many kinds of stories there are.
const KINDS: usize = 13;

/// Traffic until all kinds of stories have been told.
fn traffic() -> Vec<Sample> {
    let mut titles = BTreeSet::new();
    let mut traffic = Vec::new();
    for sample in messages(5) {
        titles.extend(sample.ends.as_ref().map(|story| story.title));
        traffic.push(sample);
        if titles.len() == KINDS {
            break;
        }
    }
    traffic
}

#[test]
fn builds_of_all_kinds_have_gone_the_way_that_their_stories_tell() {
    let traffic = traffic();
    let deliveries = traffic.iter().map(|sample| {
        let body = sample.body.clone().into_bytes();
        (sample.topic.clone(), sample.properties(), body)
    });
    let database = archive_of(deliveries, traffic.len(), "roads-told", "");
    let grepper = Grepper::start(&database.url, &[]);
    let stories: Vec<&Story> = traffic
        .iter()
        .filter_map(|sample| sample.ends.as_deref())
        .collect();
    let mut faults = Vec::new();
    for (story, end) in stories
        .iter()
        .flat_map(|story| story.ends.iter().map(move |end| (story, end)))
    {
        let answer = grepper.get(&road_path(&end.subject)).json();
        let told = road_differences(&answer, end).into_iter();
        faults.extend(told.map(|told| format!("{}: {}: {told}", story.title, end.subject)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
