//! The builds of an update, as the newest message that lists them has them.

use chrono::NaiveDateTime;
use metadata::Rules;
use serde_json::Value;

/// The newest list of an update's builds.
#[derive(Default)]
pub struct UpdateBuilds {
    /// When the message that has the list was sent, and its key.
    told: Option<(NaiveDateTime, i64)>,
    /// Their names, sorted.
    nvrs: Vec<String>,
}

impl UpdateBuilds {
    /// Takes a message, in any order; those about other updates, and those without a list, change nothing.
    pub fn take(&mut self, alias: &str, at: (NaiveDateTime, i64), body: &Value) {
        if self.told.is_some_and(|told| told >= at) {
            return;
        }
        let commented = &body["comment"]["update"];
        let update = if commented.is_object() {
            commented
        } else {
            &body["update"]
        };
        let is_of = |name: &str| update[name].as_str() == Some(alias);
        let Some(builds) = update["builds"].as_array() else {
            return;
        };
        if builds.is_empty() || !(is_of("alias") || is_of("updateid")) {
            return;
        }
        let gone = body["removed_builds"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let names = builds.iter().map(|build| &build["nvr"]);
        let names = names.filter(|name| !gone.contains(name));
        self.nvrs = names.filter_map(Value::as_str).map(str::to_owned).collect();
        self.nvrs.sort_unstable();
        self.nvrs.dedup();
        self.told = Some(at);
    }

    /// The first `most` of the builds, and how many more there are. What is called like no build is none.
    pub fn shown(mut self, most: usize, rules: &Rules) -> (Vec<String>, usize) {
        let is_build = |nvr: &String| rules.subject(&format!("nvr:{nvr}")).is_ok();
        self.nvrs.retain(is_build);
        let more = self.nvrs.len().saturating_sub(most);
        self.nvrs.truncate(most);
        (self.nvrs, more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ALIAS: &str = "FEDORA-2050-1a2b3c4d01";

    fn at(second: i64) -> (NaiveDateTime, i64) {
        let time = chrono::DateTime::from_timestamp(second, 0).expect("a time");
        (time.naive_utc(), second)
    }

    fn update(nvrs: &[&str]) -> Value {
        let builds: Vec<Value> = nvrs.iter().map(|nvr| json!({"nvr": nvr})).collect();
        json!({"alias": ALIAS, "builds": builds})
    }

    fn shown(messages: &[(i64, Value)], most: usize) -> (Vec<String>, usize) {
        let mut builds = UpdateBuilds::default();
        for (second, body) in messages {
            builds.take(ALIAS, at(*second), body);
        }
        builds.shown(most, &Rules::embedded())
    }

    #[test]
    fn the_newest_list_counts_in_whatever_order_messages_come() {
        let first = (1, json!({"update": update(&["a-1-1", "b-1-1"])}));
        let edit = json!({"update": update(&["c-1-1", "b-1-1"]), "removed_builds": ["b-1-1"]});
        let silent = (3, json!({"update": {"alias": ALIAS, "builds": []}}));
        let other = json!({"alias": "FEDORA-2050-7", "builds": [{"nvr": "x-1-1"}]});
        let messages = [first, (2, edit), silent, (4, json!({"update": other}))];
        let mut backwards = messages.clone();
        backwards.reverse();
        for messages in [messages, backwards] {
            assert_eq!(shown(&messages, 9), (vec!["c-1-1".to_owned()], 0));
        }
        let comment = json!({"comment": {"update": update(&["d-1-1"])}});
        assert_eq!(shown(&[(1, comment)], 9).0, ["d-1-1"]);
    }

    #[test]
    fn many_builds_are_cut_and_counted() {
        let body = json!({"update": update(&["b-1-1", "a-1-1", "c-1-1", "no build", "a-1-1"])});
        let first = vec!["a-1-1".to_owned(), "b-1-1".to_owned()];
        assert_eq!(shown(&[(1, body)], 2), (first, 1));
        for body in [
            json!(null),
            json!({"update": 7}),
            json!({"update": {"alias": ALIAS, "builds": [7]}}),
        ] {
            assert_eq!(shown(&[(1, body)], 2), (Vec::new(), 0));
        }
    }
}
