//! The shapes of requests: what clients ask for, with other values in each request.

use std::borrow::Cow;

use crate::history::names::Names;

/// A request and the status of its answer.
#[derive(Clone, Debug)]
pub struct Question {
    pub path: Cow<'static, str>,
    pub parameters: Vec<(&'static str, String)>,
    pub status: u16,
}

/// A kind of request.
#[derive(Clone, Copy)]
pub struct Shape {
    pub name: &'static str,
    pub(super) ask: fn(&Names, usize) -> Question,
}

impl Shape {
    /// The `n`-th request of this shape.
    pub fn question(&self, names: &Names, n: usize) -> Question {
        (self.ask)(names, n)
    }
}

/// All shapes that one client asks, in the order of the report.
pub const SHAPES: &[Shape] = &[
    Shape {
        name: "nothing: is it alive?",
        ask: |_, _| alive(),
    },
    Shape {
        name: "no filter",
        ask: |_, _| raw([]),
    },
    Shape {
        name: "no filter, oldest first",
        ask: |_, _| raw([("order", "asc".to_owned())]),
    },
    Shape {
        name: "no filter, 100 rows",
        ask: |_, _| raw([("rows_per_page", "100".to_owned())]),
    },
    Shape {
        name: "no filter, page 1,000",
        ask: |names, _| raw([("page", pages(names).min(1000).to_string())]),
    },
    Shape {
        name: "no filter, page 100,000",
        ask: |names, _| raw([("page", pages(names).min(100_000).to_string())]),
    },
    Shape {
        name: "no filter, last page",
        ask: |names, _| raw([("page", pages(names).to_string())]),
    },
    Shape {
        name: "busy topic",
        ask: |names, n| raw([("topic", pick(&names.topics, n))]),
    },
    Shape {
        name: "rare topic",
        ask: |names, n| raw([("topic", pick(&names.rare_topics, n))]),
    },
    Shape {
        name: "busy category",
        ask: |names, n| raw([("category", pick(&names.categories, n))]),
    },
    Shape {
        name: "busy user",
        ask: |names, n| raw([("user", pick(&names.users, n))]),
    },
    Shape {
        name: "busy user, 60 days",
        ask: |names, n| raw([("user", pick(&names.users, n))]).within(names, 60 * DAY),
    },
    Shape {
        name: "busy package",
        ask: |names, n| raw([("package", pick(&names.packages, n))]),
    },
    Shape {
        name: "busy user and busy package",
        ask: |names, n| {
            raw([
                ("user", pick(&names.users, n)),
                ("package", pick(&names.packages, 7 * n)),
            ])
        },
    },
    Shape {
        name: "five users, 60 days",
        ask: |names, n| {
            raw([0, 3, 7, 11, 13].map(|m| ("user", pick(&names.users, n + m))))
                .within(names, 60 * DAY)
        },
    },
    Shape {
        name: "rare user and category, 60 days",
        ask: rare,
    },
    Shape {
        // So that pages are full in small archives, too: a row takes its time.
        name: "rare user and category, 60 days, 10 rows",
        ask: |names, n| {
            let mut rare = rare(names, n);
            rare.parameters.push(("rows_per_page", "10".to_owned()));
            rare
        },
    },
    Shape {
        name: "not a category, 60 days",
        ask: |names, n| raw([("not_category", pick(&names.categories, n))]).within(names, 60 * DAY),
    },
    Shape {
        name: "contains a common word, in a category, 30 days",
        ask: |names, n| {
            let words = ["fedora", "build", "version", "status", "fc43", "owner"];
            raw([
                ("contains", words[n % words.len()].to_owned()),
                ("category", pick(&names.categories, n)),
            ])
            .within(names, 30 * DAY)
        },
    },
    Shape {
        name: "contains what is nowhere, in a category, 30 days",
        ask: |names, n| {
            raw([
                ("contains", format!("nowhere to be found {n}")),
                ("category", pick(&names.categories, n)),
            ])
            .within(names, 30 * DAY)
        },
    },
    Shape {
        name: "with summaries and links, 30 days",
        ask: |names, _| {
            let meta = ["summary", "url", "app_icon", "agent_avatar", "date"];
            raw(meta.map(|meta| ("meta", meta.to_owned()))).within(names, 30 * DAY)
        },
    },
    Shape {
        name: "topic, 3 days",
        ask: |names, n| raw([("topic", pick(&names.topics, n))]).within(names, 3 * DAY),
    },
    Shape {
        name: "by id",
        ask: |names, n| get("/id", [("id", pick(&names.ids, n))]),
    },
    Shape {
        name: "by unknown id",
        ask: |_, n| Question {
            status: 404,
            ..get("/id", [("id", format!("00000000-0000-4000-8000-{n:012}"))])
        },
    },
    Shape {
        name: "message count",
        ask: |_, _| get("/messagecount", []),
    },
    Shape {
        name: "chart of three categories, a year",
        ask: |names, n| {
            let categories = [0, 1, 2].map(|m| ("category", pick(&names.categories, n + m)));
            let mut chart = get("/charts/line", categories).within(names, 365 * DAY);
            chart.parameters.push(("split_on", "categories".to_owned()));
            chart
        },
    },
];

/// Shapes that only a server of messages with subjects answers.
pub const OF_SUBJECTS: &[Shape] = &[
    Shape {
        name: "a build",
        ask: |names, n| raw([("subject", pick(&names.builds, n))]),
    },
    Shape {
        name: "a build and a category",
        ask: |names, n| {
            raw([
                ("subject", pick(&names.builds, n)),
                ("category", "buildsys".to_owned()),
            ])
        },
    },
    Shape {
        name: "busy package as subject",
        ask: |names, n| raw([("subject", component(names, n))]),
    },
    Shape {
        name: "busy package as subject, page 100",
        ask: |names, n| raw([("subject", component(names, n)), ("page", "100".to_owned())]),
    },
    Shape {
        name: "busy package as subject, and a busy user",
        ask: |names, n| {
            raw([
                ("subject", component(names, 7 * n)),
                ("user", pick(&names.users, n)),
            ])
        },
    },
    Shape {
        name: "all but a build",
        ask: |names, n| raw([("not_subject", pick(&names.builds, n))]),
    },
    Shape {
        name: "chart of three packages as subjects, a year",
        ask: |names, n| {
            let packages = [0, 1, 2].map(|m| ("subject", component(names, n + m)));
            let mut chart = get("/charts/line", packages).within(names, 365 * DAY);
            chart.parameters.push(("split_on", "subjects".to_owned()));
            chart
        },
    },
];

/// Shapes of counting by groups, and of names, which the incumbent does not answer.
pub const OF_GROUPS: &[Shape] = &[
    Shape {
        name: "a year by topic",
        ask: |names, _| by(["topic"], []).within(names, 365 * DAY),
    },
    Shape {
        name: "the 20 busiest packages of 30 days",
        ask: |names, _| by(["package"], [("limit", "20".to_owned())]).within(names, 30 * DAY),
    },
    Shape {
        name: "topics of a category by day, 30 days",
        ask: |names, n| {
            by(["topic", "day"], [("category", pick(&names.categories, n))]).within(names, 30 * DAY)
        },
    },
    Shape {
        name: "users of a category by day, 30 days",
        ask: |names, n| {
            by(["user", "day"], [("category", pick(&names.categories, n))]).within(names, 30 * DAY)
        },
    },
    Shape {
        name: "users by category, 30 days",
        ask: |names, _| by(["user", "category"], []).within(names, 30 * DAY),
    },
    Shape {
        name: "a busy package by week, a year",
        ask: |names, n| {
            by(["week"], [("package", pick(&names.packages, n))]).within(names, 365 * DAY)
        },
    },
    Shape {
        name: "names of packages",
        ask: |names, n| {
            let name = pick(&names.packages, n);
            let typed = name.chars().take(2).collect();
            get(
                "/v2/names",
                [("kind", "package".to_owned()), ("prefix", typed)],
            )
        },
    },
    Shape {
        name: "names of topics",
        ask: |_, n| {
            let typed = [
                "org.",
                "org.fedoraproject.prod.b",
                "ORG.FEDORAPROJECT.PROD.GIT",
            ];
            let typed = typed[n % typed.len()].to_owned();
            get(
                "/v2/names",
                [("kind", "topic".to_owned()), ("prefix", typed)],
            )
        },
    },
];

/// What matches, by groups.
fn by<const G: usize, const N: usize>(
    groups: [&str; G],
    parameters: [(&'static str, String); N],
) -> Question {
    let mut question = get("/v2/aggregate", parameters);
    let groups = groups.map(|group| ("group_by", group.to_owned()));
    question.parameters.extend(groups);
    question
}

fn component(names: &Names, n: usize) -> String {
    format!("package:{}", pick(&names.packages, n))
}

/// The shapes that many clients ask.
pub fn crowded() -> impl Iterator<Item = &'static Shape> {
    let crowded = ["nothing: is it alive?", "topic, 3 days", "by id"];
    SHAPES
        .iter()
        .filter(move |shape| crowded.contains(&shape.name))
}

/// What scripts and people ask most, each with its total.
pub fn ordinary() -> impl Iterator<Item = &'static Shape> {
    let ordinary = [
        "message count",
        "no filter",
        "busy topic",
        "busy user",
        "busy package",
        "busy user and busy package",
        "chart of three categories, a year",
    ];
    let chosen = SHAPES
        .iter()
        .filter(move |shape| ordinary.contains(&shape.name));
    chosen.chain(&TOTALS)
}

const TOTALS: [Shape; 4] = [
    Shape {
        name: "/v2/search, no filter",
        ask: |_, _| get("/v2/search", []),
    },
    Shape {
        name: "/v2/search, busy topic",
        ask: |names, n| get("/v2/search", [("topic", pick(&names.topics, n))]),
    },
    Shape {
        name: "total of a year",
        ask: |names, _| one_row([]).within(names, 365 * DAY),
    },
    Shape {
        name: "total of a year, busy user",
        ask: |names, n| one_row([("user", pick(&names.users, n))]).within(names, 365 * DAY),
    },
];

/// Asks nothing of the database.
pub fn alive() -> Question {
    get("/healthz/live", [])
}

pub(super) const DAY: i64 = 86_400;

fn rare(names: &Names, n: usize) -> Question {
    raw([
        ("user", pick(&names.rare_users, n)),
        ("category", pick(&names.categories, n / 2)),
    ])
    .within(names, 60 * DAY)
}

impl Question {
    /// The last `seconds` of the archive. Fixed and not counted from now, so that all servers and
    /// all repetitions are asked for the same messages.
    pub(super) fn within(mut self, names: &Names, seconds: i64) -> Self {
        self.parameters
            .push(("start", (names.newest - seconds).to_string()));
        self.parameters.push(("end", names.newest.to_string()));
        self
    }
}

fn raw<const N: usize>(parameters: [(&'static str, String); N]) -> Question {
    get("/raw", parameters)
}

/// Little but the total.
fn one_row<const N: usize>(parameters: [(&'static str, String); N]) -> Question {
    let mut question = raw(parameters);
    question.parameters.push(("rows_per_page", "1".to_owned()));
    question
}

pub(super) fn get<const N: usize>(
    path: impl Into<Cow<'static, str>>,
    parameters: [(&'static str, String); N],
) -> Question {
    Question {
        path: path.into(),
        parameters: parameters.into(),
        status: 200,
    }
}

pub(super) fn pick(values: &[String], n: usize) -> String {
    values[n % values.len()].clone()
}

fn pages(names: &Names) -> usize {
    names.total.div_ceil(25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_shapes_exist() {
        assert_eq!(crowded().count(), 3);
        assert_eq!(ordinary().count(), 7 + TOTALS.len());
    }
}
