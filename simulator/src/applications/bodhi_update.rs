//! Bodhi's idea of an update, which most of its messages carry whole.

use chrono::{DateTime, TimeDelta, Utc};

use crate::json::{Json, Value, json};

use crate::release::{Place, Release};
use crate::scene::{Build, Scene, plain_time};

/// An update, and what messages about it need to know.
pub(crate) struct Update {
    pub(super) alias: String,
    pub(super) owner: String,
    pub(super) packages: Vec<String>,
    pub(super) release: Release,
    pub(super) body: Value,
}

/// How an update stands.
#[derive(Clone, Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) alias: &'a str,
    pub(crate) owner: &'a str,
    pub(crate) builds: Vec<&'a Build>,
    pub(crate) release: Release,
    pub(crate) status: &'static str,
    pub(crate) request: Option<&'static str>,
    /// What Bodhi knows of the gate.
    pub(crate) gate: Option<&'static str>,
    /// Whether a compose is at work on it.
    pub(crate) locked: bool,
    pub(crate) karma: i64,
    /// Parts of the critical path that it is of, with blanks between.
    pub(crate) critpath_groups: &'static str,
    /// The side tag that it was made of.
    pub(crate) side: Option<&'a str>,
    pub(crate) submitted: DateTime<Utc>,
}

/// Some update.
pub(super) fn update(scene: &mut Scene) -> Update {
    update_and_builds(scene).0
}

/// Some update, and what is in it.
pub(super) fn update_and_builds(scene: &mut Scene) -> (Update, Vec<Build>) {
    let first = scene.build();
    let (owner, release) = (first.owner.clone(), first.made_for);
    let mut builds = vec![first];
    while builds.len() < 12 && scene.random.percent(25) {
        builds.push(scene.build_for(release));
    }
    let alias = scene.alias(release);
    let critical = scene.random.percent(15);
    let shown = Shown {
        alias: &alias,
        owner: &owner,
        builds: builds.iter().collect(),
        release,
        status: scene
            .random
            .pick(&["pending", "testing", "stable", "obsolete"]),
        request: scene.random.pick(&[None, Some("testing"), Some("stable")]),
        gate: scene
            .random
            .pick(&["passed", "waiting", "failed", "ignored"].map(Some)),
        locked: false,
        karma: scene.random.between(0, 6) as i64 - 2,
        critpath_groups: if critical {
            "core critical-path-base"
        } else {
            ""
        },
        side: None,
        submitted: scene.past(14),
    };
    (shown_as(scene, &shown), builds)
}

/// The update as Bodhi shows it; what no build or stage tells is made up.
pub(crate) fn shown_as(scene: &mut Scene, shown: &Shown) -> Update {
    let Shown {
        alias,
        owner,
        release,
        ..
    } = *shown;
    let titles: Vec<String> = shown.builds.iter().map(|build| build.nvr()).collect();
    let kind = match release {
        Release::Flatpak(_) => "flatpak",
        _ => "rpm",
    };
    let member = |build: &&Build| {
        let nvr = build.nvr();
        json!({"nvr": nvr, "epoch": 0, "signed": build.signed, "type": kind, "release_id": 71,
            "ci_url": format!("https://ci.example.org/builds/{nvr}"), "override": null})
    };
    let submitted = plain_time(shown.submitted);
    let pushed = matches!(shown.status, "testing" | "stable");
    let body = json!({
        "alias": alias,
        "updateid": alias,
        "title": titles.join(" "),
        "builds": shown.builds.iter().map(member).collect::<Vec<_>>(),
        "user": user(owner),
        "status": shown.status,
        "request": shown.request,
        "type": scene.random.pick(&["bugfix", "enhancement", "security", "newpackage"]),
        "severity": scene.random.pick(&["unspecified", "low", "medium", "high", "urgent"]),
        "suggest": "unspecified",
        "notes": scene.text(3),
        "karma": shown.karma,
        "stable_karma": 3,
        "unstable_karma": -3,
        "autokarma": scene.random.percent(60),
        "autotime": true,
        "stable_days": 7,
        "critpath": !shown.critpath_groups.is_empty(),
        "locked": shown.locked,
        "pushed": pushed,
        "close_bugs": true,
        "require_bugs": false,
        "require_testcases": false,
        "requirements": "",
        "meets_testing_requirements": scene.random.percent(50),
        "from_tag": shown.side,
        "locked_date": null,
        "compose": null,
        "test_cases": test_cases(scene),
        "version_hash": scene.random.hex(40),
        "display_name": "",
        "date_submitted": submitted,
        "date_modified": plain_time(scene.now),
        "date_pushed": null,
        "date_testing": if pushed { submitted.to_json() } else { Value::Null },
        "date_stable": null,
        "date_approved": null,
        "critpath_groups": shown.critpath_groups,
        "greenwave_summary": "All required tests passed",
        "product_version": release.product(),
        "greenwave_subject_type": "bodhi_update",
        "greenwave_unsatisfied_requirements": unsatisfied(scene),
        "release": release_shown(release),
        "bugs": bugs(scene),
        "test_gating_status": shown.gate,
        "content_type": kind,
        "comments": comments(scene, shown.submitted),
        "url": format!("https://bodhi.fedoraproject.org/updates/{alias}"),
    });
    Update {
        alias: alias.to_owned(),
        owner: owner.to_owned(),
        packages: shown
            .builds
            .iter()
            .map(|build| build.name.clone())
            .collect(),
        release,
        body,
    }
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

/// A release as Bodhi shows one.
pub(super) fn release_shown(release: Release) -> Value {
    let tag = |place| release.tag(place);
    json!({
        "name": release.name(),
        "long_name": release.long_name(),
        "version": release.number().to_string(),
        "id_prefix": release.prefix(),
        "branch": release.branch(),
        "dist_tag": release.dist_tag(),
        "stable_tag": tag(Place::Stable),
        "testing_tag": tag(Place::Testing),
        "candidate_tag": tag(Place::Candidate),
        "pending_stable_tag": tag(Place::Pending),
        "pending_testing_tag": tag(Place::TestingPending),
        "pending_signing_tag": tag(Place::SigningPending),
        "override_tag": tag(Place::Override),
        "mail_template": "fedora_errata_template",
        "package_manager": "dnf",
        "testing_repository": "updates-testing",
        "create_automatic_updates": matches!(release, Release::Rawhide(_)),
        "critpath_min_karma": 2,
        "mandatory_days_in_testing": 7,
        "eol": null,
        "state": "current",
        "composed_by_bodhi": !matches!(release, Release::Rawhide(_)),
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

/// What was said so far of an update that was filed at a time. A few are talked about a lot.
fn comments(scene: &mut Scene, filed: DateTime<Utc>) -> Vec<Value> {
    let most = if scene.random.percent(3) { 45 } else { 6 };
    let count = scene.random.between(0, most) as i64;
    let times = (0..count).map(|number| filed + TimeDelta::minutes(7 * number));
    let now = scene.now;
    times
        .take_while(|time| *time <= now)
        .map(|time| {
            json!({
                "id": scene.random.between(3_000_000, 5_000_000),
                "karma": scene.random.between(0, 1),
                "karma_critpath": 0,
                "text": scene.words(3, 90),
                "timestamp": plain_time(time),
                "update_id": scene.random.between(100_000, 300_000),
                "user_id": scene.random.between(1, 9000),
                "user": user(&scene.username()),
                "bug_feedback": feedback(scene, "bug_id"),
                "testcase_feedback": feedback(scene, "testcase_id"),
            })
        })
        .collect()
}
