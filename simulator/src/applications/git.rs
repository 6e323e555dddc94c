//! Pushes to plain git repositories (the git hook).

use crate::json::{Value, json};

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

pub(super) fn event(scene: &mut Scene) -> Event {
    let person = scene.person();
    let agent = person.username.clone();
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
    let (rev, summary) = (scene.random.hex(40), scene.words(3, 9));
    let (files, files_count, insertions, deletions) = changes(scene);
    let count = files_count;
    let path = namespace.map_or(repo.clone(), |namespace| format!("{namespace}/{repo}"));
    let commit = json!({
        "name": person.full_name,
        "email": format!("{agent}@fedoraproject.org"),
        "username": agent,
        "agent": agent,
        "summary": summary,
        "message": format!("{summary}\n\n{}\n", scene.text(2)),
        "date": format!("{}+00:00", iso_time(scene.now)),
        "rev": rev,
        "branch": "main",
        "namespace": namespace,
        "repo": repo,
        "path": format!("/srv/git/{path}.git"),
        "url": format!("https://git.example.org/{path}/c/{rev}"),
        "stats": {"files": files, "total": {"files": count, "insertions": insertions, "deletions": deletions,
            "lines": insertions + deletions}},
        "patch": patch(scene),
    });
    let packages: Vec<String> = namespace.map(|_| repo).into_iter().collect();
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
