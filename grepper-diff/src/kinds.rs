//! The differences that are known: where datagrepper's reference names its answer a bug or a quirk, and grepper's is another on purpose.
//!
//! This table is the one place that knows them. Each kind is as narrow as can be: what it does not explain completely stays
//! unexplained. Some kinds cannot be seen in answers, as they change what was asked; these say how to ask so that both
//! services understand the same, and then all must be equal.

mod chart;
mod failures;
mod forms;
mod harm;
pub mod kind;
mod messages;
mod meta;
mod names;
mod received;
mod refusals;
mod ties;
mod times;
mod wording;

#[cfg(test)]
mod tests;

use crate::comparison::spot::{Case, Spot};
use crate::kinds::kind::Class::{Bug, Improvement, Quirk};
use crate::kinds::kind::Test::{Both, Completes, Explains, Harms, Rephrases};
use crate::kinds::kind::{Class, Kind, Proof, Targets, Test};
use crate::target::Target;

/// All of them, in the order in which they are tried and told.
pub static KINDS: &[Kind] = &[
    kind(
        "bad-time",
        Bug,
        "fails with 500 for what is no time; 400 that names the parameter",
        Explains(refusals::bad_time),
    ),
    kind(
        "bad-number",
        Bug,
        "fails with 500 for what is no number of a page; 400 that names the parameter",
        Explains(refusals::bad_number),
    ),
    kind(
        "bad-meta",
        Bug,
        "fails with 500 for an unknown `meta`, and only if something matches; always 400",
        Explains(refusals::bad_meta),
    ),
    kind(
        "bad-size",
        Bug,
        "fails with 500 for an unknown `size` of a message; 400",
        Explains(refusals::bad_size),
    ),
    kind(
        "bad-chart",
        Bug,
        "fails with 500 for bad parameters of a chart; 400",
        Explains(refusals::bad_chart),
    ),
    kind(
        "nul",
        Bug,
        "fails with 500 for NUL characters; 400",
        Explains(refusals::nul),
    ),
    kind(
        "bad-callback",
        Bug,
        "puts any text before the answer as `callback`; 400 unless it is a name",
        Explains(refusals::bad_callback),
    ),
    kind(
        "partial-date",
        Quirk,
        "takes what a date lacks from today; 400",
        Explains(refusals::partial_date),
    ),
    kind(
        "unknown-zone",
        Bug,
        "ignores the names of zones; 400",
        Explains(refusals::unknown_zone),
    ),
    kind(
        "failed",
        Bug,
        "fails with 500; answers",
        Explains(failures::failed),
    ),
    kind(
        "gave-up",
        Improvement,
        "was cut off, by its server or a proxy, before it could answer; answers",
        Explains(failures::gave_up),
    ),
    kind(
        "type-as-asked",
        Bug,
        "sends JSON with the type that was asked for, even as `text/html`; `application/json`",
        Explains(forms::type_as_asked),
    ),
    kind(
        "refusal-as-json",
        Quirk,
        "refuses with a page; with JSON",
        Explains(forms::refusal_as_json),
    ),
    kind(
        "refusal-says-more",
        Quirk,
        "says only `not_found`; also what would be allowed",
        Explains(forms::refusal_says_more),
    ),
    kind(
        "redirect-without-host",
        Improvement,
        "redirects to the host that the request named; to the path alone",
        Explains(forms::redirect_without_host),
    ),
    kind(
        "widget-names",
        Bug,
        "the widget asks for other names than it shows; shows what it asked for",
        Explains(forms::widget_names),
    ),
    kind(
        "estimated-count",
        Quirk,
        "`/messagecount` may be an estimate; is exact (only taken for it within 1 %)",
        Explains(forms::estimated_count),
    ),
    kind(
        "no-agents",
        Improvement,
        "release 1.1.0 does not know agents, and does not repeat them in `arguments`; does",
        Explains(messages::no_agents),
    ),
    kind(
        "format-ignored",
        Improvement,
        "ignores `format`; answers in that form, or 400",
        Rephrases(wording::named_format),
    ),
    kind(
        "agent-ignored",
        Improvement,
        "release 1.1.0 ignores `agent` and `not_agent`; filters",
        Rephrases(wording::agent_ignored),
    ),
    kind(
        "not-finite",
        Bug,
        "sends `NaN` and `Infinity`, which are not JSON; `null`",
        Explains(messages::not_finite),
    ),
    kind(
        "numbers-as-sent",
        Quirk,
        "datanommer writes a float of a body as Python does; as it was sent",
        Explains(messages::numbers_as_sent),
    ),
    kind(
        "total-past-the-end",
        Bug,
        "`total` is 0 past the end of a single page; stays",
        Explains(messages::total_past_the_end),
    ),
    kind(
        "tie-order",
        Quirk,
        "messages with equal times have no order; a fixed one",
        Completes(ties::order, ties::MOMENTS),
    ),
    kind(
        "received-at",
        Quirk,
        "a message without `sent-at` has the time at which datanommer received it; at which nommer did",
        Completes(received::time, received::MESSAGES),
    ),
    kind(
        "names-from-rules",
        Improvement,
        "datanommer finds no user, package and agent where it lacks the message's schema package; what rules and headers say",
        Completes(names::from_rules, names::TOPICS),
    ),
    kind(
        "not-agent-without-agent",
        Bug,
        "`not_agent` drops messages without an agent; keeps them",
        Both(messages::without_agent, wording::not_agent),
    ),
    kind(
        "id-twice",
        Quirk,
        "any of several messages with one id; the newest",
        Rephrases(wording::id_twice),
    ),
    kind(
        "meta-from-rules",
        Improvement,
        "`meta` is empty, the topic or the whole message without schema packages; what rules, headers and tables say",
        Explains(meta::from_rules),
    ),
    kind(
        "meta-names",
        Quirk,
        "`meta` names users and packages in any order and several times; sorted, each once",
        Explains(meta::names),
    ),
    kind(
        "meta-text-headers",
        Bug,
        "`meta=text` shows made-up headers; the stored ones",
        Explains(meta::text_headers),
    ),
    kind(
        "meta-sent-at",
        Bug,
        "`meta` adds a `sent-at` to headers; does not",
        Explains(meta::added_sent_at),
    ),
    kind(
        "start-zero",
        Bug,
        "`start=0` or `end=0` drops the filter of time; filters",
        Rephrases(times::zero),
    ),
    kind(
        "end-alone",
        Bug,
        "`end` alone is ignored where the site has no default span; filters",
        Rephrases(times::end_alone),
    ),
    kind(
        "plus-in-time",
        Bug,
        "an offset whose `+` was not escaped replaces the time of day; is an offset",
        Rephrases(times::plus),
    ),
    kind(
        "contains-wildcards",
        Bug,
        "`%`, `_` and `\\` are wildcards in `contains`, and what is beyond ASCII is never found; all characters are literal",
        Rephrases(wording::literal),
    ),
    kind(
        "chart-edges",
        Bug,
        "counts messages on the edge of two spans twice, and may lack a span; once, and always `N`",
        Rephrases(chart::between_messages),
    ),
    kind(
        "chart-without-span",
        Bug,
        "a chart with `start` = `end` hangs the server; 400",
        Harms(harm::no_span),
    ),
    kind(
        "chart-too-narrow",
        Bug,
        "a chart of 10 pixels or less hangs the server; is drawn with at least 50",
        Harms(harm::narrow),
    ),
    kind(
        "rows-without-end",
        Quirk,
        "`rows_per_page=0` sends everything at once; 400",
        Harms(harm::all_rows),
    ),
];

