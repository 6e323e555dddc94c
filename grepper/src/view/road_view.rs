//! Roads as programs get them.

use chrono::NaiveDateTime;
use pythonic::json::to_text;
use road::{Road, Step, Subject};
use serde::ser::{Serialize, SerializeMap, Serializer};
use sha2::{Digest, Sha256};

use crate::request::road_params::RoadParams;

/// Bytes of the digest that is a cursor.
const CURSOR: usize = 16;

/// Why a road is not complete.
const IN_PART: &str = "there is very much about it, and not all was read: a stage that depends on the rest is waiting, not passed; of a build in a large update, ask for the update";

/// A digest of roads, which is the same everywhere for as long as they are.
pub fn cursor(roads: &[Road]) -> String {
    let roads: Vec<RoadView> = roads.iter().map(RoadView).collect();
    let digest = Sha256::digest(to_text(&roads));
    let hex = digest[..CURSOR].iter().map(|byte| format!("{byte:02x}"));
    hex.collect()
}

/// The answer as JSON text; `met` is whether what the client waits for is so, if it waits.
pub fn json(
    asked: &RoadParams,
    roads: &[Road],
    complete: bool,
    met: Option<impl Serialize>,
    cursor: &str,
) -> String {
    to_text(&RoadAnswer {
        asked: Asked(asked),
        as_of: asked.as_of.map(time),
        roads: roads.iter().map(RoadView).collect(),
        complete,
        why: (!complete).then_some(IN_PART),
        met,
        cursor,
    })
}

/// A time as headers of messages have it.
fn time(at: NaiveDateTime) -> String {
    let form = match at.and_utc().timestamp_subsec_micros() {
        0 => "%Y-%m-%dT%H:%M:%S+00:00",
        _ => "%Y-%m-%dT%H:%M:%S%.6f+00:00",
    };
    at.format(form).to_string()
}

/// The members of an answer.
#[derive(serde::Serialize)]
struct RoadAnswer<'a, M> {
    asked: Asked<'a>,
    as_of: Option<String>,
    roads: Vec<RoadView<'a>>,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<M>,
    cursor: &'a str,
}

/// What was asked, by the names of parameters.
struct Asked<'a>(&'a RoadParams);

impl Serialize for Asked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (kind, name) = self.0.subject.parts();
        map.serialize_entry(kind, name)?;
        if let Some(branch) = &self.0.branch {
            map.serialize_entry("branch", branch)?;
        }
        map.serialize_entry("environment", self.0.environment)?;
        map.end()
    }
}

/// A road.
struct RoadView<'a>(&'a Road);

impl Serialize for RoadView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let road = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("subject", &road.subject.to_string())?;
        map.serialize_entry("kind", road.subject.parts().0)?;
        map.serialize_entry("package", &road.package)?;
        map.serialize_entry("branch", &road.branch)?;
        map.serialize_entry("update", &road.update)?;
        if matches!(road.subject, Subject::Update(_)) {
            map.serialize_entry("builds", &road.builds)?;
        }
        if let Some(task) = &road.task {
            map.serialize_entry("task", task)?;
            map.serialize_entry("built_again_by", &road.built_again_by)?;
        }
        if let Some(alias) = &road.replaced_by {
            map.serialize_entry("replaced_by", alias)?;
        }
        map.serialize_entry("tags", &road.tags)?;
        map.serialize_entry("stages", &Stages(&road.stages))?;
        map.end()
    }
}

/// Stages by their names, in order.
struct Stages<'a>(&'a [Step]);

impl Serialize for Stages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|step| {
            let told = StepView {
                word: step.word.as_str(),
                since: step.since.map(time),
                messages: &step.messages,
            };
            (step.stage.as_str(), told)
        }))
    }
}

/// What is told of a stage.
#[derive(serde::Serialize)]
struct StepView<'a> {
    word: &'static str,
    since: Option<String>,
    messages: &'a [String],
}
