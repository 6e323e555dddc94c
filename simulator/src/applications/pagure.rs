//! Issues and pull requests of projects (Pagure).

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::Scene;

pub(super) const PACKAGE: &str = "pagure_messages";
const SITE: &str = "https://pagure.io";
const PREFIX: &str = "io.pagure.prod";
const PROJECTS: [&str; 10] = [
    "fedora-infrastructure",
    "releng",
    "fesco",
    "fedora-docs",
    "design",
    "epel",
    "fedora-badges",
    "packit-playground",
    "mindshare",
    "python-sig",
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let name = scene.random.pick(&PROJECTS);
    let project = project(scene, name);
    if scene.random.percent(30) {
        return pull_request(scene, PREFIX, project);
    }
    issue(scene, project)
}

fn issue(scene: &mut Scene, project: Value) -> Event {
    let (agent, reporter) = (scene.username(), scene.username());
    let assignee = scene.random.percent(40).then(|| scene.username());
    let id = scene.random.between(1, 12_000);
    let full_url = format!(
        "{}/issue/{id}",
        project["full_url"].as_str().unwrap_or(SITE)
    );
    let status = scene.random.pick(&["Open", "Open", "Closed"]);
    let closed = (status == "Closed").then(|| scene.now.timestamp().to_string());
    let issue = json!({
        "id": id,
        "title": scene.words(4, 12),
        "content": scene.text(3),
        "status": status,
        "close_status": null,
        "closed_by": closed.as_ref().map(|_| person(SITE, &agent)),
        "closed_at": closed,
        "related_prs": [],
        "user": person(SITE, &reporter),
        "assignee": assignee.as_ref().map(|name| person(SITE, name)),
        "comments": comments(scene, SITE),
        "tags": scene.random.pick(&[&["easyfix"][..], &[], &["meeting", "high-gain"]]),
        "blocks": [],
        "depends": [],
        "private": false,
        "priority": null,
        "milestone": null,
        "custom_fields": [],
        "date_created": scene.past(300).timestamp().to_string(),
        "last_updated": scene.now.timestamp().to_string(),
        "full_url": full_url,
    });
    let (topic, schema) = match scene.random.between(0, 3) {
        0 => ("pagure.issue.new", "pagure.issue.new"),
        1 => ("pagure.issue.edit", "pagure.issue.edit"),
        _ => ("pagure.issue.comment.added", "pagure.issue.comment.added"),
    };
    let mut body = json!({"agent": agent, "project": project, "issue": issue});
    if topic == "pagure.issue.edit" {
        body["fields"] = json!(["status"]);
    }
    let users = [agent, reporter].into_iter().chain(assignee);
    Event::elsewhere(
        format!("{PREFIX}.{topic}"),
        Schema::new(schema, PACKAGE),
        body,
    )
    .users(users)
}

/// A pull request for a package, as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) package: String,
    pub(crate) author: String,
    pub(crate) uid: String,
    pub(crate) title: String,
    pub(crate) branch: String,
    /// `Open`, `Merged` or `Closed`.
    pub(crate) status: &'static str,
    /// The newest of its commits.
    pub(crate) commit: String,
}

impl Pull {
    /// Some pull request.
    pub(crate) fn some(scene: &mut Scene, package: &str) -> Self {
        Self {
            id: scene.random.between(1, 900),
            package: package.to_owned(),
            author: scene.username(),
            uid: scene.random.hex(32),
            title: scene.words(4, 12),
            branch: "main".to_owned(),
            status: scene.random.pick(&["Open", "Merged"]),
            commit: scene.random.hex(40),
        }
    }
}

/// What happens to a pull request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    New,
    Commented,
    Closed,
    /// A job says how its look at the newest commit stands, for the first time or again.
    Flagged {
        again: bool,
        job: &'a str,
        status: &'a str,
    },
}

/// Something happened to a pull request for `project`.
pub(super) fn pull_request(scene: &mut Scene, prefix: &str, project: Value) -> Event {
    let name = project["name"].as_str().unwrap_or_default().to_owned();
    let (pull, agent) = (Pull::some(scene, &name), scene.username());
    let change = match scene.random.between(0, 3) {
        0 => Change::New,
        1 => Change::Closed,
        _ => Change::Commented,
    };
    request_changed(scene, (prefix, &project), &pull, &agent, change)
}

/// An agent does something to a pull request for a project of a site with topics of this prefix.
pub(super) fn request_changed(
    scene: &mut Scene,
    (prefix, project): (&str, &Value),
    pull: &Pull,
    agent: &str,
    change: Change,
) -> Event {
    let site = site_of(prefix);
    let shown = shown(scene, site, project, pull);
    let mut body = json!({"agent": agent, "pullrequest": shown});
    let what = match change {
        Change::New => "pagure.pull-request.new",
        Change::Commented => "pagure.pull-request.comment.added",
        Change::Closed => {
            body["merged"] = (pull.status == "Merged").into();
            "pagure.pull-request.closed"
        }
        Change::Flagged { again, job, status } => {
            body["flag"] = flag(scene, &pull.commit, (job, agent), status);
            match again {
                true => "pagure.pull-request.flag.updated",
                false => "pagure.pull-request.flag.added",
            }
        }
    };
    let topic = format!("{prefix}.{what}");
    Event::elsewhere(topic, Schema::new(what, PACKAGE), body).users([agent, &pull.author])
}

