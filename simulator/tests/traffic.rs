//! What the sample traffic looks like.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use simulator::{Sample, Traffic, messages};

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp_secs(1_780_315_200).expect("a time in range")
}

#[test]
fn the_same_seed_gives_the_same_traffic() {
    let first: Vec<Sample> = messages(7).take(500).collect();
    let second: Vec<Sample> = messages(7).take(500).collect();
    assert_eq!(first, second);
    assert!(messages(8).take(500).ne(first));
}

#[test]
fn bodies_have_pythons_form() {
    for sample in messages(7).take(500) {
        assert_eq!(
            pythonic::json::normalise(&sample.body).as_ref(),
            Ok(&sample.body)
        );
    }
}

#[test]
fn subjects_do_not_depend_on_the_time() {
    let subjects = |end| -> Vec<_> {
        let history = Traffic::new(7)
            .history(500, TimeDelta::days(30), end)
            .collect::<Vec<_>>();
        history
            .into_iter()
            .map(|sample| (sample.id, sample.topic, sample.users, sample.packages))
            .collect()
    };
    assert_eq!(subjects(noon()), subjects(noon() + TimeDelta::days(400)));
}

#[test]
fn history_is_in_order_and_within_its_span() {
    let history: Vec<Sample> = Traffic::new(1)
        .history(1000, TimeDelta::days(10), noon())
        .collect();
    assert_eq!(history.len(), 1000);
    assert!(history.is_sorted_by_key(|sample| sample.sent_at));
    assert!(history[0].sent_at >= noon() - TimeDelta::days(10));
    assert!(history[999].sent_at <= noon());
}

#[test]
fn ids_are_distinct_uuids_of_version_4() {
    let ids: BTreeSet<String> = messages(1).take(5000).map(|sample| sample.id).collect();
    assert_eq!(ids.len(), 5000);
    assert!(ids.iter().all(|id| id.len() == 36 && &id[14..15] == "4"));
}

#[test]
fn many_applications_publish_many_topics() {
    let mut topics: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in messages(1).take(20_000) {
        topics
            .entry(sample.category().to_owned())
            .or_default()
            .insert(sample.topic);
    }
    assert!(topics.len() >= 12, "{:?}", topics.keys());
    assert!(
        topics.values().map(BTreeSet::len).sum::<usize>() >= 50,
        "{topics:?}"
    );
}

#[test]
fn bodies_are_of_all_sizes() {
    let mut sizes: Vec<usize> = messages(1)
        .take(10_000)
        .map(|sample| sample.body.len())
        .collect();
    sizes.sort_unstable();
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    assert!((2_500..2_900).contains(&mean), "mean {mean}");
    assert!(sizes[0] < 200, "smallest {}", sizes[0]);
    assert!(
        (25_000..60_000).contains(&sizes[9_999]),
        "largest {}",
        sizes[9_999]
    );
}

#[test]
fn few_are_busy_and_most_are_quiet() {
    let mut users: BTreeMap<String, u32> = BTreeMap::new();
    let mut packages: BTreeMap<String, u32> = BTreeMap::new();
    for sample in messages(1).take(20_000) {
        for user in sample.users {
            *users.entry(user).or_default() += 1;
        }
        for package in sample.packages {
            *packages.entry(package).or_default() += 1;
        }
    }
    for (counts, many) in [(users, 250), (packages, 1200)] {
        let mut counts: Vec<u32> = counts.into_values().collect();
        counts.sort_unstable();
        assert!(counts.len() > many, "{}", counts.len());
        assert!(
            counts[counts.len() - 1] > 20 * counts[counts.len() / 2],
            "{counts:?}"
        );
    }
}

#[test]
fn headers_and_body_agree_about_users_and_packages() {
    let rules = metadata::Rules::embedded();
    for sample in messages(3).take(3000) {
        let headers = serde_json::to_string(&sample.headers).expect("headers are JSON");
        let view = metadata::MessageView {
            topic: &sample.topic,
            headers: &headers,
            body: &sample.body,
        };
        let mut filters = rules.filters(&view);
        for names in [&mut filters.usernames, &mut filters.packages] {
            names.sort();
            names.dedup();
        }
        assert_eq!(filters.usernames, sample.users, "{}", sample.topic);
        assert_eq!(filters.packages, sample.packages, "{}", sample.topic);
    }
}
