//! Projects on GitHub (through a web hook).

use crate::json::{Value, json};

use super::github_parts::{account, organization, reactions, repository, ticket, time};
use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

const API: &str = "https://api.github.com";

pub(super) fn event(scene: &mut Scene) -> Event {
    let agent = scene.username();
    let name = scene.random.pick(&[
        "bodhi",
        "noggin",
        "datagrepper",
        "coreos-config",
        "ansible",
        "tahrir",
        "anitya",
    ]);
    let full_name = format!("fedora-infra/{name}");
    let kind = scene.random.pick(&[
        "push",
        "push",
        "issue_comment",
        "pull_request",
        "check_run",
        "workflow_job",
    ]);
    let mut inner = json!({
        "repository": repository(scene, name, &full_name),
        "sender": account(&agent),
        "organization": organization("fedora-infra"),
        "installation": {"id": 5_000_000, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u"},
    });
    if kind == "push" {
        pushed(scene, &mut inner, &full_name, &agent);
    } else {
        inner["action"] = scene
            .random
            .pick(&["created", "opened", "completed", "closed"])
            .into();
        inner[kind] = match kind {
            "issue_comment" => {
                inner["issue"] = ticket(scene, "issues", &full_name, &agent);
                comment(scene, &full_name, &agent)
            }
            "pull_request" => pull_request(scene, name, &full_name, &agent),
            "check_run" => check_run(scene, &full_name),
            _ => workflow_job(scene, &full_name),
        };
    }
    let headers = json!({"x-github-event": kind, "x-github-delivery": scene.random.uuid().to_string(),
        "x-github-hook-id": "434500000", "x-github-hook-installation-target-type": "organization",
        "x-github-hook-installation-target-id": "4540000",
        "x-hub-signature": format!("sha1={}", scene.random.hex(40)),
        "x-hub-signature-256": format!("sha256={}", scene.random.hex(64)),
        "content-type": "application/json", "user-agent": format!("GitHub-Hookshot/{}", scene.random.hex(7))});
    let schema = Schema::new(
        "webhook_to_fedora_messaging.github.message_v1",
        "webhook_to_fedora_messaging_messages",
    );
    let body = json!({"agent": agent, "headers": headers, "body": inner});
    Event::new(&format!("github.{kind}"), schema, body).users([agent])
}

fn pushed(scene: &mut Scene, inner: &mut Value, full_name: &str, agent: &str) {
    let (before, after) = (scene.random.hex(40), scene.random.hex(40));
    inner["ref"] = "refs/heads/main".into();
    inner["compare"] = format!(
        "https://github.com/{full_name}/compare/{}...{}",
        &before[..12],
        &after[..12]
    )
    .into();
    inner["before"] = before.into();
    inner["after"] = after.into();
    inner["pusher"] = json!({"name": agent, "email": format!("{agent}@example.com")});
    for flag in ["created", "deleted", "forced"] {
        inner[flag] = false.into();
    }
    inner["base_ref"] = Value::Null;
    let commits = commits(scene, full_name, agent);
    inner["head_commit"] = commits.last().cloned().into();
    inner["commits"] = commits.into();
}

fn commits(scene: &mut Scene, full_name: &str, agent: &str) -> Vec<Value> {
    let count = scene.random.between(1, 5);
    (0..count)
        .map(|_| {
            let id = scene.random.hex(40);
            let person =
                json!({"name": agent, "email": format!("{agent}@example.com"), "username": agent});
            json!({
                "url": format!("https://github.com/{full_name}/commit/{id}"),
                "id": id,
                "tree_id": scene.random.hex(40),
                "distinct": true,
                "message": format!("{}\n\n{}", scene.words(4, 12), scene.words(5, 80)),
                "timestamp": format!("{}Z", iso_time(scene.now)),
                "author": person,
                "committer": person,
                "added": [],
                "removed": [],
                "modified": ["src/main.rs", "README.md"],
            })
        })
        .collect()
}

fn comment(scene: &mut Scene, full_name: &str, agent: &str) -> Value {
    let id = scene.random.between(1_000_000_000, 4_000_000_000);
    let address = format!("{API}/repos/{full_name}/issues/comments/{id}");
    json!({"url": address, "html_url": format!("https://github.com/{full_name}/issues/1#issuecomment-{id}"), "id": id,
        "user": account(agent), "created_at": format!("{}Z", iso_time(scene.now)),
        "updated_at": format!("{}Z", iso_time(scene.now)), "author_association": "MEMBER", "body": scene.text(4),
        "reactions": reactions(&address), "performed_via_github_app": null})
}

fn pull_request(scene: &mut Scene, name: &str, full_name: &str, agent: &str) -> Value {
    let mut pull = ticket(scene, "pulls", full_name, agent);
    let fork = format!("{agent}/{name}");
    for (side, owner, of) in [
        ("head", agent, fork.as_str()),
        ("base", "fedora-infra", full_name),
    ] {
        let branch = if side == "head" { "fix" } else { "main" };
        let side_value = json!({"label": format!("{owner}:{branch}"), "ref": branch, "sha": scene.random.hex(40),
            "user": account(owner), "repo": repository(scene, name, of)});
        pull[side] = side_value;
    }
    let address = pull["url"].as_str().unwrap_or_default().to_owned();
    let links = ["self", "comments", "review_comments", "commits", "statuses"];
    for link in links {
        pull["_links"][link] = json!({"href": format!("{address}/{link}")});
    }
    for count in [
        "commits",
        "additions",
        "deletions",
        "changed_files",
        "review_comments",
    ] {
        pull[count] = scene.random.between(0, 40).into();
    }
    for flag in ["draft", "merged", "rebaseable", "maintainer_can_modify"] {
        pull[flag] = scene.random.percent(50).into();
    }
    pull["mergeable_state"] = "unknown".into();
    pull
}

fn check_run(scene: &mut Scene, full_name: &str) -> Value {
    let (id, sha) = (
        scene.random.between(10_000_000_000, 40_000_000_000),
        scene.random.hex(40),
    );
    let suite = scene.random.between(10_000_000_000, 40_000_000_000);
    let address = format!("{API}/repos/{full_name}/check-runs/{id}");
    let permissions = [
        "actions",
        "checks",
        "contents",
        "deployments",
        "issues",
        "metadata",
        "packages",
        "statuses",
    ];
    let permissions: Vec<String> = permissions
        .iter()
        .map(|name| format!("{name}:write"))
        .collect();
    let app = json!({"id": 15_368, "slug": "github-actions", "node_id": "MDM6QXBwMTUzNjg=", "owner": account("github"),
        "name": "GitHub Actions", "description": "Automate your workflow from idea to production",
        "external_url": "https://help.github.com/en/actions", "html_url": "https://github.com/apps/github-actions",
        "created_at": "2018-07-30T09:30:17Z", "updated_at": "2024-04-10T20:33:16Z",
        "permissions": permissions, "events": ["branch_protection_rule", "check_run", "check_suite", "create",
            "delete", "deployment", "discussion", "fork", "issues", "pull_request", "push", "release", "workflow_run"]});
    json!({"id": id, "name": scene.random.pick(&["unit tests", "lint", "docs", "build (f44)", "build (rawhide)"]),
        "node_id": format!("CR_kwDO{}", scene.random.hex(12)), "head_sha": sha,
        "external_id": scene.random.uuid().to_string(), "url": address, "status": "completed",
        "html_url": format!("https://github.com/{full_name}/actions/runs/{suite}/job/{id}"),
        "details_url": format!("https://github.com/{full_name}/actions/runs/{suite}/job/{id}"),
        "conclusion": scene.random.pick(&["success", "success", "failure", "skipped"]),
        "started_at": time(scene, 1), "completed_at": format!("{}Z", iso_time(scene.now)),
        "output": {"title": null, "summary": scene.text(2), "text": null, "annotations_count": 0,
            "annotations_url": format!("{address}/annotations")},
        "check_suite": {"id": suite, "head_branch": "main", "head_sha": sha, "status": "queued", "conclusion": null,
            "url": format!("{API}/repos/{full_name}/check-suites/{suite}"), "pull_requests": [], "app": app,
            "before": scene.random.hex(40), "after": sha},
        "app": app, "pull_requests": []})
}

fn workflow_job(scene: &mut Scene, full_name: &str) -> Value {
    let (id, run) = (
        scene.random.between(10_000_000_000, 40_000_000_000),
        scene.random.between(1_000_000, 90_000_000),
    );
    let count = scene.random.between(4, 14);
    let steps: Vec<Value> = (1..=count)
        .map(|number| {
            json!({"name": scene.words(2, 5), "status": "completed", "conclusion": "success", "number": number,
                "started_at": format!("{}Z", iso_time(scene.now)), "completed_at": format!("{}Z", iso_time(scene.now))})
        })
        .collect();
    json!({"id": id, "run_id": run, "workflow_name": "CI", "head_branch": "main", "head_sha": scene.random.hex(40),
        "run_url": format!("{API}/repos/{full_name}/actions/runs/{run}"), "run_attempt": 1,
        "node_id": format!("CR_kwDO{}", scene.random.hex(12)), "url": format!("{API}/repos/{full_name}/actions/jobs/{id}"),
        "html_url": format!("https://github.com/{full_name}/actions/runs/{run}/job/{id}"), "status": "completed",
        "conclusion": "success", "created_at": time(scene, 1), "started_at": time(scene, 1),
        "completed_at": format!("{}Z", iso_time(scene.now)), "name": "tests", "steps": steps,
        "check_run_url": format!("{API}/repos/{full_name}/check-runs/{id}"), "labels": ["ubuntu-latest"],
        "runner_id": scene.random.between(1, 900), "runner_name": format!("GitHub Actions {}", run % 1000),
        "runner_group_id": 2, "runner_group_name": "GitHub Actions"})
}
