//! openQA: jobs for updates.

use serde_json::{Map, Value};

use super::fields::{Text, body, of};
use crate::event::{Event, Job, Restart};
use crate::subject::is_number;
use crate::word::Word;

body!(JobBody {
    id: Text,
    #[serde(rename = "BUILD")]
    build: Text,
    #[serde(rename = "TEST")]
    test: Text,
    #[serde(rename = "MACHINE")]
    machine: Text,
    #[serde(rename = "FLAVOR")]
    flavor: Text,
    #[serde(rename = "ARCH")]
    arch: Text,
    result: Text,
});
body!(RestartBody { result: Map<String, Value> });

/// What a message of openQA says; `rest` is its topic after `openqa.`.
pub(crate) fn read(rest: &str, body: &Value) -> Option<Event> {
    let job: JobBody = of(body);
    let alias = job
        .build
        .as_str()
        .strip_prefix("Update-")
        .filter(|alias| !alias.is_empty())?;
    let scenario = [&job.test, &job.machine, &job.flavor, &job.arch]
        .map(Text::as_str)
        .join(" ");
    let told = |word, ended| {
        Event::Job(Job {
            alias: alias.to_owned(),
            id: job.id.as_str().to_owned(),
            scenario: scenario.clone(),
            word,
            ended,
        })
    };
    match rest {
        "job.create" => Some(told(Word::Waiting, false)),
        "job.start" => Some(told(Word::Running, false)),
        "job.done" => Some(told(word(job.result.as_str()), true)),
        "job.cancel" => Some(told(Word::None, true)),
        "job.restart" => Some(Event::Restart(Restart {
            alias: alias.to_owned(),
            id: job.id.as_str().to_owned(),
            scenario: scenario.clone(),
            jobs: pairs(of::<RestartBody>(body).result),
        })),
        _ => None,
    }
}

/// Whether a job with this result does not count: somebody stopped it, or another one takes its place.
pub(crate) fn is_dropped(result: &str) -> bool {
    matches!(
        result,
        "user_cancelled" | "user_restarted" | "parallel_restarted" | "obsoleted"
    )
}

fn word(result: &str) -> Word {
    match result {
        "passed" | "softfailed" => Word::Passed,
        _ if is_dropped(result) => Word::None,
        _ => Word::Failed,
    }
}

/// The jobs of a restart, by the job in whose place each comes.
fn pairs(result: Map<String, Value>) -> Vec<(String, String)> {
    let pairs = result.into_iter().filter_map(|(old, new)| {
        let new = match new {
            Value::String(text) => text,
            other => other.to_string(),
        };
        (is_number(&old) && is_number(&new)).then_some((old, new))
    });
    pairs.collect()
}