const fn kind(id: &'static str, class: Class, words: &'static str, test: Test) -> Kind {
    Kind {
        id,
        class,
        words,
        test,
    }
}

/// The kind that explains the difference in this place.
pub fn explaining(case: &Case, spot: &Spot) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| match kind.test {
        Explains(explains) | Both(explains, _) | Completes(explains, _) => explains(case, spot),
        Rephrases(_) | Harms(_) => false,
    })
}

/// How to ask so that both understand the same, and the kinds that make it necessary; `None` where there are none.
pub fn rephrased(case: &Case) -> Option<(Targets, Vec<&'static Kind>)> {
    let plain = Targets::both(case.question.target.clone());
    let (mut targets, mut kinds) = (plain, Vec::new());
    for kind in KINDS {
        let (Rephrases(rephrase) | Both(_, rephrase)) = kind.test else {
            continue;
        };
        if let Some(better) = rephrase(case, &targets).filter(|better| *better != targets) {
            targets = better;
            kinds.push(kind);
        }
    }
    (!kinds.is_empty()).then_some((targets, kinds))
}

/// What to ask beside, to see whether a kind explains these places, too.
pub struct Completion {
    pub kind: &'static Kind,
    pub proof: Proof,
    pub parts: Vec<Targets>,
}

/// What to ask where `unknown` is left; `None` where no kind may explain it. `targets` is what was asked.
pub fn completed(case: &Case, targets: &Targets, unknown: &[Spot]) -> Option<Completion> {
    KINDS.iter().find_map(|kind| {
        let Completes(_, proof) = kind.test else {
            return None;
        };
        let explains = |spot: &Spot| proof.places.contains(&spot.shape().as_str());
        if !unknown.iter().all(explains) {
            return None;
        }
        let parts = (proof.parts)(case, targets);
        (!parts.is_empty()).then_some(Completion { kind, proof, parts })
    })
}

/// The kind by which the question would harm datagrepper.
pub fn harmful(target: &Target) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| matches!(kind.test, Harms(harms) if harms(target)))
}
