//! Whom and what messages are about, where datanommer had no schema package that would say.

use crate::comparison::lists::{self, ROWS};
use crate::comparison::spot::{Case, Spot};
use crate::json::Json;
use crate::kinds::kind::{Proof, Targets};
use crate::kinds::messages::rows_per_page;
use crate::kinds::meta::message;
use crate::target::Target;

/// The most messages of a page.
const MOST_ROWS: &str = "100";
/// So many topics are asked for.
const MOST_TOPICS: usize = 25;

/// The first page of a search for users or packages, where grepper finds more.
pub const TOPICS: Proof = Proof {
    places: &[ROWS, "total", "pages", "count"],
    parts: topics,
    shows: are_about_them,
};

/// The filters, and the members of a message that they look at.
const FILTERS: [(&str, &str); 2] = [("user", "users"), ("package", "packages")];

/// A name in the place of none, of a message of which datanommer knew no name at all.
pub fn from_rules(case: &Case, spot: &Spot) -> bool {
    let is_new = match spot.in_message() {
        "users" | "packages" => {
            let texts = |list: &Json| list.items().iter().all(|item| item.text().is_some());
            spot.old
                .as_ref()
                .is_some_and(|old| *old == Json::Array(Vec::new()))
                && spot
                    .new
                    .as_ref()
                    .is_some_and(|new| !new.is_empty() && texts(new))
        }
        "agent_name" | "username" => {
            spot.old == Some(Json::Null)
                && spot.new.as_ref().is_some_and(|new| new.text().is_some())
        }
        _ => false,
    };
    is_new
        && message(case, spot).is_some_and(|old| is_without_names(old) && !knows_schema(case, old))
}

/// Each topic of the messages that only grepper finds, whole.
fn topics(case: &Case, targets: &Targets) -> Vec<Targets> {
    let target = &targets.new;
    let filters = FILTERS.iter().any(|(filter, _)| target.has(filter));
    let is_first = target.first("page").is_none_or(|page| page == "1");
    if !filters || !is_first || !target.is_search() || !counts_fit(case, target) {
        return Vec::new();
    }
    let mut topics: Vec<&str> = only_new(case).filter_map(topic).collect();
    topics.sort_unstable();
    topics.dedup();
    if topics.len() > MOST_TOPICS {
        return Vec::new();
    }
    let other = [
        "user", "package", "category", "topic", "page", "order", "callback", "meta",
    ];
    let whole = |target: &Target| {
        let plain = other
            .iter()
            .fold(target.at("/raw"), |target, name| target.without(name));
        plain.with("rows_per_page", MOST_ROWS)
    };
    let of = |topic: &&str| targets.map(|target| whole(target).and("topic", topic));
    topics.iter().map(of).collect()
}

/// All that only grepper finds is in both archives, with names in its alone, and those that were asked for.
fn are_about_them(case: &Case, parts: &[Case]) -> bool {
    let is_shown = |message: &Json| {
        parts.iter().any(|part| {
            let same = |other: &&Json| lists::id(other) == lists::id(message);
            let old = part.old_messages().iter().find(same);
            let new = part.new_messages().iter().find(same);
            old.is_some_and(is_without_names)
                && new.is_some_and(|new| is_about(new, &case.question.target))
        })
    };
    only_new(case).all(is_shown)
}

/// Whether a message in the form of `/raw` is about what is asked for.
fn is_about(message: &Json, target: &Target) -> bool {
    FILTERS.iter().all(|(filter, member)| {
        let wanted = target.all(filter);
        let names = message.get(member).map_or(&[][..], Json::items);
        let has = |name: &Json| {
            name.text()
                .is_some_and(|name| wanted.iter().any(|one| one == name))
        };
        wanted.is_empty() || names.iter().any(has)
    })
}

/// Without the messages that only grepper finds, its page begins as datagrepper's does, and it counts more.
fn counts_fit(case: &Case, target: &Target) -> bool {
    let number = |member: Option<&Json>| member.and_then(Json::number).unwrap_or(-1.0);
    let (old, new) = (case.old_messages(), case.new_messages());
    let known: Vec<_> = old.iter().map(lists::id).collect();
    let both: Vec<_> = new
        .iter()
        .map(lists::id)
        .filter(|id| known.contains(id))
        .collect();
    let more = new.len() - both.len();
    let (before, after) = (
        number(case.old_member("total")),
        number(case.new_member("total")),
    );
    let rows = rows_per_page(target);
    let is_whole = (new.len() as f64) < rows;
    let is_all = both == known && after - before == more as f64;
    more > 0
        && known.starts_with(&both)
        && after > before
        && (!is_whole || is_all)
        && number(case.new_member("pages")) == (after / rows).ceil()
        && number(case.new_member("count")) == new.len() as f64
}

fn only_new<'a>(case: &'a Case) -> impl Iterator<Item = &'a Json> {
    let known: Vec<_> = case.old_messages().iter().map(lists::id).collect();
    let new = case.new_messages().iter();
    new.filter(move |message| !known.contains(&lists::id(message)))
}

/// Whether a message in the form of `/raw` has neither users nor packages.
fn is_without_names(message: &Json) -> bool {
    let lists = FILTERS.map(|(_, member)| message.get(member));
    lists
        .iter()
        .all(|list| *list == Some(&Json::Array(Vec::new())))
}

/// Whether the old archive knows names in another message of the same schema: then it has what says them.
fn knows_schema(case: &Case, message: &Json) -> bool {
    let schema = schema(message);
    let of_schema = |other: &&Json| schema.is_some() && self::schema(other) == schema;
    let mut same = case.old_messages().iter().filter(of_schema);
    same.any(|other| !is_without_names(other))
}

fn schema(message: &Json) -> Option<&str> {
    message
        .get("headers")?
        .get("fedora_messaging_schema")?
        .text()
}

fn topic(message: &Json) -> Option<&str> {
    message.get("topic")?.text()
}
