//! The scripts of docs/waiting.md, run against a road that is told to its end, and one that is told while they wait.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support;
use crate::support::programs::Grepper;
use crate::waiting::{Scene, build, message};

const PAGE: &str = include_str!("../../../docs/waiting.md");
const NVR: &str = "tidepool-1.4.2-1.fc90";
const UPDATE: &str = "FEDORA-2026-1a2b3c4d01";
const COMMIT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The block of the page with this language and name.
fn block(language: &str, name: &str) -> String {
    support::blocks::block(PAGE, language, name)
}

fn run(command: Command, grepper: &Grepper) -> Output {
    run_for(command, &grepper.authority, NVR)
}

/// Runs a script that asks the grepper at this address for a build.
fn run_for(mut command: Command, grepper: &str, nvr: &str) -> Output {
    command
        .env("GREPPER", grepper)
        .envs([("NVR", nvr), ("PACKAGE", "tidepool"), ("UPDATE", UPDATE)])
        .env("BRANCH", "f90")
        .envs([("TASK", "88"), ("SCRATCH", "99"), ("PR", "rpms/tidepool#7")])
        .envs([
            ("ID", "decision"),
            ("WAIT", "1"),
            ("TURNS", "2"),
            ("PAUSE", "0.1"),
        ])
        .stdin(Stdio::null())
        .output()
        .expect("started")
}

/// A script that is ended, with 124, where it does not end itself.
fn limited(arguments: &[&str]) -> Command {
    let mut timeout = Command::new("timeout");
    timeout.arg("120").args(arguments);
    timeout
}

fn bash(text: &str) -> Command {
    let library = block("sh", "library");
    limited(&["bash", "-c", &format!("{library}\n{text}")])
}

fn python(text: &str) -> Command {
    limited(&["python3", "-c", text])
}

/// The step of the pipeline at GitLab.
fn gitlab() -> Command {
    let gitlab = yaml_rust2::YamlLoader::load_from_str(&block("yaml", "gitlab")).expect("YAML");
    let lines = gitlab[0]["wait-for-gate"]["script"]
        .as_vec()
        .expect("a script");
    let script: Vec<&str> = lines.iter().filter_map(|line| line.as_str()).collect();
    assert_eq!(script.len(), 3);
    bash(&script.join("\n"))
}

/// The step of the pipeline at Jenkins, whose shell is not bash.
fn jenkins() -> Command {
    let jenkins = block("groovy", "jenkins");
    let mut quoted = jenkins.split("'''");
    limited(&["sh", "-xec", quoted.nth(1).expect("a script")])
}

/// All that wait for a gate.
fn waiting_for_a_gate() -> [(&'static str, Command); 4] {
    [
        ("gate", bash(&block("sh", "gate"))),
        ("steps", python(&block("python", "steps"))),
        ("gitlab", gitlab()),
        ("jenkins", jenkins()),
    ]
}

/// What a script wrote; it must end well.
fn told(output: Output, name: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {text}\n{errors}");
    text
}

fn release() -> Value {
    json!({
        "name": "F90", "long_name": "Fedora 90", "branch": "f90", "dist_tag": "f90",
        "stable_tag": "f90-updates", "testing_tag": "f90-updates-testing",
        "candidate_tag": "f90-updates-candidate", "pending_signing_tag": "f90-signing-pending",
        "pending_testing_tag": "f90-updates-testing-pending", "pending_stable_tag": "f90-updates-pending",
    })
}

/// What is told of the build, step by step.
struct Story<'a>(&'a Scene);

