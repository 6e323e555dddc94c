//! A client that asks an ordinary question every second, and notes how long it waits.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use simulator::Random;

use crate::scene::Scene;
use crate::wire;

/// A question and what became of it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub from: Duration,
    pub until: Duration,
    pub path: String,
    /// None where the connection was refused or broke, or nothing came.
    pub status: Option<u16>,
    /// Whether a disturbance may be the reason for a late answer or none.
    pub excused: bool,
}

impl Asked {
    /// How long the whole answer took to come.
    pub fn took(&self) -> Duration {
        self.until.saturating_sub(self.from)
    }
}

/// Asks the grepper at `address` until all is over.
pub fn run(scene: &Scene, address: &str, seed: u64) -> Vec<Asked> {
    let mut random = Random::new(seed);
    let agent = wire::agent();
    let mut asked = Vec::new();
    while !scene.over.load(Ordering::Relaxed) {
        let path = question(&mut random);
        let from = scene.journal.now();
        let status = ask(&agent, &format!("http://{address}{path}"));
        let until = scene.journal.now();
        let excused = scene.journal.excuses(from, until);
        match status {
            Some(200) => {}
            Some(500) => scene.journal.fault(&format!("500 to {path}")),
            other if !excused => {
                let ms = until.saturating_sub(from).as_millis();
                let what = format!("quiet client: {other:?} to {path} after {ms} ms");
                scene.journal.say(&what);
            }
            _ => {}
        }
        asked.push(Asked {
            from,
            until,
            path,
            status,
            excused,
        });
        thread::sleep(Duration::from_secs(1).saturating_sub(until.saturating_sub(from)));
    }
    asked
}

/// The status of the answer, once all of it has come.
pub fn ask(agent: &ureq::Agent, url: &str) -> Option<u16> {
    let mut answer = agent.get(url).call().ok()?;
    answer.body_mut().read_to_vec().ok()?;
    Some(answer.status().as_u16())
}

/// One of the questions that clients ask all day.
pub fn question(random: &mut Random) -> String {
    let user = random.pick(&["adamk", "bodhi", "nobody", "churchyard"]);
    let package = random.pick(&["kernel", "bash", "python3", "firefox"]);
    let category = random.pick(&["bodhi", "copr", "buildsys", "git"]);
    match random.between(0, 9) {
        0 => "/messagecount".to_owned(),
        1 => "/raw?rows_per_page=5".to_owned(),
        2 => format!("/raw?user={user}"),
        3 => format!("/raw?package={package}&delta=86400"),
        4 => format!("/v2/search?category={category}&meta=summary&rows_per_page=10"),
        5 => format!("/raw?user={user}&package={package}"),
        6 => format!("/raw?not_category={category}&delta=3600&rows_per_page=10"),
        7 => format!("/charts/line?category={category}&split_on=categories"),
        8 => format!("/raw?category={category}&order=asc&start=1700000000&rows_per_page=10"),
        _ => "/raw?topic=org.fedoraproject.prod.bodhi.update.comment&rows_per_page=10".to_owned(),
    }
}
