//! The sources of all packages (a Pagure with dist-git).

use crate::json::{Value, json};

use super::pagure::{self, PACKAGE, Pull, flag, fork, person, pull_request, settings};
use crate::event::{Event, Schema};
use crate::scene::Scene;

const SITE: &str = "https://src.fedoraproject.org";
const PREFIX: &str = "org.fedoraproject.prod";

/// A push of one or a few commits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Push<'a> {
    pub(crate) agent: &'a str,
    pub(crate) branch: &'a str,
    /// The first commit and the last, which may be one.
    pub(crate) commits: (&'a str, &'a str),
    /// The pull request that was merged.
    pub(crate) pull: Option<u64>,
    /// Whose own copy it went to.
    pub(crate) fork_of: Option<&'a str>,
}

pub(super) fn event(scene: &mut Scene) -> Event {
    let build = scene.build();
    let package = (build.name.as_str(), build.owner.as_str());
    match scene.random.between(0, 9) {
        0..5 => some_push(scene, package),
        5..7 => commit_flagged(scene, package),
        7 => {
            let pull = Pull::some(scene, package.0);
            let change = pagure::Change::Flagged {
                again: scene.random.percent(50),
                job: scene
                    .random
                    .pick(&["Zuul", "Fedora CI", "Packit - scratch build"]),
                status: some_status(scene),
            };
            requested(scene, package, &pull, "packit", change)
        }
        _ => {
            let repo = repo(scene, package);
            pull_request(scene, PREFIX, repo)
        }
    }
}

fn some_status(scene: &mut Scene) -> &'static str {
    scene
        .random
        .pick(&["success", "success", "failure", "pending"])
}

fn repo(scene: &mut Scene, (name, owner): (&str, &str)) -> Value {
    let created = scene.past(3000).timestamp().to_string();
    json!({
        "id": scene.random.between(1, 70_000),
        "name": name,
        "namespace": "rpms",
        "fullname": format!("rpms/{name}"),
        "url_path": format!("rpms/{name}"),
        "full_url": format!("{SITE}/rpms/{name}"),
        "description": format!("The {name} rpms"),
        "user": person(SITE, owner),
        "access_users": {"owner": [owner], "admin": [], "commit": [scene.username()], "ticket": []},
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

fn some_push(scene: &mut Scene, package: (&str, &str)) -> Event {
    let agent = if scene.random.percent(70) {
        package.1.to_owned()
    } else {
        scene.username()
    };
    let end = scene.random.hex(40);
    let start = match scene.random.percent(70) {
        true => end.clone(),
        false => scene.random.hex(40),
    };
    let push = Push {
        agent: &agent,
        branch: scene.random.pick(&["rawhide", "f44", "f43", "epel10"]),
        commits: (&start, &end),
        pull: None,
        fork_of: None,
    };
    pushed(scene, package, push)
}

/// Commits came to the repository of a package, given with its owner.
pub(crate) fn pushed(scene: &mut Scene, package: (&str, &str), push: Push) -> Event {
    let Push {
        agent,
        branch,
        commits: (start, end),
        pull,
        fork_of,
    } = push;
    let mut repo = repo(scene, package);
    if let Some(author) = fork_of {
        repo = fork(&repo, SITE, author);
    }
    let commits = if start == end { 1 } else { 2 };
    let authors: Vec<Value> = (0..commits).map(|_| person(SITE, agent)).collect();
    let spec = format!("{}.spec", package.0);
    let body = json!({
        "agent": agent,
        "repo": repo,
        "branch": branch,
        "forced": false,
        "start_commit": start,
        "end_commit": end,
        "old_commit": scene.random.hex(40),
        "total_commits": commits,
        "authors": authors,
        "changed_files": {spec: "M", "sources": "M", ".gitignore": "M"},
        "pull_request_id": pull,
    });
    Event::new(
        "pagure.git.receive",
        Schema::new("pagure.git.receive", PACKAGE),
        body,
    )
    .users([agent])
    .packages([package.0])
}

/// Something happened to a pull request for a package, given with its owner.
pub(crate) fn requested(
    scene: &mut Scene,
    package: (&str, &str),
    pull: &Pull,
    agent: &str,
    change: pagure::Change,
) -> Event {
    let repo = repo(scene, package);
    pagure::request_changed(scene, (PREFIX, &repo), pull, agent, change)
}

fn commit_flagged(scene: &mut Scene, package: (&str, &str)) -> Event {
    let (agent, hash) = ("packagerbot", scene.random.hex(40));
    let (repo, status) = (repo(scene, package), some_status(scene));
    let flag = flag(scene, &hash, ("Fedora CI", agent), status);
    let body = json!({"agent": agent, "repo": repo, "flag": flag});
    Event::new(
        "pagure.commit.flag.added",
        Schema::new("pagure.commit.flag.added", PACKAGE),
        body,
    )
    .users([agent])
}
