//! Messages whose sender gave no time, of which each archive has the time at which it received them.

use crate::comparison::lists::{self, ORDER, ROWS, moment};
use crate::comparison::spot::{Case, Spot};
use crate::json::Json;
use crate::kinds::kind::{Proof, Targets};
use crate::kinds::meta::message;
use crate::target::Target;

/// How far apart two archives may receive a message, in seconds: it waits in the queue of one that is away.
const APART: f64 = 86_400.0;

/// So many messages are asked for one by one.
const MOST: usize = 20;

/// Messages whose form does not tell whose time it is, and those that others push over the edge of a page.
pub const MESSAGES: Proof = Proof {
    places: &[
        ROWS,
        ORDER,
        "raw_messages[].headers.sent-at",
        "headers.sent-at",
    ],
    parts: alone,
    shows: are_received,
};

/// The times of a message as it is stored, and the order of messages that comes of such times.
pub fn time(case: &Case, spot: &Spot) -> bool {
    if spot.place == ORDER {
        let is_received = |message: &Json| is_untimed(newer(case, message));
        return case.old_messages().iter().any(is_received) && others_agree(case, is_received);
    }
    let is_timestamp = spot.in_message() == "timestamp";
    is_timestamp
        && are_near(spot)
        && message(case, spot).is_some_and(|old| is_untimed(newer(case, old)))
}

/// Each message of which the time is in doubt or which only one answer has, by its id.
fn alone(case: &Case, targets: &Targets) -> Vec<Targets> {
    let ids = doubtful(case);
    let is_by_id = targets.new.is_by_id() && case.new_json.is_some();
    let strange = strangers(case);
    let asked = (targets.new.is_search() || is_by_id) && ids.len() + strange.len() <= MOST;
    let is_cut = strange.len() == 2 * in_old_only(case).len();
    let is_apart = |message: &Json| {
        is_in(message, &ids) || is_in(message, &strange) || is_untimed(newer(case, message))
    };
    if !asked || !is_cut || !others_agree(case, is_apart) {
        return Vec::new();
    }
    let all = ids.into_iter().chain(strange);
    all.map(|id| Targets::both(Target::new("/id").and("id", &id)))
        .collect()
}

/// All that are in doubt have no time of their senders, and at least one that is asked for.
fn are_received(case: &Case, parts: &[Case]) -> bool {
    let ids = doubtful(case);
    let is_received = |part: &Case| {
        let both = part.old_json.as_ref().zip(part.new_json.as_ref());
        both.is_some_and(|(old, new)| is_untimed(Some(old)) && is_untimed(Some(new)))
    };
    let is_there = |part: &Case| {
        part.new_json
            .as_ref()
            .is_some_and(|new| lists::id(new).is_some())
    };
    let is_right = |part: &Case| {
        let in_doubt = part.new_json.as_ref().is_some_and(|new| is_in(new, &ids));
        is_there(part) && (!in_doubt || is_received(part))
    };
    parts.iter().all(is_right) && parts.iter().any(is_received)
}

/// The ids of messages of which both answers tell other times, in a form that makes a time up where there is none.
fn doubtful(case: &Case) -> Vec<String> {
    let alone = case
        .old_json
        .iter()
        .filter(|json| lists::id(json).is_some());
    let all = case.old_messages().iter().chain(alone);
    let differ = |message: &&Json| {
        let times = moment(message).zip(newer(case, message).and_then(moment));
        times.is_some_and(|(old, new)| old != new && (old - new).abs() <= APART)
    };
    texts(all.filter(differ))
}

/// The ids of messages that only one answer has.
fn strangers(case: &Case) -> Vec<String> {
    let mut ids = in_old_only(case);
    let known = texts(case.old_messages().iter());
    let only_new = texts(case.new_messages().iter()).into_iter();
    ids.extend(only_new.filter(|id| !known.contains(id)));
    ids
}

fn in_old_only(case: &Case) -> Vec<String> {
    let known = texts(case.new_messages().iter());
    let mut ids = texts(case.old_messages().iter());
    ids.retain(|id| !known.contains(id));
    ids
}

/// Whether all but some messages have the same times, place by place.
fn others_agree(case: &Case, is_left_out: impl Fn(&Json) -> bool) -> bool {
    let times = |messages: &[Json]| -> Option<Vec<f64>> {
        let others = messages.iter().filter(|message| !is_left_out(message));
        // datagrepper makes headers up where `meta` is asked.
        others
            .map(|message| moment(newer(case, message)?))
            .collect()
    };
    let (old, new) = (times(case.old_messages()), times(case.new_messages()));
    old.is_some() && old == new
}

/// Whether a message as it is stored has headers, and among them no time.
fn is_untimed(message: Option<&Json>) -> bool {
    let headers = message.and_then(|message| message.get("headers"));
    let Some(headers @ Json::Object(_)) = headers else {
        return false;
    };
    match headers.get("sent-at") {
        None | Some(Json::Null) => true,
        Some(sent_at) => sent_at.text() == Some(""),
    }
}

fn are_near(spot: &Spot) -> bool {
    let number = |value: &Option<Json>| value.as_ref().and_then(Json::number);
    let times = number(&spot.old).zip(number(&spot.new));
    times.is_some_and(|(old, new)| (old - new).abs() <= APART)
}

/// A message as the new answer has it.
fn newer<'a>(case: &'a Case, message: &Json) -> Option<&'a Json> {
    let mut all = case.new_messages().iter().chain(&case.new_json);
    all.find(|new| lists::id(new).is_some() && lists::id(new) == lists::id(message))
}

fn texts<'a>(messages: impl Iterator<Item = &'a Json>) -> Vec<String> {
    let ids = messages.filter_map(|message| lists::id(message)?.text());
    ids.map(str::to_owned).collect()
}

fn is_in(message: &Json, ids: &[String]) -> bool {
    let id = lists::id(message).and_then(Json::text);
    id.is_some_and(|id| ids.iter().any(|one| one == id))
}
