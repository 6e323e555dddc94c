//! First rows of dashboards: they show how all is now, and are red where nobody tells.

use std::fmt::Write as _;

use serde_json::Value;

use crate::alerts::graphs::{DASHBOARDS, filled, panels};
use crate::alerts::prometheus::promtool;
use crate::alerts::read;

/// What there is while all is well.
const WELL: [(&str, &str); 9] = [
    ("up{job=\"nommer\", instance=\"a\"}", "1"),
    ("up{job=\"grepper\", instance=\"a\"}", "1"),
    ("grepper_database_up{job=\"grepper\", instance=\"a\"}", "1"),
    ("nommer_consuming{job=\"nommer\", instance=\"a\"}", "1"),
    ("nommer_database_up{job=\"nommer\", instance=\"a\"}", "1"),
    ("nommer_database_full{job=\"nommer\", instance=\"a\"}", "0"),
    (
        "nommer_queue_fullness_ratio{job=\"nommer\", instance=\"a\", queue=\"q\"}",
        "0.1",
    ),
    (
        "nommer_expected_newest_timestamp_seconds{job=\"nommer\", instance=\"a\", name=\"t\"}",
        "0",
    ),
    (
        "nommer_expected_age_seconds{job=\"nommer\", instance=\"a\", name=\"t\"}",
        "10800",
    ),
];

fn is_of_state(panel: &Value) -> bool {
    panel["type"] == "stat" && steps(panel)[0]["color"] == "red"
}

fn steps(panel: &Value) -> &Vec<Value> {
    let steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"].as_array();
    steps.expect("steps")
}

fn expression(panel: &Value) -> String {
    filled(panel["targets"][0]["expr"].as_str().expect("an expression"))
}

/// The panels of the first row that say yes or no, or for how long, of each dashboard.
fn first_rows() -> Vec<Value> {
    let all = DASHBOARDS.iter().flat_map(|program| panels(program));
    all.filter(|panel| panel["gridPos"]["y"] == 0 && is_of_state(panel))
        .collect()
}

/// A case for promtool: what there is, and conditions that hold five minutes later.
fn case(series: &[(String, String)], conditions: &[String]) -> String {
    let mut text = "- interval: 1m\n  input_series:\n".to_owned();
    for (name, values) in series {
        writeln!(text, "  - {{series: '{name}', values: '{values}'}}").expect("a text");
    }
    text.push_str("  promql_expr_test:\n");
    for condition in conditions {
        let sample = "{labels: '{}', value: 1}";
        writeln!(
            text,
            "  - {{expr: '{condition}', eval_time: 5m, exp_samples: [{sample}]}}"
        )
        .expect("a text");
    }
    text
}

fn assert_hold(cases: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tests.yml");
    let text = format!("evaluation_interval: 1m\ntests:\n{cases}");
    std::fs::write(&file, text).expect("written");
    let Some(checked) = promtool(["test", "rules"], &file) else {
        return;
    };
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn first_rows_are_green_while_all_is_well_and_red_where_a_program_is_dead_or_not_known() {
    let panels = first_rows();
    assert_eq!(panels.len(), 7, "{panels:?}");
    let (mut red, mut green) = (Vec::new(), Vec::new());
    for panel in &panels {
        let asked = expression(panel);
        red.push(format!("max({asked}) < bool {}", steps(panel)[1]["value"]));
        let step = steps(panel).iter().find(|step| step["color"] == "green");
        green.push(format!(
            "min({asked}) >= bool {}",
            step.expect("green")["value"]
        ));
    }
    let series = |values: &dyn Fn(&str, &str) -> String| -> Vec<_> {
        WELL.iter()
            .map(|(name, value)| ((*name).to_owned(), values(name, value)))
            .collect()
    };
    let well = series(&|_, value| format!("{value}x9"));
    let dead = series(&|name, value| match name.starts_with("up{") {
        true => "1 1 0x7".to_owned(),
        false => format!("{value} {value} stale"),
    });
    let unknown = [(
        "up{job=\"other\", instance=\"a\"}".to_owned(),
        "1x9".to_owned(),
    )];
    let cases = [case(&well, &green), case(&dead, &red), case(&unknown, &red)];
    assert_hold(&cases.concat());
}

#[test]
fn a_topic_that_never_came_does_not_flatten_the_others() {
    let silent = panels("nommer")
        .into_iter()
        .find(|panel| panel["title"] == "Is a topic silent?");
    let drawn = expression(&silent.expect("a panel"));
    let series = [
        ("nommer_expected_newest_timestamp_seconds", "0x9"),
        ("nommer_expected_age_seconds", "1x9"),
    ];
    let series = series.map(|(name, values)| {
        let labels = "{job=\"nommer\", instance=\"a\", name=\"never\"}";
        (format!("{name}{labels}"), values.to_owned())
    });
    let conditions = [
        format!("max({drawn}) > bool 1"),
        format!("max({drawn}) <= bool 3"),
    ];
    assert_hold(&case(&series, &conditions));
}

/// A last value of hours ago would be shown as if it were of now.
#[test]
fn what_is_shown_as_one_value_is_of_now() {
    for panel in DASHBOARDS.iter().flat_map(|program| panels(program)) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let is_instant = target["instant"] == true && target["range"] == false;
            assert_eq!(is_instant, panel["type"] == "stat", "{}", panel["title"]);
        }
    }
}

#[test]
fn each_alert_is_in_the_list_of_a_dashboard() {
    let lists: Vec<String> = DASHBOARDS
        .iter()
        .map(|program| {
            let mut lists = panels(program)
                .into_iter()
                .filter(|panel| panel["type"] == "alertlist" && panel["gridPos"]["y"] == 0);
            let list = lists.next().expect(program);
            let filter = list["options"]["alertInstanceLabelFilter"].as_str();
            let names =
                filter.and_then(|text| text.strip_prefix("{alertname=~\"")?.strip_suffix("\"}"));
            names.expect("names of alerts").to_owned()
        })
        .collect();
    let is_named = |alert: &str, name: &str| match name.strip_suffix(".*") {
        Some(beginning) => alert.starts_with(beginning),
        None => alert == name,
    };
    for line in read("deploy/prometheus/rules.yml").lines() {
        if let Some(alert) = line.trim().strip_prefix("- alert: ") {
            let mut names = lists.iter().flat_map(|list| list.split('|'));
            assert!(names.any(|name| is_named(alert, name)), "{alert}");
        }
    }
}
