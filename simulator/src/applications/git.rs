//! Pushes to plain git repositories (the git hook).

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::people::Person;
use crate::scene::{Scene, iso_time};

/// A commit in a repository.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commit<'a> {
    pub(crate) author: &'a Person,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) repo: &'a str,
    pub(crate) branch: &'a str,
    pub(crate) rev: &'a str,
}

pub(super) fn event(scene: &mut Scene) -> Event {
    let author = scene.person();
    // Half of the pushes are to repositories of packages.
    let (namespace, repo) = match scene.random.percent(50) {
        true => (Some("rpms"), scene.package()),
        false => (
            None,
            scene
                .random
                .pick(&["infra-docs", "ansible", "kickstarts", "comps", "releng"])
                .to_owned(),
        ),
    };
    let rev = scene.random.hex(40);
    let commit = Commit {
        author,
        namespace,
        repo: &repo,
        branch: namespace.map_or("main", |_| "rawhide"),
        rev: &rev,
    };
    committed(scene, commit)
}

/// A commit came to a repository.
pub(crate) fn committed(scene: &mut Scene, commit: Commit) -> Event {
    let Commit {
        author,
        namespace,
        repo,
        branch,
        rev,
    } = commit;
    let agent = author.username.as_str();
    let summary = scene.words(3, 9);
    let (files, files_count, insertions, deletions) = changes(scene);
    let count = files_count;
    let path = namespace.map_or(repo.to_owned(), |namespace| format!("{namespace}/{repo}"));
    let commit = json!({
        "name": author.full_name,
        "email": format!("{agent}@fedoraproject.org"),
        "username": agent,
        "agent": agent,
        "summary": summary,
        "message": format!("{summary}\n\n{}\n", scene.text(2)),
        "date": format!("{}+00:00", iso_time(scene.now)),
        "rev": rev,
        "branch": branch,
        "namespace": namespace,
        "repo": repo,
        "path": format!("/srv/git/{path}.git"),
        "url": format!("https://git.example.org/{path}/c/{rev}"),
        "stats": {"files": files, "total": {"files": count, "insertions": insertions, "deletions": deletions,
            "lines": insertions + deletions}},
        "patch": patch(scene),
    });
    let packages: Vec<&str> = namespace.map(|_| repo).into_iter().collect();
    let schema = Schema::new(
        "fedora_messaging_git_hook.commit.v1",
        "fedora_messaging_git_hook_messages",
    );
    Event::new(
        "git.receive",
        schema,
        json!({"agent": agent, "commit": commit}),
    )
    .users([agent])
    .packages(packages)
}

fn changes(scene: &mut Scene) -> (Value, u64, u64, u64) {
    let (mut files, count) = (json!({}), scene.random.between(1, 6));
    let (mut insertions, mut deletions) = (0, 0);
    for number in 0..count {
        let (added, removed) = (scene.random.between(0, 80), scene.random.between(0, 40));
        let change = json!({"insertions": added, "deletions": removed, "lines": added + removed});
        files[format!("docs/chapter-{number}.rst")] = change;
        insertions += added;
        deletions += removed;
    }
    (files, count, insertions, deletions)
}

/// Some patches are long.
fn patch(scene: &mut Scene) -> String {
    let most = if scene.random.percent(15) { 280 } else { 15 };
    let length = scene.random.between(2, most);
    (0..length)
        .map(|_| {
            format!(
                "{}{}\n",
                scene.random.pick(&["+", "-", " "]),
                scene.words(2, 14)
            )
        })
        .collect()
}
