//! The sources of all packages (a Pagure with dist-git).

use crate::json::{Value, json};

use super::pagure::{PACKAGE, person, pull_request, settings};
use crate::event::{Event, Schema};
use crate::scene::{Build, Scene};

const SITE: &str = "https://src.fedoraproject.org";

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let repo = repo(scene, &build);
    match scene.random.between(0, 9) {
        0..5 => pushed(scene, build, repo),
        5..8 => flagged(scene, repo),
        _ => pull_request(scene, "org.fedoraproject.prod", repo),
    }
}

fn repo(scene: &mut Scene, build: &Build) -> Value {
    let created = scene.past(3000).timestamp().to_string();
    json!({
        "id": scene.random.between(1, 70_000),
        "name": build.name,
        "namespace": "rpms",
        "fullname": format!("rpms/{}", build.name),
        "url_path": format!("rpms/{}", build.name),
        "full_url": format!("{SITE}/rpms/{}", build.name),
        "description": format!("The {} rpms", build.name),
        "user": person(SITE, &build.owner),
        "access_users": {"owner": [build.owner], "admin": [], "commit": [scene.username()], "ticket": []},
        "access_groups": {"admin": [], "commit": [], "ticket": []},
        "parent": null,
        "tags": [],
        "date_created": created,
        "date_modified": scene.now.timestamp().to_string(),
        "close_status": [],
        "milestones": {},
        "priorities": {},
        "custom_keys": [],
        "settings": settings(),
    })
}

fn pushed(scene: &mut Scene, build: Build, repo: Value) -> Event {
    let agent = if scene.random.percent(70) {
        build.owner
    } else {
        scene.username()
    };
    let commits = scene.random.between(1, 3);
    let authors: Vec<Value> = (0..commits).map(|_| person(SITE, &agent)).collect();
    let spec = format!("{}.spec", build.name);
    let body = json!({
        "agent": agent,
        "repo": repo,
        "branch": scene.random.pick(&["rawhide", "f44", "f43", "epel10"]),
        "forced": false,
        "start_commit": scene.random.hex(40),
        "end_commit": scene.random.hex(40),
        "old_commit": scene.random.hex(40),
        "total_commits": commits,
        "authors": authors,
        "changed_files": {spec: "M", "sources": "M", ".gitignore": "M"},
        "pull_request_id": null,
    });
    Event::new(
        "pagure.git.receive",
        Schema::new("pagure.git.receive", PACKAGE),
        body,
    )
    .users([agent])
    .packages([build.name])
}

fn flagged(scene: &mut Scene, repo: Value) -> Event {
    let (agent, hash) = ("packagerbot", scene.random.hex(40));
    let status = scene
        .random
        .pick(&["success", "success", "failure", "pending"]);
    let flag = json!({
        "commit_hash": hash,
        "username": "Fedora CI",
        "percent": null,
        "comment": scene.words(3, 10),
        "status": status,
        "url": format!("https://ci.example.org/{hash}"),
        "date_created": scene.now.timestamp().to_string(),
        "date_updated": scene.now.timestamp().to_string(),
        "user": person(SITE, agent),
    });
    let body = json!({"agent": agent, "repo": repo, "flag": flag});
    Event::new(
        "pagure.commit.flag.added",
        Schema::new("pagure.commit.flag.added", PACKAGE),
        body,
    )
    .users([agent])
}
