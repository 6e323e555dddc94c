//! Whether a build or an update may pass the gate (Greenwave). It tells decisions that changed.

use crate::json::{Value, json};

use super::ci;
use super::item::{Case, Item};
use crate::event::{Event, Schema};
use crate::scene::Scene;

/// The contexts in which Bodhi asks.
pub(crate) const PUSH_TESTING: &str = "bodhi_update_push_testing";
pub(crate) const PUSH_STABLE: &str = "bodhi_update_push_stable";

/// What is said of the one test that is required.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    Missing,
    Failed,
    Passed,
    Waived,
}

/// In what context something is decided, and for which product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) context: &'a str,
    pub(crate) product: &'a str,
}

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let product = build.made_for.product();
    let verdict = scene.random.pick(&[
        Verdict::Missing,
        Verdict::Failed,
        Verdict::Passed,
        Verdict::Passed,
    ]);
    let context = scene.random.pick(&[PUSH_TESTING, PUSH_STABLE]);
    let asked = Asked {
        context,
        product: &product,
    };
    if scene.random.percent(50) {
        return decided(
            scene,
            Item::Build(&build.nvr()),
            &ci::TIER0.into(),
            asked,
            verdict,
        );
    }
    let (alias, case) = (scene.alias(build.made_for), Case::of_update(scene));
    decided(scene, Item::Update(&alias), &case, asked, verdict)
}

/// A decision about an item, which needs one test.
pub(crate) fn decided(
    scene: &mut Scene,
    item: Item,
    case: &Case,
    asked: Asked,
    verdict: Verdict,
) -> Event {
    let required = requirement(scene, item, case, verdict);
    let (satisfied, unsatisfied) = match verdict {
        Verdict::Passed | Verdict::Waived => (json!([required]), json!([])),
        Verdict::Missing | Verdict::Failed => (json!([]), json!([required])),
    };
    let summary = match verdict {
        Verdict::Passed | Verdict::Waived => {
            "All required tests (1 total) have passed or been waived"
        }
        Verdict::Missing => "Of 1 required test, 1 result missing",
        Verdict::Failed => "Of 1 required test, 1 test failed",
    };
    let passes = matches!(verdict, Verdict::Passed | Verdict::Waived);
    let (kind, name) = (item.kind(), item.name());
    let previous = match verdict {
        // What was missing was never decided about.
        Verdict::Missing => Value::Null,
        _ => before(scene, item, case),
    };
    let mut body = json!({
        "policies_satisfied": passes,
        "summary": summary,
        "satisfied_requirements": satisfied,
        "unsatisfied_requirements": unsatisfied,
        "applicable_policies": ["kojibuild_bodhipush_remoterule"],
        "subject_type": kind,
        "subject_identifier": name,
        "subject": [{"type": kind, "item": name}],
        "decision_context": asked.context,
        "product_version": asked.product,
        "previous": previous,
    });
    if let Verdict::Waived = verdict {
        body["testcase"] = case.name.as_str().into();
    }
    Event::new("greenwave.decision.update", Schema::BASE, body)
}

/// The decision of before, of which as much is told as of the new one.
fn before(scene: &mut Scene, item: Item, case: &Case) -> Value {
    json!({
        "policies_satisfied": false,
        "summary": "Of 1 required test, 1 result missing",
        "satisfied_requirements": [],
        "unsatisfied_requirements": [requirement(scene, item, case, Verdict::Missing)],
        "applicable_policies": ["kojibuild_bodhipush_remoterule"],
    })
}

fn requirement(scene: &mut Scene, item: Item, case: &Case, verdict: Verdict) -> Value {
    let kind = match verdict {
        Verdict::Missing => "test-result-missing",
        Verdict::Failed => "test-result-failed",
        Verdict::Passed => "test-result-passed",
        Verdict::Waived => "test-result-failed-waived",
    };
    let (subject, name) = (item.kind(), item.name());
    let mut requirement = json!({
        "type": kind,
        "testcase": case.name,
        "subject_type": subject,
        "subject_identifier": name,
        "source": null,
        "scenario": case.scenario,
    });
    match verdict {
        Verdict::Missing => requirement["item"] = json!({"type": subject, "item": name}),
        _ => requirement["result_id"] = scene.random.between(40_000_000, 60_000_000).into(),
    }
    requirement
}