impl Story<'_> {
    fn about(&self, id: &str, topic: &str, subjects: &[&str], body: &Value) {
        let subjects: Vec<String> = subjects.iter().map(|text| (*text).to_owned()).collect();
        self.0.store(message(id, topic, &subjects, body));
    }

    fn built(&self, state: u8) {
        self.0.build(NVR, state);
    }

    fn update(&self, what: &str, status: &str) {
        let update = json!({
            "alias": UPDATE, "status": status, "request": null, "test_gating_status": null, "critpath": false,
            "critpath_groups": "", "date_submitted": "2026-03-01 08:00:00", "release": release(),
            "builds": [{"nvr": NVR, "signed": true, "epoch": 0, "type": "rpm"}],
        });
        let body = json!({
            "update": update, "artifact": {"builds": [{"nvr": NVR, "id": 77, "task_id": 88}]},
        });
        let subjects = [
            &*format!("update:{UPDATE}"),
            &format!("nvr:{NVR}"),
            "task:88",
            "package:tidepool",
        ];
        self.about(what, &format!("bodhi.update.{what}"), &subjects, &body);
    }

    fn ready(&self) {
        self.update("status.testing.koji-build-group.build.complete", "testing");
    }

    fn test(&self, result: &str) {
        let body = json!({
            "artifact": {"type": "koji-build", "id": 88, "nvr": NVR, "scratch": false},
            "test": {"namespace": "ci", "type": "tier0", "category": "functional", "result": result},
        });
        let subjects = ["task:88", &format!("nvr:{NVR}")];
        self.about(
            &format!("test-{result}"),
            "ci.koji-build.test.complete",
            &subjects,
            &body,
        );
    }

    fn decision(&self, id: &str, requirement: &str) {
        let is_met = !requirement.ends_with("failed");
        let of = |wanted: bool| match is_met == wanted {
            true => json!([{"type": requirement, "testcase": "t"}]),
            false => json!([]),
        };
        let body = json!({
            "subject_type": "bodhi_update", "subject_identifier": UPDATE, "product_version": "fedora-90",
            "decision_context": "bodhi_update_push_stable", "policies_satisfied": is_met,
            "summary": "told in prose", "satisfied_requirements": of(true), "unsatisfied_requirements": of(false),
        });
        self.about(
            id,
            "greenwave.decision.update",
            &[&format!("update:{UPDATE}")],
            &body,
        );
    }

    fn waived(&self) {
        let body = json!({
            "subject_type": "bodhi_update", "subject_identifier": UPDATE, "testcase": "t", "waived": true,
        });
        self.about(
            "waiver",
            "waiverdb.waiver.new",
            &[&format!("update:{UPDATE}")],
            &body,
        );
    }

    /// All that other scripts wait for.
    fn others(&self) {
        let job = json!({
            "id": 1, "BUILD": format!("Update-{UPDATE}"), "TEST": "boot", "MACHINE": "64bit", "FLAVOR": "server",
            "ARCH": "x86_64", "result": "passed",
        });
        self.about(
            "job",
            "openqa.job.done",
            &[&format!("update:{UPDATE}")],
            &job,
        );
        let task =
            json!({"id": 99, "new": "CLOSED", "method": "build", "srpm": format!("{NVR}.src.rpm")});
        self.about("task", "buildsys.task.state.change", &["task:99"], &task);
        let tag = json!({"name": "tidepool", "version": "1.4.2", "release": "1.fc90", "tag": "f90-updates", "build_id": 77});
        self.about(
            "tag",
            "buildsys.tag",
            &[&format!("nvr:{NVR}"), "package:tidepool"],
            &tag,
        );
        let pull_request = json!({
            "id": 7, "status": "Open", "commit_stop": COMMIT,
            "project": {"name": "tidepool", "namespace": "rpms", "fullname": "rpms/tidepool"},
        });
        let flag = json!({"status": "success", "username": "Zuul", "commit_hash": COMMIT});
        let subjects = [
            "pr:rpms/tidepool#7",
            "package:tidepool",
            &format!("commit:{COMMIT}"),
        ];
        let body = json!({"pullrequest": pull_request, "flag": flag});
        self.about("flag", "pagure.pull-request.flag.added", &subjects, &body);
    }
}

