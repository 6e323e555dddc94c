//! Whether an update may pass the gate (Greenwave).

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::Scene;

const TESTS: [&str; 6] = [
    "update.base_selinux",
    "update.desktop_browser",
    "update.server_cockpit_default",
    "fedora-ci.koji-build.rpminspect.static-analysis",
    "fedora-ci.koji-build.installability.functional",
    "update.installer_build",
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let subject = format!("FEDORA-{}-{}", scene.now.format("%Y"), scene.random.hex(10));
    let satisfied = requirements(scene, "test-result-passed", &subject);
    let unsatisfied = requirements(scene, "test-result-missing", &subject);
    let passed = unsatisfied.is_empty();
    let total = satisfied.len() + unsatisfied.len();
    let summary = match passed {
        true => format!("All {total} required tests passed"),
        false => format!("{} of {total} required tests not found", unsatisfied.len()),
    };
    let body = json!({
        "decision_context": "bodhi_update_push_stable",
        "product_version": format!("fedora-{}", scene.fedora()),
        "subject_type": "bodhi_update",
        "subject_identifier": subject,
        "policies_satisfied": passed,
        "applicable_policies": ["bodhi_update_push_stable_critical-path-base"],
        "summary": summary,
        "satisfied_requirements": satisfied,
        "unsatisfied_requirements": unsatisfied,
        "previous": {"policies_satisfied": false, "summary": "no test results found", "unsatisfied_requirements": []},
    });
    Event::new("greenwave.decision.update", Schema::BASE, body)
}

fn requirements(scene: &mut Scene, kind: &str, subject: &str) -> Vec<Value> {
    let count = scene.random.between(0, 6);
    (0..count)
        .map(|_| {
            let id = scene.random.between(30_000_000, 60_000_000);
            json!({"type": kind, "testcase": scene.random.pick(&TESTS), "result_id": id,
                "scenario": "fedora.updates-server.x86_64.64bit", "subject_type": "bodhi_update",
                "subject_identifier": subject, "item": {"type": "bodhi_update", "item": subject},
                "source": "https://pagure.io/fedora-ci/policies/raw/main/f/critical-path.yaml", "error_reason": null})
        })
        .collect()
}
