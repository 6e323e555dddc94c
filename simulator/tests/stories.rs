//! Stories end as they say: their roads, folded from all traffic, are what they tell.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use road::{Closure, Keep, Message, Question, Road, Stage, Subject};
use simulator::{End, Sample, Story, Traffic, messages};

/// How many kinds of stories there are.
const KINDS: usize = 13;

/// Some traffic, at about a message a second.
static TRAFFIC: LazyLock<Vec<Sample>> = LazyLock::new(|| messages(1).take(8000).collect());
static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| Archive::of(&TRAFFIC));

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp_secs(1_780_315_200).expect("a time in range")
}

/// A month of traffic, as that of the demo.
fn history(seed: u64, end: DateTime<Utc>) -> Vec<Sample> {
    let mut traffic = Traffic::new(seed);
    traffic.history(4000, TimeDelta::days(30), end).collect()
}

fn stories(samples: &[Sample]) -> Vec<&Story> {
    samples
        .iter()
        .filter_map(|sample| sample.ends.as_deref())
        .collect()
}

/// Traffic, and what each message is about by the rules.
struct Archive {
    messages: Vec<(Message, Vec<String>)>,
    by_subject: HashMap<String, Vec<usize>>,
}

impl Archive {
    fn of(samples: &[Sample]) -> Self {
        let rules = metadata::Rules::embedded();
        let archived = |(number, sample): (usize, &Sample)| {
            let headers = serde_json::to_string(&sample.headers).expect("headers are JSON");
            let view = metadata::MessageView {
                topic: &sample.topic,
                headers: &headers,
                body: &sample.body,
            };
            let message = Message {
                id: sample.id.clone(),
                number: number as i64,
                time: sample.sent_at.naive_utc(),
                topic: sample.topic.clone(),
                body: serde_json::from_str(&sample.body).expect("bodies are JSON"),
            };
            let subjects = rules.subjects(&view);
            (message, subjects.iter().map(ToString::to_string).collect())
        };
        let messages: Vec<(Message, Vec<String>)> =
            samples.iter().enumerate().map(archived).collect();
        let mut by_subject: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, (_, subjects)) in messages.iter().enumerate() {
            for subject in subjects {
                by_subject.entry(subject.clone()).or_default().push(place);
            }
        }
        Self {
            messages,
            by_subject,
        }
    }

    fn answer(&self, question: &Question) -> Vec<Message> {
        let of = |subject| self.by_subject.get(subject).into_iter().flatten().copied();
        let places: BTreeSet<usize> = match question.subjects.is_empty() {
            true => (0..self.messages.len()).collect(),
            false => question.subjects.iter().flat_map(of).collect(),
        };
        let mut found: Vec<Message> = places
            .into_iter()
            .map(|place| &self.messages[place])
            .filter(|(message, subjects)| question.asks_for(&message.topic, message.time, subjects))
            .map(|(message, _)| message.clone())
            .collect();
        if question.keep == Keep::Newest {
            found.reverse();
        }
        found.truncate(question.limit);
        found
    }

    fn road(&self, subject: &str) -> Road {
        self.roads(subject).pop().expect("something is known")
    }

    fn roads(&self, subject: &str) -> Vec<Road> {
        let subject = Subject::parse(subject).expect("it has a road");
        let mut closure = Closure::new(subject, "prod", None);
        loop {
            let questions = closure.questions();
            if questions.is_empty() {
                assert!(closure.is_complete());
                return closure.roads();
            }
            for question in questions {
                let answer = self.answer(&question);
                if answer.len() == question.limit {
                    closure.reached(&question);
                }
                closure.add(answer);
            }
        }
    }
}

/// Where a road differs from the end that was told, in words.
fn differences(road: &Road, end: &End) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, found: String, told: String| {
        if found != told {
            differences.push(format!("{}: {what} is {found} and not {told}", end.subject));
        }
    };
    for step in &road.stages {
        let (found, told) = (step.word.as_str(), end.word(step.stage.as_str()));
        compare(step.stage.as_str(), found.to_owned(), told.to_owned());
    }
    for (stage, _) in &end.stages {
        let known = Stage::parse(stage).and_then(|stage| road.step(stage));
        compare(stage, known.is_some().to_string(), true.to_string());
    }
    compare(
        "branch",
        format!("{:?}", road.branch),
        format!("{:?}", end.branch),
    );
    compare(
        "update",
        format!("{:?}", road.update),
        format!("{:?}", end.update),
    );
    compare("tags", road.tags.join(" "), end.tags.join(" "));
    differences
}

