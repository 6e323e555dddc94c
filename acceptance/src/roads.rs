//! Roads that grepper tells, against the ends of stories that the simulator told.

use serde_json::Value;
use simulator::End;

/// The path at which grepper tells the road of a subject, such as `nvr:bash-5.3-1.fc45`.
#[must_use]
pub fn road_path(subject: &str) -> String {
    let (kind, name) = subject.split_once(':').unwrap_or_default();
    let name = name.replace('#', "%23").replace('+', "%2b");
    format!("/v2/road?{kind}={name}")
}

/// Where the answer of [`road_path`] differs from how a story ended, in words.
#[must_use]
pub fn road_differences(answer: &Value, end: &End) -> Vec<String> {
    let road = &answer["roads"][0];
    let mut differences = Vec::new();
    let mut compare = |what: &str, told: &Value, expected: Value| {
        if *told != expected {
            differences.push(format!("{what} is {told} and not {expected}"));
        }
    };
    compare("complete", &answer["complete"], true.into());
    compare("subject", &road["subject"], end.subject.as_str().into());
    compare("branch", &road["branch"], end.branch.clone().into());
    compare("update", &road["update"], end.update.clone().into());
    compare("tags", &road["tags"], end.tags.clone().into());
    for (stage, word) in &end.stages {
        compare(stage, &road["stages"][stage]["word"], (*word).into());
    }
    let told = road["stages"].as_object().into_iter().flatten();
    for (stage, told) in told.filter(|(stage, _)| end.word(stage) == "none") {
        compare(stage, &told["word"], "none".into());
    }
    differences
}
