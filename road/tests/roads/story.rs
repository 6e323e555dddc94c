//! Made-up messages, one after the other, in the shapes of their senders.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use road::Message;
use serde_json::{Value, json};

use crate::archive::{Archive, Stored};

/// Messages that come ten seconds apart.
pub struct Story {
    pub now: NaiveDateTime,
    pub messages: Vec<Stored>,
}

impl Default for Story {
    fn default() -> Self {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
        Self {
            now: day.and_hms_opt(8, 0, 0).expect("a time"),
            messages: Vec::new(),
        }
    }
}

/// An update as messages show it.
#[derive(Clone)]
pub struct Shown {
    pub alias: &'static str,
    pub builds: Vec<String>,
    pub status: &'static str,
    pub request: Option<&'static str>,
    pub gate: Option<&'static str>,
    pub signed: bool,
    pub submitted: &'static str,
    pub critpath_groups: &'static str,
}

impl Shown {
    /// A new update with these builds.
    pub fn new(alias: &'static str, builds: &[&str]) -> Self {
        Self {
            alias,
            builds: builds.iter().map(|&nvr| nvr.to_owned()).collect(),
            status: "pending",
            request: None,
            gate: None,
            signed: false,
            submitted: "2026-03-01 08:00:00",
            critpath_groups: "",
        }
    }

    fn body(&self) -> Value {
        let build =
            |nvr: &String| json!({"nvr": nvr, "signed": self.signed, "epoch": 2, "type": "rpm"});
        json!({
            "alias": self.alias,
            "status": self.status,
            "request": self.request,
            "test_gating_status": self.gate,
            "builds": self.builds.iter().map(build).collect::<Vec<_>>(),
            "date_submitted": self.submitted,
            "critpath": !self.critpath_groups.is_empty(),
            "critpath_groups": self.critpath_groups,
            "release": release(),
        })
    }

    fn subjects(&self) -> Vec<String> {
        let mut subjects = vec![format!("update:{}", self.alias)];
        for nvr in &self.builds {
            subjects.extend([format!("nvr:{nvr}"), format!("package:{}", parts(nvr).0)]);
        }
        subjects
    }
}

fn release() -> Value {
    json!({
        "name": "F90", "long_name": "Fedora 90", "branch": "f90", "dist_tag": "f90",
        "stable_tag": "f90-updates", "testing_tag": "f90-updates-testing",
        "candidate_tag": "f90-updates-candidate", "pending_signing_tag": "f90-signing-pending",
        "pending_testing_tag": "f90-updates-testing-pending", "pending_stable_tag": "f90-updates-pending",
    })
}

/// Name, version and release.
pub fn parts(nvr: &str) -> (&str, &str, &str) {
    let (front, release) = nvr.rsplit_once('-').expect("a release");
    let (name, version) = front.rsplit_once('-').expect("a version");
    (name, version, release)
}

/// A commit that is written with one digit.
pub fn commit(digit: char) -> String {
    digit.to_string().repeat(40)
}

impl Story {
    /// A message of production.
    pub fn say(&mut self, topic: &str, subjects: &[String], body: Value) {
        let site = if topic.starts_with("ci.koji") || topic.starts_with("ci.dist") {
            "centos"
        } else {
            "fedoraproject"
        };
        self.say_as(&format!("org.{site}.prod.{topic}"), subjects, body);
    }

    /// A message with its whole topic.
    pub fn say_as(&mut self, topic: &str, subjects: &[String], body: Value) {
        let number = self.messages.len();
        self.messages.push(Stored {
            message: Message {
                id: format!("m{number}"),
                number: i64::try_from(number).expect("few messages"),
                time: self.now,
                topic: topic.to_owned(),
                body,
            },
            subjects: subjects.to_vec(),
        });
        self.now += TimeDelta::seconds(10);
    }

    /// A state of a build in koji.
    pub fn build(&mut self, nvr: &str, number: u32, state: u8, commit: &str) {
        let (name, version, release) = parts(nvr);
        let subjects = [
            format!("nvr:{nvr}"),
            format!("package:{name}"),
            "build:77".to_owned(),
            format!("task:{number}"),
            format!("commit:{commit}"),
        ];
        let source = format!("git+https://src.example.org/rpms/{name}.git#{commit}");
        let body = json!({
            "name": name, "version": version, "release": release, "epoch": 3, "new": state, "build_id": 77,
            "task_id": number, "request": [source, "f90-candidate", {}],
        });
        self.say("buildsys.build.state.change", &subjects, body);
    }

