//! Meetings (Meetbot).

use crate::json::{Value, json};
use chrono::TimeDelta;

use crate::event::{Event, Schema};
use crate::scene::{Scene, iso_time};

const PACKAGE: &str = "meetbot_messages";
const TEAMS: [&str; 6] = [
    "fesco",
    "council",
    "infrastructure",
    "workstation",
    "python",
    "go-sig",
];

pub(super) fn event(scene: &mut Scene) -> Event {
    let (team, chair) = (scene.random.pick(&TEAMS), scene.username());
    let begin = scene.now - TimeDelta::minutes(60);
    let location = format!("#{team}:fedoraproject.org");
    let url = format!(
        "https://meetbot.fedoraproject.org/{team}/{}/",
        scene.now.format("%Y-%m-%d")
    );
    if scene.random.percent(50) {
        let body = json!({"start_user": chair, "start_time": iso_time(scene.now), "meeting_name": team,
            "location": location, "url": url, "chairs": [chair]});
        return Event::new(
            "meetbot.meeting.start",
            Schema::new("meetbot.meeting.start", PACKAGE),
            body,
        )
        .users([chair]);
    }
    let count = scene.random.between(2, 15);
    let mut names = vec![chair.clone()];
    names.extend((1..count).map(|_| scene.username()));
    let attendees: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "lines_said": scene.random.between(1, 120)}))
        .collect();
    let body = json!({
        "start_user": chair,
        "end_user": chair,
        "start_time": iso_time(begin),
        "end_time": iso_time(scene.now),
        "meeting_name": team,
        "location": location,
        "chairs": [chair],
        "attendees": attendees,
        "url": url,
        "logs": [{"log_type": "full", "log_url": format!("{url}log.html")},
            {"log_type": "minutes", "log_url": format!("{url}minutes.html")}],
    });
    Event::new(
        "meetbot.meeting.complete",
        Schema::new("meetbot.meeting.complete", PACKAGE),
        body,
    )
    .users(names)
}
