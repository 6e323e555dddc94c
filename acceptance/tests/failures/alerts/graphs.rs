//! Dashboards: what they ask for can be asked, and what they link to is there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::alerts::prometheus::promtool;
use crate::alerts::read;

pub const DASHBOARDS: [&str; 2] = ["nommer", "grepper"];
const SOURCE: &str = "${datasource}";

fn dashboard(program: &str) -> Value {
    let text = read(&format!("deploy/grafana/{program}.json"));
    serde_json::from_str(&text).expect(program)
}

pub fn panels(program: &str) -> Vec<Value> {
    let dashboard = dashboard(program);
    dashboard["panels"].as_array().expect("panels").clone()
}

fn texts<'a>(values: &'a Value, name: &'a str) -> impl Iterator<Item = &'a str> {
    let values = values.as_array().into_iter().flatten();
    values.map(move |value| {
        value[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {value}"))
    })
}

/// All that Prometheus is asked, with values in place of what Grafana fills in.
pub fn expressions() -> Vec<String> {
    let mut all = Vec::new();
    for program in DASHBOARDS {
        for panel in panels(program) {
            all.extend(texts(&panel["targets"], "expr").map(str::to_owned));
        }
        let annotations = dashboard(program)["annotations"]["list"].clone();
        all.extend(texts(&annotations, "expr").map(str::to_owned));
    }
    all.iter().map(|text| filled(text)).collect()
}

/// What is asked, with values in place of what Grafana fills in.
pub fn filled(expression: &str) -> String {
    let with_interval = expression.replace("$__rate_interval", "5m");
    with_interval.replace("$instance", ".*")
}

#[test]
fn expressions_of_dashboards_can_be_asked() {
    let mut rules = "groups:\n- name: dashboards\n  rules:\n".to_owned();
    let expressions = expressions();
    assert!(expressions.len() > 30 && !expressions.iter().any(|text| text.contains('$')));
    for (number, expression) in expressions.iter().enumerate() {
        let quoted = expression.replace('\'', "''");
        writeln!(rules, "  - {{record: 'panel:{number}', expr: '{quoted}'}}").expect("a text");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.yml");
    std::fs::write(&file, rules).expect("written");
    let Some(checked) = promtool(["check", "rules"], &file) else {
        return;
    };
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn panels_ask_the_chosen_source_and_lead_to_the_runbook() {
    let runbook = read("docs/runbook.md");
    let sections: BTreeSet<String> = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|title| format!("${{runbook}}#{}", title.to_lowercase()))
        .collect();
    let mut linked = BTreeSet::new();
    for program in DASHBOARDS {
        let dashboard = dashboard(program);
        let variables: Vec<&str> = texts(&dashboard["templating"]["list"], "name").collect();
        assert_eq!(variables, ["datasource", "instance", "runbook"]);
        let mut ids = BTreeSet::new();
        for panel in panels(program) {
            assert!(ids.insert(panel["id"].as_u64()), "{}", panel["id"]);
            // Grafana itself knows which alerts fire, of all that it can ask.
            if panel["type"] != "alertlist" {
                assert_eq!(panel["datasource"]["uid"], SOURCE, "{}", panel["title"]);
                for target in panel["targets"].as_array().expect("targets") {
                    assert_eq!(target["datasource"]["uid"], SOURCE, "{}", panel["title"]);
                }
            }
            for url in texts(&panel["links"], "url") {
                assert!(sections.contains(url), "{url}");
                linked.insert(url.to_owned());
            }
        }
    }
    assert_eq!(sections, linked);
}