    fn tagging(&mut self, topic: &str, nvr: &str, tag: &str) {
        let (name, version, release) = parts(nvr);
        let body = json!({"name": name, "version": version, "release": release, "tag": tag, "build_id": 77});
        self.say(
            topic,
            &[format!("nvr:{nvr}"), format!("package:{name}")],
            body,
        );
    }

    /// The build comes into a tag.
    pub fn tag(&mut self, nvr: &str, tag: &str) {
        self.tagging("buildsys.tag", nvr, tag);
    }

    /// The build leaves a tag.
    pub fn untag(&mut self, nvr: &str, tag: &str) {
        self.tagging("buildsys.untag", nvr, tag);
    }

    /// Something happens to an update.
    pub fn update(&mut self, what: &str, shown: &Shown) {
        self.update_with(what, shown, json!({}));
    }

    /// Something happens to an update, with more to say.
    pub fn update_with(&mut self, what: &str, shown: &Shown, more: Value) {
        let mut body = more;
        let mut subjects = shown.subjects();
        for nvr in body["removed_builds"].as_array().into_iter().flatten() {
            subjects.push(format!("nvr:{}", nvr.as_str().expect("a name")));
        }
        if what == "comment" {
            body["comment"] = json!({"update": shown.body()});
        } else {
            body["update"] = shown.body();
        }
        self.say(&format!("bodhi.update.{what}"), &subjects, body);
    }

    /// A mail about an update is out.
    pub fn errata(&mut self, shown: &Shown) {
        let body = json!({"subject": "it is stable", "update": shown.body()});
        self.say("bodhi.errata.publish", &shown.subjects(), body);
    }

    /// An update is there and can be tested: the message that ties builds to their tasks.
    pub fn ready(&mut self, shown: &Shown) {
        let build = |nvr: &String| json!({"nvr": nvr, "id": 77, "task_id": 5001});
        let builds: Vec<Value> = shown.builds.iter().map(build).collect();
        let artifact = json!({"artifact": {"builds": builds}});
        self.update_with(
            "status.testing.koji-build-group.build.complete",
            shown,
            artifact,
        );
    }

    /// A compose begins.
    pub fn composing(&mut self, repo: &str, nvrs: &[&str]) {
        let subjects: Vec<String> = nvrs.iter().map(|nvr| format!("nvr:{nvr}")).collect();
        let body = json!({"repo": repo, "updates": [nvrs.join(" ")]});
        self.say("bodhi.compose.composing", &subjects, body);
    }

    /// A compose ends; the message has no subject.
    pub fn composed(&mut self, repo: &str, success: bool) {
        self.say(
            "bodhi.compose.complete",
            &[],
            json!({"repo": repo, "success": success}),
        );
    }

    /// A test of a build.
    pub fn test(&mut self, nvr: &str, task: u32, scratch: bool, state: &str, result: &str) {
        let artifact = json!({"type": "koji-build", "id": task, "nvr": nvr, "scratch": scratch});
        let test =
            json!({"namespace": "ci", "type": "tier0", "category": "functional", "result": result});
        let mut subjects = vec![format!("task:{task}")];
        if !nvr.is_empty() {
            subjects.push(format!("nvr:{nvr}"));
        }
        let body = json!({"artifact": artifact, "test": test});
        self.say(&format!("ci.koji-build.test.{state}"), &subjects, body);
    }

    /// A decision about a build (with dashes) or an update.
    pub fn decision(
        &mut self,
        kind: &str,
        name: &str,
        context: &str,
        product: &str,
        requirement: &str,
    ) {
        let subject = format!(
            "{}:{name}",
            if kind == "koji_build" {
                "nvr"
            } else {
                "update"
            }
        );
        let satisfied = requirement.ends_with("passed") || requirement.ends_with("waived");
        let (met, missed) = if satisfied {
            (json!([{"type": requirement}]), json!([]))
        } else {
            (json!([]), json!([{"type": requirement}]))
        };
        let body = json!({
            "subject_type": kind, "subject_identifier": name, "decision_context": context,
            "product_version": product, "policies_satisfied": satisfied, "summary": "whatever",
            "satisfied_requirements": met, "unsatisfied_requirements": missed,
        });
        self.say("greenwave.decision.update", &[subject], body);
    }

    /// News of a job of openQA.
    pub fn job(&mut self, alias: &str, id: u32, what: &str, result: Value) {
        let body = json!({
            "id": id, "BUILD": format!("Update-{alias}"), "TEST": "boot", "MACHINE": "64bit",
            "FLAVOR": "server", "ARCH": "x86_64", "result": result,
        });
        self.say(
            &format!("openqa.job.{what}"),
            &[format!("update:{alias}")],
            body,
        );
    }

    /// The archive that has these messages.
    pub fn archive(&self) -> Archive {
        Archive::new(self.messages.clone())
    }
}
