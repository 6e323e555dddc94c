//! Projects on GitHub (through a web hook).

use serde_json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let agent = scene.username();
    let name = scene.random.pick(&["bodhi", "noggin", "datagrepper", "coreos-config", "ansible", "tahrir", "anitya"]);
    let full_name = format!("fedora-infra/{name}");
    let kind = scene.random.pick(&["push", "push", "issue_comment", "pull_request", "check_run", "workflow_job"]);
    let mut inner = json!({
        "repository": repository(scene, name, &full_name),
        "sender": account(&agent),
        "organization": {"login": "fedora-infra", "id": 2_000_000, "url": "https://api.github.com/orgs/fedora-infra"},
    });
    match kind {
        "push" => {
            inner["ref"] = "refs/heads/main".into();
            inner["before"] = scene.random.hex(40).into();
            inner["after"] = scene.random.hex(40).into();
            inner["commits"] = commits(scene, &full_name, &agent).into();
        }
        _ => {
            inner["action"] = scene.random.pick(&["created", "opened", "completed", "closed"]).into();
            inner[kind] = json!({"id": scene.random.between(1_000_000_000, 4_000_000_000), "body": scene.text(3),
                "user": account(&agent), "created_at": format!("{}Z", iso_time(scene.now))});
        }
    }
    let headers = json!({"x-github-event": kind, "x-github-delivery": scene.random.uuid().to_string(),
        "x-github-hook-id": "434500000", "content-type": "application/json"});
    let schema = Schema::new("webhook_to_fedora_messaging.github.message_v1", "webhook_to_fedora_messaging_messages");
    let body = json!({"agent": agent, "headers": headers, "body": inner});
    Event::new(&format!("github.{kind}"), schema, body).users([agent])
}

fn repository(scene: &mut Scene, name: &str, full_name: &str) -> Value {
    let mut repository = json!({
        "id": scene.random.between(1_000_000, 900_000_000),
        "name": name,
        "full_name": full_name,
        "private": false,
        "html_url": format!("https://github.com/{full_name}"),
        "description": scene.words(3, 9),
        "fork": false,
        "default_branch": "main",
        "stargazers_count": scene.random.between(3, 900),
        "open_issues": scene.random.between(0, 200),
        "language": scene.random.pick(&["Python", "Rust", "Go"]),
    });
    for kind in [
        "branches",
        "tags",
        "blobs",
        "trees",
        "commits",
        "issues",
        "pulls",
        "labels",
        "releases",
        "merges",
        "forks",
        "hooks",
        "events",
        "assignees",
        "statuses",
        "languages",
        "stargazers",
        "contributors",
        "subscribers",
        "subscription",
        "milestones",
        "notifications",
        "deployments",
        "downloads",
        "archive",
        "compare",
    ] {
        repository[format!("{kind}_url")] = format!("https://api.github.com/repos/{full_name}/{kind}").into();
    }
    repository
}

fn commits(scene: &mut Scene, full_name: &str, agent: &str) -> Vec<Value> {
    let count = scene.random.between(1, 5);
    (0..count)
        .map(|_| {
            let id = scene.random.hex(40);
            json!({
                "url": format!("https://github.com/{full_name}/commit/{id}"),
                "id": id,
                "message": scene.words(4, 30),
                "timestamp": format!("{}Z", iso_time(scene.now)),
                "author": {"name": agent, "email": format!("{agent}@example.com"), "username": agent},
                "added": [],
                "removed": [],
                "modified": ["src/main.rs", "README.md"],
            })
        })
        .collect()
}

fn account(login: &str) -> Value {
    json!({"login": login, "id": 1_000_000 + login.len(), "type": "User", "site_admin": false,
        "html_url": format!("https://github.com/{login}"), "url": format!("https://api.github.com/users/{login}")})
}