#[test]
fn the_scripts_of_the_page_end_when_all_is_told() {
    let scene = Scene::new();
    let story = Story(&scene);
    story.built(1);
    story.ready();
    story.test("passed");
    story.decision("decision", "test-result-passed");
    story.update("complete.stable", "stable");
    story.others();
    let grepper = Grepper::start(&scene.database.url, &[]);
    for (name, expected) in [
        ("gate", "the gate of tidepool-1.4.2-1.fc90: passed"),
        ("task", "task 88: passed"),
        ("scratch", ""),
        ("tests", "\"word\": \"passed\""),
        ("pull-request", "passed\nflag"),
        ("search", "status.testing.koji-build-group.build.complete"),
        ("openqa", "boot passed"),
        (
            "message",
            "org.fedoraproject.prod.greenwave.decision.update",
        ),
        ("stable", UPDATE),
        ("package", "nothing new"),
        ("scenario", "stable=passed"),
    ] {
        let text = told(run(bash(&block("sh", name)), &grepper), name);
        assert!(text.contains(expected), "{name}: {text}");
    }
    let scripts = support::blocks::blocks(PAGE, "sh");
    let names: Vec<&str> = scripts.into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names.len(),
        11 + 2,
        "each is run, but the library: {names:?}"
    );
    let text = told(run(python(&block("python", "steps")), &grepper), "steps");
    assert!(text.contains("stable passed 2"), "{text}");
    let before = run(python(&block("python", "before")), &grepper);
    let text = told(before, "python before");
    assert_eq!(text, "seen, whatever it said\n");
    // Nothing is known by package, and the sentence is another one.
    let before = run(bash(&block("sh", "before")), &grepper);
    assert_eq!(before.status.code(), Some(1));
}

#[test]
fn the_steps_of_pipelines_end_when_the_gate_is_open() {
    let scene = Scene::new();
    let story = Story(&scene);
    story.built(1);
    story.ready();
    story.decision("decision", "test-result-passed");
    let grepper = Grepper::start(&scene.database.url, &[]);
    told(run(gitlab(), &grepper), "gitlab");
    told(run(jenkins(), &grepper), "jenkins");
    let zuul = yaml_rust2::YamlLoader::load_from_str(&block("yaml", "zuul")).expect("YAML");
    let task = &zuul[0][0]["tasks"][0];
    let url = task["ansible.builtin.uri"]["url"]
        .as_str()
        .expect("an address");
    let url = url
        .replace("{{ grepper }}", &grepper.authority)
        .replace("{{ nvr | urlencode }}", NVR);
    let answer = crate::support::http::get(&url).json();
    assert_eq!(answer["met"], true);
    assert_eq!(
        task["until"].as_str(),
        Some("road.status == 400 or (road.status == 200 and road.json.met is not sameas false)")
    );
    let failed_when = task["failed_when"].as_str().expect("a condition");
    let fails = |answer: &Value| {
        let text = "import json, sys, types\n\
             answer = json.loads(sys.argv[2], object_hook=lambda found: types.SimpleNamespace(**found))\n\
             print(eval(sys.argv[1], {'road': types.SimpleNamespace(status=200, json=answer)}))";
        let mut python = python(text);
        python.args([failed_when, &answer.to_string()]);
        told(python.output().expect("started"), "zuul") == "True\n"
    };
    assert!(!fails(&answer));
    for word in ["failed", "waiting", "none"] {
        let mut other = answer.clone();
        other["roads"][0]["stages"]["gating"]["word"] = json!(word);
        assert!(fails(&other), "{word}");
        other["roads"][0]["stages"]["stable"]["word"] = json!("passed");
        assert!(!fails(&other), "{word}");
    }
    let mut partly = answer;
    partly["complete"] = json!(false);
    assert!(fails(&partly));
    for failed in ["build:failed", "update:failed"] {
        assert!(url.contains(failed), "{url}");
    }
}