fn site_of(prefix: &str) -> &'static str {
    match prefix {
        PREFIX => SITE,
        _ => "https://src.fedoraproject.org",
    }
}

/// A pull request as Pagure shows one.
fn shown(scene: &mut Scene, site: &str, project: &Value, pull: &Pull) -> Value {
    let full_url = format!(
        "{}/pull-request/{}",
        project["full_url"].as_str().unwrap_or(site),
        pull.id
    );
    json!({
        "id": pull.id,
        "uid": pull.uid,
        "title": pull.title,
        "initial_comment": scene.text(2),
        "status": pull.status,
        "user": person(site, &pull.author),
        "assignee": null,
        "branch": pull.branch,
        "branch_from": "fix",
        "commit_start": pull.commit,
        "commit_stop": pull.commit,
        "comments": comments(scene, site),
        "project": project,
        "repo_from": fork(project, site, &pull.author),
        "remote_git": null,
        "cached_merge_status": "FFORWARD",
        "closed_at": null,
        "closed_by": null,
        "commit_start_date": null,
        "tags": [],
        "threshold_reached": null,
        "updated_on": scene.now.timestamp().to_string(),
        "last_updated": scene.now.timestamp().to_string(),
        "date_created": scene.past(60).timestamp().to_string(),
        "full_url": full_url,
    })
}

/// What a job says about a commit, by the account of its service.
pub(super) fn flag(
    scene: &mut Scene,
    commit: &str,
    (job, account): (&str, &str),
    status: &str,
) -> Value {
    let now = scene.now.timestamp().to_string();
    json!({
        "commit_hash": commit,
        "username": job,
        "percent": null,
        "comment": scene.words(3, 10),
        "status": status,
        "url": format!("https://ci.example.org/{commit}"),
        "date_created": now,
        "date_updated": now,
        "user": person("https://src.fedoraproject.org", account),
    })
}

/// The author's own copy of the project, which Pagure shows whole, parent included.
pub(super) fn fork(project: &Value, site: &str, author: &str) -> Value {
    let name = project["fullname"].as_str().unwrap_or_default();
    let path = format!("fork/{author}/{name}");
    let mut fork = project.clone();
    fork["fullname"] = format!("forks/{author}/{name}").into();
    fork["full_url"] = format!("{site}/{path}").into();
    fork["url_path"] = path.into();
    fork["user"] = person(site, author);
    fork["access_users"] =
        json!({"owner": [author], "admin": [], "commit": [], "collaborator": [], "ticket": []});
    fork["parent"] = project.clone();
    fork
}

fn project(scene: &mut Scene, name: &str) -> Value {
    let owner = scene.username();
    json!({
        "id": scene.random.between(1, 9000),
        "name": name,
        "fullname": name,
        "namespace": null,
        "url_path": name,
        "full_url": format!("{SITE}/{name}"),
        "description": scene.words(3, 9),
        "user": person(SITE, &owner),
        "access_users": {"owner": [owner], "admin": [], "commit": [], "collaborator": [], "ticket": []},
        "access_groups": {"admin": [], "commit": [], "collaborator": [], "ticket": []},
        "parent": null,
        "tags": ["fedora"],
        "close_status": ["Fixed", "Invalid", "Duplicate"],
        "milestones": {},
        "priorities": {"1": "Low", "2": "Normal", "3": "Urgent"},
        "custom_keys": [],
        "settings": settings(),
        "date_created": "1431549490",
        "date_modified": scene.now.timestamp().to_string(),
    })
}

/// At least one comment, as messages about comments have.
fn comments(scene: &mut Scene, site: &str) -> Vec<Value> {
    let most = if scene.random.percent(5) { 25 } else { 3 };
    let count = scene.random.between(1, most);
    (0..count)
        .map(|_| {
            json!({
                "id": scene.random.between(1, 900_000),
                "comment": scene.words(3, 90),
                "date_created": scene.past(30).timestamp().to_string(),
                "edited_on": null,
                "editor": null,
                "notification": false,
                "parent": null,
                "reactions": {},
                "user": person(site, &scene.username()),
            })
        })
        .collect()
}

/// What the owners of a project decided, with Pagure's own capitals.
pub(super) fn settings() -> Value {
    json!({
        "Enforce_signed-off_commits_in_pull-request": false,
        "Minimum_score_to_merge_pull-request": -1,
        "Only_assignee_can_merge_pull-request": false,
        "Web-hooks": null,
        "always_merge": false,
        "disable_non_fast-forward_merges": false,
        "fedmsg_notifications": true,
        "issue_tracker": true,
        "issue_tracker_read_only": false,
        "issues_default_to_private": false,
        "mqtt_notifications": true,
        "notify_on_commit_flag": false,
        "notify_on_pull-request_flag": false,
        "open_metadata_access_to_all": false,
        "project_documentation": false,
        "pull_request_access_only": false,
        "pull_requests": true,
        "stomp_notifications": true,
        "tracker_auto_close_when_merged": true,
    })
}

/// A person as Pagure shows one.
pub(super) fn person(site: &str, name: &str) -> Value {
    json!({"name": name, "fullname": name, "url_path": format!("user/{name}"), "full_url": format!("{site}/user/{name}")})
}
