//! Bodhi's idea of an update, which most of its messages carry whole.

use crate::json::{Value, json};

use crate::scene::{Build, Scene, plain_time};

/// An update, and what messages about it need to know.
pub(super) struct Update {
    pub(super) alias: String,
    pub(super) owner: String,
    pub(super) packages: Vec<String>,
    pub(super) body: Value,
}

pub(super) fn update(scene: &mut Scene) -> Update {
    let first = scene.build();
    let owner = first.owner.clone();
    let mut builds = vec![first];
    while builds.len() < 12 && scene.random.percent(25) {
        builds.push(scene.build());
    }
    let version = scene.fedora();
    let alias = format!("FEDORA-{}-{}", scene.now.format("%Y"), scene.random.hex(10));
    let titles: Vec<String> = builds.iter().map(Build::nvr).collect();
    let submitted = scene.past(14);
    let body = json!({
        "alias": alias,
        "title": titles.join(" "),
        "builds": builds.iter().map(build).collect::<Vec<_>>(),
        "user": user(&owner),
        "status": scene.random.pick(&["pending", "testing", "stable", "obsolete"]),
        "request": scene.random.pick(&[None, Some("testing"), Some("stable")]),
        "type": scene.random.pick(&["bugfix", "enhancement", "security", "newpackage"]),
        "severity": scene.random.pick(&["unspecified", "low", "medium", "high", "urgent"]),
        "suggest": "unspecified",
        "notes": scene.text(3),
        "karma": scene.random.between(0, 6) as i64 - 2,
        "stable_karma": 3,
        "unstable_karma": -3,
        "autokarma": scene.random.percent(60),
        "autotime": true,
        "stable_days": 7,
        "critpath": scene.random.percent(15),
        "locked": false,
        "pushed": scene.random.percent(60),
        "close_bugs": true,
        "require_bugs": false,
        "require_testcases": false,
        "requirements": "",
        "meets_testing_requirements": scene.random.percent(50),
        "from_tag": null,
        "locked_date": null,
        "compose": null,
        "test_cases": test_cases(scene),
        "version_hash": scene.random.hex(40),
        "display_name": "",
        "date_submitted": plain_time(submitted),
        "date_modified": plain_time(scene.now),
        "date_pushed": null,
        "date_testing": plain_time(submitted),
        "date_stable": null,
        "date_approved": null,
        "critpath_groups": if scene.random.percent(15) { "core critical-path-base" } else { "" },
        "greenwave_summary": "All required tests passed",
        "product_version": format!("fedora-{version}"),
        "greenwave_subject_type": "bodhi_update",
        "greenwave_unsatisfied_requirements": unsatisfied(scene),
        "release": release(version),
        "bugs": bugs(scene),
        "comments": comments(scene),
        "test_gating_status": scene.random.pick(&["passed", "waiting", "failed", "ignored"]),
        "content_type": "rpm",
        "url": format!("https://bodhi.fedoraproject.org/updates/{alias}"),
    });
    let packages = builds.into_iter().map(|build| build.name).collect();
    Update {
        alias,
        owner,
        packages,
        body,
    }
}

fn build(build: &Build) -> Value {
    let nvr = build.nvr();
    json!({"nvr": nvr, "epoch": 0, "signed": true, "type": "rpm", "release_id": 71,
        "ci_url": format!("https://ci.example.org/builds/{nvr}"), "override": null})
}

/// What testers of the update are asked to try.
fn test_cases(scene: &mut Scene) -> Vec<Value> {
    let count = if scene.random.percent(30) {
        scene.random.between(1, 8)
    } else {
        0
    };
    (0..count)
        .map(|_| {
            let name = format!("QA:Testcase {}", scene.words(2, 4));
            json!({"id": scene.random.between(1, 9000), "name": name})
        })
        .collect()
}

fn release(version: u64) -> Value {
    json!({
        "name": format!("F{version}"),
        "long_name": format!("Fedora {version}"),
        "version": version.to_string(),
        "id_prefix": "FEDORA",
        "branch": format!("f{version}"),
        "dist_tag": format!("f{version}"),
        "stable_tag": format!("f{version}-updates"),
        "testing_tag": format!("f{version}-updates-testing"),
        "candidate_tag": format!("f{version}-updates-candidate"),
        "pending_stable_tag": format!("f{version}-updates-pending"),
        "pending_testing_tag": format!("f{version}-updates-testing-pending"),
        "pending_signing_tag": format!("f{version}-signing-pending"),
        "override_tag": format!("f{version}-override"),
        "mail_template": "fedora_errata_template",
        "package_manager": "dnf",
        "testing_repository": "updates-testing",
        "create_automatic_updates": false,
        "critpath_min_karma": 2,
        "mandatory_days_in_testing": 7,
        "eol": null,
        "state": "current",
        "composed_by_bodhi": true,
    })
}

fn bugs(scene: &mut Scene) -> Vec<Value> {
    let count = scene.random.between(0, 3);
    (0..count)
        .map(|_| {
            let (id, title) = (scene.random.between(2_300_000, 2_600_000), scene.words(4, 12));
            json!({"bug_id": id, "title": title, "security": scene.random.percent(20), "parent": false,
                "feedback": []})
        })
        .collect()
}

/// The tests that an update still has to pass.
fn unsatisfied(scene: &mut Scene) -> Vec<Value> {
    let count = scene.random.between(0, 5);
    (0..count)
        .map(|number| {
            json!({"testcase": format!("update.server_test_{number}"), "subject_type": "bodhi_update",
                "scenario": "fedora.updates-server.x86_64.64bit", "type": "test-result-missing",
                "source": "https://pagure.io/fedora-ci/policies/raw/main/f/critical-path.yaml"})
        })
        .collect()
}

fn user(name: &str) -> Value {
    let avatar = format!("https://seccdn.libravatar.org/avatar/{name}?s=24&d=retro");
    json!({"id": 1000 + name.len(), "name": name, "email": format!("{name}@fedoraproject.org"), "avatar": avatar,
        "openid": format!("{name}.id.fedoraproject.org"), "groups": [{"name": "packager"}, {"name": "fedora-contributor"}]})
}

/// What a commenter says of bugs or test cases.
fn feedback(scene: &mut Scene, key: &'static str) -> Vec<Value> {
    let count = if scene.random.percent(35) {
        scene.random.between(1, 4)
    } else {
        0
    };
    (0..count)
        .map(|_| {
            json!({"karma": scene.random.between(0, 1), "comment_id": scene.random.between(3_000_000, 5_000_000),
            key: scene.random.between(1, 2_600_000)})
        })
        .collect()
}

/// A few updates are talked about a lot.
fn comments(scene: &mut Scene) -> Vec<Value> {
    let most = if scene.random.percent(3) { 45 } else { 6 };
    let count = scene.random.between(0, most);
    (0..count)
        .map(|_| {
            json!({
                "id": scene.random.between(3_000_000, 5_000_000),
                "karma": scene.random.between(0, 1),
                "karma_critpath": 0,
                "text": scene.words(3, 90),
                "timestamp": plain_time(scene.past(7)),
                "update_id": scene.random.between(100_000, 300_000),
                "user_id": scene.random.between(1, 9000),
                "user": user(&scene.username()),
                "bug_feedback": feedback(scene, "bug_id"),
                "testcase_feedback": feedback(scene, "testcase_id"),
            })
        })
        .collect()
}