/// That scripts end with 1, and a line which says what has failed.
fn assert_all_fail(grepper: &Grepper, scripts: Vec<(&str, Command)>, failed: &str) {
    let scripts: Vec<_> = scripts
        .into_iter()
        .map(|(name, script)| {
            let grepper = grepper.authority.clone();
            (name, thread::spawn(move || run_for(script, &grepper, NVR)))
        })
        .collect();
    let mut wrong = Vec::new();
    for (name, running) in scripts {
        let output = running.join().expect("ended");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        let says = match name {
            "gitlab" | "jenkins" => format!("\"{failed}\":\"failed\""),
            _ => format!("{failed} failed"),
        };
        if output.status.code() != Some(1) || !told.contains(&says) {
            wrong.push(format!("{name}: {:?} {told}", output.status.code()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All that wait for a gate, and these others.
fn waiting_for_a_gate_and<'a>(others: &[&'a str]) -> Vec<(&'a str, Command)> {
    let others = others.iter().map(|name| (*name, bash(&block("sh", name))));
    waiting_for_a_gate().into_iter().chain(others).collect()
}

#[test]
fn scripts_end_for_a_build_that_failed() {
    let scene = Scene::new();
    scene.store(build(NVR, 0));
    scene.store(build(NVR, 3));
    let grepper = Grepper::start(&scene.database.url, &[]);
    let scripts = waiting_for_a_gate_and(&["stable", "scenario", "task", "tests"]);
    assert_all_fail(&grepper, scripts, "build");
}

#[test]
fn scripts_end_for_an_update_that_is_gone() {
    let scene = Scene::new();
    let story = Story(&scene);
    story.built(1);
    story.update("request.obsolete", "obsolete");
    let grepper = Grepper::start(&scene.database.url, &[]);
    let scripts = waiting_for_a_gate_and(&["stable", "scenario", "search"]);
    assert_all_fail(&grepper, scripts, "update");
}

#[test]
fn scripts_end_for_a_scratch_task_that_failed_and_a_pull_request_that_is_closed() {
    let scene = Scene::new();
    let story = Story(&scene);
    let task =
        json!({"id": 99, "new": "FAILED", "method": "build", "srpm": format!("{NVR}.src.rpm")});
    story.about("task", "buildsys.task.state.change", &["task:99"], &task);
    let pull_request = json!({
        "id": 7, "status": "Closed", "commit_stop": COMMIT,
        "project": {"name": "tidepool", "namespace": "rpms", "fullname": "rpms/tidepool"},
    });
    let body = json!({"pullrequest": pull_request, "merged": false});
    let subjects = ["pr:rpms/tidepool#7", "package:tidepool"];
    story.about("closed", "pagure.pull-request.closed", &subjects, &body);
    let grepper = Grepper::start(&scene.database.url, &[]);
    let tests = format!("TASK=$SCRATCH\n{}", block("sh", "tests"));
    let of_the_task = vec![
        ("scratch", bash(&block("sh", "scratch"))),
        ("tests", bash(&tests)),
    ];
    assert_all_fail(&grepper, of_the_task, "build");
    let of_the_request = vec![("pull-request", bash(&block("sh", "pull-request")))];
    assert_all_fail(&grepper, of_the_request, "pr");
}

#[test]
fn a_road_that_was_not_read_to_its_end_opens_no_gate() {
    let step = json!({"word": "passed", "since": null, "messages": []});
    let stages = json!({"build": step, "update": step, "gating": step, "stable": step});
    let body = json!({"met": true, "complete": false, "cursor": "", "roads": [{"stages": stages}]});
    let body = body.to_string();
    let length = body.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    for (name, script) in waiting_for_a_gate_and(&["stable", "scenario"]) {
        let output = run_for(script, &answering(vec![answer.clone()]), NVR);
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        let code = match name {
            "gitlab" | "jenkins" | "steps" => 1,
            _ => 3,
        };
        assert_eq!(output.status.code(), Some(code), "{name}: {told}");
        if !matches!(name, "gitlab" | "jenkins") {
            assert!(
                told.contains("not all messages were read"),
                "{name}: {told}"
            );
        }
    }
}

#[test]
fn who_waits_for_a_gate_ends_for_a_build_that_became_stable_without_one() {
    let scene = Scene::new();
    let story = Story(&scene);
    story.built(1);
    story.ready();
    story.update("complete.stable", "stable");
    let grepper = Grepper::start(&scene.database.url, &[]);
    for (name, script) in waiting_for_a_gate() {
        let text = told(run(script, &grepper), name);
        match name {
            "gate" => assert_eq!(text, format!("the gate of {NVR}: none\n")),
            "steps" => assert!(text.contains("gating none None\nstable passed"), "{text}"),
            _ => {}
        }
    }
}

#[test]
fn a_mistake_in_the_question_ends_a_script_which_tells_what_is_allowed() {
    let scene = Scene::new();
    let grepper = Grepper::start(&scene.database.url, &[]);
    let mistyped = "nimbus++";
    let mut scripts = Vec::from(waiting_for_a_gate());
    scripts.push(("scenario", bash(&block("sh", "scenario"))));
    scripts.push(("await", bash("await nvr=a-1-1 until=stable:done")));
    for (name, script) in scripts {
        let output = run_for(script, &grepper.authority, mistyped);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{name}");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.contains("\"allowed\""), "{name}: {told}");
    }
}

/// Answers requests one after the other with these texts, the last of them again and again; an empty one cuts the
/// connection.
fn answering(texts: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let last = texts.last().cloned().expect("a text");
    thread::spawn(move || {
        let mut texts = texts.into_iter();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut request = BufReader::new(&stream).lines();
            while request
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let text = texts.next().unwrap_or_else(|| last.clone());
            let _ = stream.write_all(text.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn scripts_ask_again_when_a_connection_is_cut_or_grepper_is_away() {
    let step = json!({"word": "passed", "since": null, "messages": []});
    let stages = json!({"build": step, "update": step, "gating": step, "stable": step});
    let body = json!({"met": true, "complete": true, "roads": [{"stages": stages}]}).to_string();
    let answer = |status: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    };
    for (name, script) in waiting_for_a_gate() {
        let address = answering(vec![
            String::new(),
            answer("503 Service Unavailable", body.len()),
            answer("200 OK", body.len() + 1),
            answer("429 Too Many Requests", body.len()),
            answer("200 OK", body.len()),
        ]);
        told(run_for(script, &address, NVR), name);
    }
}

/// As a packager would run it: an update whose test fails, is waived, and which becomes stable after all.
#[test]
fn a_script_waits_for_a_build_through_a_failing_test_that_is_waived() {
    let scene = Scene::new();
    let story = Story(&scene);
    let grepper = Grepper::start(&scene.database.url, &[]);
    let mut script = bash(&block("sh", "scenario"));
    script
        .envs([("GREPPER", &*grepper.authority), ("NVR", NVR)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut running = script.spawn().expect("started");
    let output = running.stdout.take().expect("piped");
    let mut lines = BufReader::new(output).lines();
    let mut line = || lines.next().expect("a line").expect("a text");
    let steps: [(&dyn Fn(), &str); 8] = [
        (&|| story.built(0), "build=running"),
        (&|| story.built(1), "build=passed"),
        (&|| story.ready(), "update=running"),
        (&|| story.test("failed"), "ci=failed"),
        (
            &|| story.decision("red", "test-result-failed"),
            "gating=failed",
        ),
        (
            &|| {
                story.decision("red again", "test-result-failed");
                // So that whoever waits is told of it alone: nothing is printed, as no word is another one.
                thread::sleep(Duration::from_secs(1));
                story.waived();
            },
            "waiver=waived",
        ),
        (
            &|| story.decision("waived", "test-result-failed-waived"),
            "gating=waived",
        ),
        (
            &|| story.update("complete.stable", "stable"),
            "stable=passed",
        ),
    ];
    for (step, word) in steps {
        step();
        let told = line();
        assert!(told.split(' ').any(|told| told == word), "{word}: {told}");
    }
    assert!(running.wait().expect("waited").success());
}

#[test]
fn a_script_ends_when_the_build_fails() {
    let scene = Scene::new();
    let grepper = Grepper::start(&scene.database.url, &[]);
    let script = block("sh", "scenario");
    let output = thread::scope(|scope| {
        let running = scope.spawn(|| run(bash(&script), &grepper));
        thread::sleep(Duration::from_secs(1));
        scene.store(build(NVR, 0));
        thread::sleep(Duration::from_secs(1));
        scene.store(build(NVR, 3));
        running.join().expect("ended")
    });
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.ends_with("build failed\n"), "{text}");
}
