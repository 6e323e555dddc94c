//! How Prometheus is to be told of the programs: as the page of nommer has it.

use crate::alerts::prometheus::promtool;
use crate::alerts::{file, read};

#[test]
fn prometheus_takes_the_configuration_that_the_page_shows() {
    let page = read("docs/nommer.md");
    let (_, rest) = page.split_once("```yaml prometheus\n").expect("a sample");
    let (sample, _) = rest.split_once("```").expect("its end");
    let rules = file("deploy/prometheus/rules.yml");
    let here = rules.to_str().expect("text");
    let sample_here = sample.replace("/etc/prometheus/archive.yml", here);
    assert_ne!(sample, sample_here);
    // The names by which alerts know the programs, and the label that they lead by.
    for part in ["job_name: nommer ", "job_name: grepper ", "{runbook: "] {
        assert!(sample.contains(part), "{part}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = folder.path().join("prometheus.yml");
    std::fs::write(&configuration, sample_here).expect("written");
    let Some(checked) = promtool(["check", "config"], &configuration) else {
        return;
    };
    let told = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{checked:?}");
    assert!(told.contains("rules found"), "{told}");
}
