//! Greenwave: decisions, which are sent when they change.

use serde_json::Value;

use super::fields::{List, Text, body, of};
use super::records::item;
use crate::event::{Decision, Event};
use crate::word::Word;

body!(DecisionBody {
    subject_type: Text,
    subject_identifier: Text,
    subject: List<DecisionSubject>,
    decision_context: Text,
    product_version: Text,
    policies_satisfied: bool,
    satisfied_requirements: List<Requirement>,
    unsatisfied_requirements: List<Requirement>,
});
body!(DecisionSubject {
    #[serde(rename = "type")]
    kind: Text,
    item: Text,
    original_spec_nvr: Text,
});
body!(Requirement {
    #[serde(rename = "type")]
    kind: Text,
    result_id: Text,
});

/// What a message of greenwave says; `rest` is its topic after `greenwave.`.
pub(crate) fn read(rest: &str, body: &Value) -> Option<Event> {
    if rest != "decision.update" {
        return None;
    }
    let body: DecisionBody = of(body);
    let word = word(&body);
    let mut items = if body.subject_type.as_str().is_empty() {
        let listed = body.subject.0.into_iter();
        listed
            .filter_map(|subject| {
                item(
                    subject.kind.as_str(),
                    subject.item,
                    subject.original_spec_nvr,
                )
            })
            .collect()
    } else {
        let single = item(
            body.subject_type.as_str(),
            body.subject_identifier,
            Text::default(),
        );
        Vec::from_iter(single)
    };
    items.sort();
    items.dedup();
    (!items.is_empty()).then(|| {
        Event::Decision(Decision {
            items,
            context: body.decision_context.as_str().to_owned(),
            product: body.product_version.as_str().to_owned(),
            word,
        })
    })
}

/// What was decided: by the kinds of requirements, as the summary is prose.
fn word(body: &DecisionBody) -> Word {
    let any = |list: &List<Requirement>, check: fn(&Requirement) -> bool| list.0.iter().any(check);
    if body.policies_satisfied {
        let met = &body.satisfied_requirements;
        if any(met, |one| one.kind.as_str().ends_with("-waived")) {
            Word::Waived
        } else if any(met, |one| one.kind.as_str() == "test-result-passed") {
            Word::Passed
        } else {
            Word::None
        }
    } else {
        let missed = &body.unsatisfied_requirements;
        if missed.0.is_empty() || any(missed, |one| one.kind.as_str() != "test-result-missing") {
            Word::Failed
        } else if any(missed, |one| !one.result_id.as_str().is_empty()) {
            Word::Running
        } else {
            Word::Waiting
        }
    }
}
