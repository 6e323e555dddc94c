//! What is recorded of tests: outcomes in ResultsDB, and before 2020 by Taskotron, and waivers in WaiverDB.

use serde_json::Value;

use super::fields::{List, Text, body, of};
use crate::event::{Event, Item, Outcome, Waiver};
use crate::subject::is_nvr;
use crate::word::Word;

body!(ResultBody {
    data: ResultData,
    testcase: Testcase,
    outcome: Text
});
body!(ResultData {
    #[serde(rename = "type")]
    kind: List<Text>,
    item: List<Text>,
    nvr: List<Text>,
    original_spec_nvr: List<Text>,
    scenario: List<Text>,
    arch: List<Text>,
    system_architecture: List<Text>,
    variant: List<Text>,
    system_variant: List<Text>,
});
body!(Testcase { name: Text });
body!(TaskotronBody {
    task: Task,
    result: TaskResult
});
body!(Task {
    #[serde(rename = "type")]
    kind: Text,
    item: Text,
    name: Text,
});
body!(TaskResult { outcome: Text });
body!(WaiverBody {
    subject_type: Text,
    subject_identifier: Text,
    subject: OldSubject,
    testcase: Text,
    scenario: Text,
    waived: bool,
});
body!(OldSubject {
    #[serde(rename = "type")]
    kind: Text,
    item: Text,
    original_spec_nvr: Text,
});

/// What a message of these services says.
pub(crate) fn read(about: &str, body: &Value) -> Option<Event> {
    match about {
        "resultsdb.result.new" => outcome(of(body)),
        "taskotron.result.new" => taskotron(of(body)),
        "waiverdb.waiver.new" => waiver(of(body)),
        _ => None,
    }
}

/// The build or update that services which know both call `kind` and `name`; an empty kind is one that is unknown.
pub(crate) fn item(kind: &str, name: Text, spec: Text) -> Option<Item> {
    match kind {
        "koji_build" => name.if_it(is_nvr).map(Item::Nvr),
        "bodhi_update" => name.some().map(Item::Update),
        "" => spec.if_it(is_nvr).map(Item::Nvr),
        _ => None,
    }
}

fn outcome(body: ResultBody) -> Option<Event> {
    let data = body.data;
    let either = |one: &List<Text>, other: &List<Text>| {
        let first = [one.first(), other.first()]
            .into_iter()
            .find_map(Text::some);
        first.unwrap_or_default()
    };
    let spec = if data.nvr.first().as_str().is_empty() {
        &data.original_spec_nvr
    } else {
        &data.nvr
    };
    Some(Event::Outcome(Outcome {
        item: item(data.kind.first().as_str(), data.item.first(), spec.first())?,
        test: [
            body.testcase.name.as_str().to_owned(),
            data.scenario.first().as_str().to_owned(),
            either(&data.system_architecture, &data.arch),
            either(&data.system_variant, &data.variant),
        ],
        word: word(body.outcome.as_str()),
    }))
}

fn taskotron(body: TaskotronBody) -> Option<Event> {
    let name = body.task.name.some()?;
    Some(Event::Outcome(Outcome {
        item: item(body.task.kind.as_str(), body.task.item, Text::default())?,
        test: [name, String::new(), String::new(), String::new()],
        word: word(body.result.outcome.as_str()),
    }))
}

fn word(outcome: &str) -> Word {
    match outcome {
        "PASSED" | "INFO" => Word::Passed,
        "QUEUED" => Word::Waiting,
        "RUNNING" => Word::Running,
        _ => Word::Failed,
    }
}

fn waiver(body: WaiverBody) -> Option<Event> {
    let old = body.subject;
    let item = if body.subject_type.as_str().is_empty() {
        item(old.kind.as_str(), old.item, old.original_spec_nvr)
    } else {
        item(
            body.subject_type.as_str(),
            body.subject_identifier,
            Text::default(),
        )
    };
    Some(Event::Waiver(Waiver {
        item: item?,
        test: [&body.testcase, &body.scenario].map(|name| name.as_str().to_owned()),
        waived: body.waived,
    }))
}
