//! What GitHub puts whole into each message: repositories, accounts, and links to everything.

use crate::json::{Value, json};

use crate::scene::{Scene, iso_time};

const API: &str = "https://api.github.com";

/// The parts of a repository's API, with the placeholders that their addresses end in.
const PARTS: [(&str, &str); 36] = [
    ("archive", "/{archive_format}{/ref}"),
    ("assignees", "{/user}"),
    ("blobs", "{/sha}"),
    ("branches", "{/branch}"),
    ("collaborators", "{/collaborator}"),
    ("comments", "{/number}"),
    ("commits", "{/sha}"),
    ("compare", "/{base}...{head}"),
    ("contents", "/{+path}"),
    ("contributors", ""),
    ("deployments", ""),
    ("downloads", ""),
    ("events", ""),
    ("forks", ""),
    ("git_commits", "{/sha}"),
    ("git_refs", "{/sha}"),
    ("git_tags", "{/sha}"),
    ("hooks", ""),
    ("issue_comment", "{/number}"),
    ("issue_events", "{/number}"),
    ("issues", "{/number}"),
    ("keys", "{/key_id}"),
    ("labels", "{/name}"),
    ("languages", ""),
    ("merges", ""),
    ("milestones", "{/number}"),
    ("notifications", "{?since,all,participating}"),
    ("pulls", "{/number}"),
    ("releases", "{/id}"),
    ("stargazers", ""),
    ("statuses", "/{sha}"),
    ("subscribers", ""),
    ("subscription", ""),
    ("tags", ""),
    ("teams", ""),
    ("trees", "{/sha}"),
];

const ACCOUNT_PARTS: [(&str, &str); 9] = [
    ("events", "/events{/privacy}"),
    ("followers", "/followers"),
    ("following", "/following{/other_user}"),
    ("gists", "/gists{/gist_id}"),
    ("organizations", "/orgs"),
    ("received_events", "/received_events"),
    ("repos", "/repos"),
    ("starred", "/starred{/owner}{/repo}"),
    ("subscriptions", "/subscriptions"),
];

pub(super) fn repository(scene: &mut Scene, name: &str, full_name: &str) -> Value {
    let page = format!("https://github.com/{full_name}");
    let (stars, issues) = (scene.random.between(3, 900), scene.random.between(0, 200));
    let mut repository = json!({
        "id": scene.random.between(1_000_000, 900_000_000),
        "node_id": format!("R_kgDO{}", scene.random.hex(10)),
        "name": name,
        "full_name": full_name,
        "owner": account(full_name.split('/').next().unwrap_or_default()),
        "private": false,
        "html_url": page,
        "description": scene.words(3, 9),
        "fork": false,
        "url": format!("{API}/repos/{full_name}"),
        "git_url": format!("git://github.com/{full_name}.git"),
        "ssh_url": format!("git@github.com:{full_name}.git"),
        "clone_url": format!("{page}.git"),
        "svn_url": page,
        "homepage": null,
        "mirror_url": null,
        "created_at": time(scene, 3000),
        "updated_at": time(scene, 30),
        "pushed_at": time(scene, 2),
        "default_branch": "main",
        "size": scene.random.between(100, 90_000),
        "stargazers_count": stars,
        "watchers_count": stars,
        "watchers": stars,
        "forks_count": scene.random.between(0, 300),
        "open_issues_count": issues,
        "open_issues": issues,
        "language": scene.random.pick(&["Python", "Rust", "Go"]),
        "license": {"key": "gpl-2.0", "name": "GNU General Public License v2.0", "spdx_id": "GPL-2.0",
            "url": format!("{API}/licenses/gpl-2.0"), "node_id": "MDc6TGljZW5zZTg="},
        "topics": [],
        "visibility": "public",
    });
    for flag in [
        "archived",
        "disabled",
        "is_template",
        "has_pages",
        "has_discussions",
        "web_commit_signoff_required",
    ] {
        repository[flag] = false.into();
    }
    for flag in [
        "allow_forking",
        "has_issues",
        "has_projects",
        "has_downloads",
        "has_wiki",
    ] {
        repository[flag] = true.into();
    }
    for (part, end) in PARTS {
        repository[format!("{part}_url")] =
            format!("{API}/repos/{full_name}/{}{end}", part.replace('_', "/")).into();
    }
    repository
}

pub(super) fn account(login: &str) -> Value {
    let id = 1_000_000 + login.len();
    let mut account = json!({"login": login, "id": id, "node_id": format!("MDQ6VXNlcj{id}"), "type": "User",
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"), "gravatar_id": "",
        "html_url": format!("https://github.com/{login}"), "url": format!("{API}/users/{login}"),
        "user_view_type": "public", "site_admin": false});
    for (part, end) in ACCOUNT_PARTS {
        account[format!("{part}_url")] = format!("{API}/users/{login}{end}").into();
    }
    account
}

pub(super) fn organization(login: &str) -> Value {
    let mut organization = json!({"login": login, "id": 2_000_000, "node_id": "MDEyOk9yZ2FuaXphdGlvbjI",
        "url": format!("{API}/orgs/{login}"), "description": null,
        "avatar_url": "https://avatars.githubusercontent.com/u/2000000?v=4"});
    for (part, end) in [
        ("repos", ""),
        ("events", ""),
        ("hooks", ""),
        ("issues", ""),
        ("members", "{/member}"),
    ] {
        organization[format!("{part}_url")] = format!("{API}/orgs/{login}/{part}{end}").into();
    }
    organization
}

/// An issue or a pull request of the repository, without what only one of them has.
pub(super) fn ticket(scene: &mut Scene, kind: &str, full_name: &str, author: &str) -> Value {
    let (number, id) = (
        scene.random.between(1, 4000),
        scene.random.between(1_000_000_000, 4_000_000_000),
    );
    let address = format!("{API}/repos/{full_name}/{kind}/{number}");
    let page = format!("https://github.com/{full_name}/{kind}/{number}");
    json!({
        "url": address,
        "id": id,
        "node_id": format!("PR_kwDO{}", scene.random.hex(12)),
        "html_url": page,
        "comments_url": format!("{address}/comments"),
        "events_url": format!("{address}/events"),
        "labels_url": format!("{address}/labels{{/name}}"),
        "repository_url": format!("{API}/repos/{full_name}"),
        "number": number,
        "state": scene.random.pick(&["open", "open", "closed"]),
        "state_reason": null,
        "locked": false,
        "title": scene.words(4, 12),
        "user": account(author),
        "body": scene.text(4),
        "labels": [{"id": 3_000_000_000_u64, "name": "enhancement", "color": "a2eeef", "default": true,
            "url": format!("{API}/repos/{full_name}/labels/enhancement"), "description": "New feature or request"}],
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "comments": scene.random.between(0, 30),
        "created_at": time(scene, 90),
        "updated_at": time(scene, 1),
        "closed_at": null,
        "author_association": scene.random.pick(&["MEMBER", "CONTRIBUTOR", "NONE"]),
        "active_lock_reason": null,
        "reactions": reactions(&address),
        "timeline_url": format!("{address}/timeline"),
        "performed_via_github_app": null,
    })
}

pub(super) fn reactions(address: &str) -> Value {
    json!({"url": format!("{address}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "hooray": 0,
        "confused": 0, "heart": 0, "rocket": 0, "eyes": 0})
}

/// Some moment in the last `days` days.
pub(super) fn time(scene: &mut Scene, days: u64) -> String {
    format!("{}Z", iso_time(scene.past(days)))
}
