//! The shapes of pages that people look at, which the incumbent has not.

use crate::asking::shapes::{DAY, Question, Shape, get, pick};

/// All of them.
pub const OF_PAGES: &[Shape] = &[
    Shape {
        name: "page: rows alone, of a busy user",
        ask: |names, n| {
            let rows = [
                ("user", pick(&names.users, n)),
                ("chrome", "false".to_owned()),
            ];
            page("/v2/search", rows)
        },
    },
    Shape {
        name: "page: search, no filter",
        ask: |_, _| page("/v2/search", []),
    },
    Shape {
        name: "page: search, a day",
        ask: |names, _| page("/v2/search", []).within(names, DAY),
    },
    Shape {
        name: "page: search, a year",
        ask: |names, _| page("/v2/search", []).within(names, 365 * DAY),
    },
    Shape {
        name: "page: search, a busy topic, 30 days",
        ask: |names, n| {
            page("/v2/search", [("topic", pick(&names.topics, n))]).within(names, 30 * DAY)
        },
    },
    Shape {
        name: "page: search, a busy category, a year",
        ask: |names, n| {
            page("/v2/search", [("category", pick(&names.categories, n))]).within(names, 365 * DAY)
        },
    },
    Shape {
        name: "page: search, a busy user, a year",
        ask: |names, n| {
            page("/v2/search", [("user", pick(&names.users, n))]).within(names, 365 * DAY)
        },
    },
    Shape {
        name: "page: search, a busy package",
        ask: |names, n| page("/v2/search", [("package", pick(&names.packages, n))]),
    },
    Shape {
        name: "page: search, a busy user but not a busy package, 90 days",
        ask: |names, n| {
            let filters = [
                ("user", pick(&names.users, n)),
                ("not_package", pick(&names.packages, n)),
            ];
            page("/v2/search", filters).within(names, 90 * DAY)
        },
    },
    Shape {
        name: "page: home",
        ask: |_, _| page("/", []),
    },
    Shape {
        name: "page: topics",
        ask: |_, _| page("/topics/", []),
    },
    Shape {
        name: "page: packages, users",
        ask: |_, n| page(["/packages/", "/users/"][n % 2], []),
    },
    Shape {
        name: "page: message",
        ask: |names, n| page("/v2/id", [("id", pick(&names.ids, n))]),
    },
    Shape {
        name: "page: a busy package",
        ask: |names, n| named("packages", &names.packages, n),
    },
    Shape {
        name: "page: a busy user",
        ask: |names, n| named("users", &names.users, n),
    },
    Shape {
        name: "page: a busy topic",
        ask: |names, n| named("topics", &names.topics, n),
    },
    Shape {
        name: "page: a busy category",
        ask: |names, n| named("categories", &names.categories, n),
    },
];

/// The page of a name.
fn named(kind: &str, names: &[String], n: usize) -> Question {
    let mut question = page("/", []);
    question.path = format!("/{kind}/{}", pick(names, n)).into();
    question
}

fn page<const N: usize>(path: &'static str, parameters: [(&'static str, String); N]) -> Question {
    let mut question = get(path, parameters);
    question.parameters.push(("format", "html".to_owned()));
    question
}