fn assert_ends(samples: &[Sample], archive: &Archive) {
    let mut faults = Vec::new();
    for story in stories(samples) {
        for end in &story.ends {
            let road = archive.road(&end.subject);
            let faults_of = differences(&road, end).into_iter();
            faults.extend(faults_of.map(|fault| format!("{}: {fault}", story.title)));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn all_kinds_of_stories_end_as_they_say() {
    let titles: BTreeSet<&str> = stories(&TRAFFIC).iter().map(|story| story.title).collect();
    assert_eq!(titles.len(), KINDS, "{titles:?}");
    assert_ends(&TRAFFIC, &ARCHIVE);
}

#[test]
fn stories_of_a_month_end_as_they_say() {
    let samples = history(2, noon());
    assert!(stories(&samples).len() >= 15);
    assert_ends(&samples, &Archive::of(&samples));
}

#[test]
fn stories_are_told_among_others_and_within_minutes_of_the_demo() {
    for story in stories(&TRAFFIC) {
        let mut places: BTreeSet<&usize> = BTreeSet::new();
        for end in &story.ends {
            places.extend(&ARCHIVE.by_subject[&end.subject]);
        }
        let first = **places.first().expect("there are some");
        let last = **places.last().expect("there are some");
        let taken = last - first;
        // Two a second.
        assert!((50..2500).contains(&taken), "{} took {taken}", story.title);
    }
}

#[test]
fn what_is_being_told_ends_later() {
    let mut traffic = Traffic::new(3);
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut ended: BTreeSet<String> = BTreeSet::new();
    for second in 0..4000 {
        if let Some(story) = traffic.message(noon() + TimeDelta::seconds(second)).ends {
            ended.extend(story.ends.into_iter().map(|end| end.subject));
        }
        for nvr in traffic.being_told() {
            let subject = format!("nvr:{nvr}");
            assert!(!ended.contains(&subject), "{subject}");
            told.insert(subject);
        }
    }
    assert!(told.intersection(&ended).count() >= 10);
}

#[test]
fn what_a_story_is_about_is_its_own() {
    let samples: Vec<Sample> = messages(1).take(10_000).collect();
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for (number, story) in stories(&samples).iter().enumerate() {
        for end in &story.ends {
            let task = end.task.map(|task| format!("task:{task}"));
            let alias = end.update.as_ref().map(|alias| format!("update:{alias}"));
            let names = [Some(end.subject.clone()), task, alias];
            for name in names.into_iter().flatten() {
                let owner = *owners.entry(name.clone()).or_insert(number);
                assert_eq!(owner, number, "{name} is in two stories");
            }
        }
    }
}

#[test]
fn the_same_seed_tells_the_same_stories_at_any_time() {
    let told = |end| -> Vec<Vec<String>> {
        let samples = history(7, end);
        let subjects = |story: &&Story| {
            let subjects = story.ends.iter().map(|end| end.subject.clone());
            subjects.collect()
        };
        stories(&samples).iter().map(subjects).collect()
    };
    let once = told(noon());
    assert!(!once.is_empty());
    assert_eq!(once, told(noon() + TimeDelta::days(400)));
}

#[test]
fn the_page_of_a_package_whose_story_is_told_tells_it() {
    let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let ends = stories(&TRAFFIC).into_iter().flat_map(|story| &story.ends);
    for nvr in ends.filter_map(|end| end.subject.strip_prefix("nvr:")) {
        let mut parts = nvr.rsplitn(3, '-');
        let package = parts.nth(2).expect("a name");
        told.entry(package.to_owned()).or_default().push(nvr);
    }
    let mut hidden = Vec::new();
    for (package, nvrs) in &told {
        let roads = ARCHIVE.roads(&format!("package:{package}"));
        let is_told = |nvr: &str| roads.iter().any(|road| road.subject.parts().1 == nvr);
        if !nvrs.iter().any(|nvr| is_told(nvr)) {
            hidden.push((package, nvrs));
        }
    }
    assert!(told.len() > 20, "{}", told.len());
    assert!(hidden.is_empty(), "{hidden:?} of {}", told.len());
}
