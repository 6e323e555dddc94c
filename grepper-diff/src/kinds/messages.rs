//! Lists of messages, and values in them.

use crate::comparison::lists::{self, ROWS};
use crate::comparison::spot::{Case, Spot};
use crate::json::Json;
use crate::target::{Endpoint, Target};

/// The echo of what was asked has two members less.
pub fn no_agents(case: &Case, spot: &Spot) -> bool {
    let given = match spot.place.as_str() {
        "arguments.agents" => case.question.target.all("agent"),
        "arguments.not_agents" => case.question.target.all("not_agent"),
        _ => return false,
    };
    let echo = Json::Array(given.into_iter().map(Json::Text).collect());
    spot.old.is_none() && spot.new.as_ref() == Some(&echo)
}

/// Anywhere in a message.
pub fn not_finite(_: &Case, spot: &Spot) -> bool {
    matches!(
        (&spot.old, &spot.new),
        (Some(Json::NotFinite(_)), Some(Json::Null))
    )
}

/// A float within a body, which datanommer read and wrote anew.
pub fn numbers_as_sent(_: &Case, spot: &Spot) -> bool {
    let (Some(Json::Number(old)), Some(Json::Number(new))) = (&spot.old, &spot.new) else {
        return false;
    };
    let is_in_body = ["msg", "body"].iter().any(|body| {
        let rest = spot.in_message().strip_prefix(body);
        rest.is_some_and(|rest| rest.starts_with(['.', '[']))
    });
    let written = |float: f64| pythonic::number::python_float(float);
    // Integers are exact in both.
    let is_float = new.contains(['.', 'e', 'E']);
    is_in_body && is_float && new.parse().map(written).as_ref() == Ok(old)
}

/// Both pages are empty, and datagrepper counts what is on its page.
pub fn total_past_the_end(case: &Case, spot: &Spot) -> bool {
    let number = |value: Option<&Json>| value.and_then(Json::number);
    let rows = rows_per_page(&case.question.target);
    spot.place == "total"
        && number(spot.old.as_ref()) == Some(0.0)
        && number(spot.new.as_ref()).is_some_and(|total| (1.0..=rows).contains(&total))
        && case
            .question
            .target
            .first("page")
            .is_some_and(|page| page != "1")
        && [case.old_member("pages"), case.new_member("pages")]
            .iter()
            .all(|pages| number(*pages) == Some(1.0))
        && case.old_messages().is_empty()
        && case.new_messages().is_empty()
}

/// The first page of `/raw`: without the messages that have no agent, grepper's begins as datagrepper's does, and it counts more.
pub fn without_agent(case: &Case, spot: &Spot) -> bool {
    if !shows_agents(&case.question.target)
        || !["total", "pages", "count", ROWS].contains(&&*spot.place)
    {
        return false;
    }
    let new = case.new_messages();
    let has_agent = |message: &&Json| {
        message
            .get("agent_name")
            .is_some_and(|agent| *agent != Json::Null)
    };
    let with_agent: Vec<_> = new.iter().filter(has_agent).map(lists::id).collect();
    let old: Vec<_> = case.old_messages().iter().map(lists::id).collect();
    let number = |member: Option<&Json>| member.and_then(Json::number).unwrap_or(-1.0);
    let total = number(case.new_member("total"));
    let rows = rows_per_page(&case.question.target);
    let is_whole = (new.len() as f64) < rows;
    let counts = total > number(case.old_member("total"))
        && (!is_whole || total == new.len() as f64 && with_agent == old)
        && number(case.new_member("pages")) == (total / rows).ceil()
        && number(case.new_member("count")) == new.len() as f64;
    counts && with_agent.len() < new.len() && old.starts_with(&with_agent)
}

/// As asked, or by default.
pub fn rows_per_page(target: &Target) -> f64 {
    let rows = target
        .first("rows_per_page")
        .and_then(|rows| pythonic::number::parse_int(&rows));
    rows.unwrap_or(25) as f64
}

/// Whether messages without an agent can be seen in the answer, from the first on.
pub fn shows_agents(target: &Target) -> bool {
    let first = target.first("page").is_none_or(|page| page == "1");
    target.has("not_agent") && target.endpoint() == Endpoint::Raw && first
}
