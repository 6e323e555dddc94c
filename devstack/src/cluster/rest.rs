//! HTTP as Patroni and etcd speak it to whoever operates them.

use std::time::Duration;

use anyhow::Result;
use ureq::Agent;
use ureq::http::Request;

const PATIENCE: Duration = Duration::from_secs(2);
/// For what Patroni does before it answers.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// The status and the body of what `port` on 127.0.0.1 answers to one who wants something changed.
pub(super) fn ask(port: u16, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
    let request = Request::builder().method(method).uri(url(port, path));
    let mut answer = agent(LONG_PATIENCE).run(request.body(body.to_owned())?)?;
    Ok((
        answer.status().as_u16(),
        answer.body_mut().read_to_string()?,
    ))
}

/// Whether it answers a GET with 200.
pub(super) fn is_well(port: u16, path: &str) -> bool {
    let answer = agent(PATIENCE).get(url(port, path)).call();
    answer.is_ok_and(|answer| answer.status() == 200)
}

fn url(port: u16, path: &str) -> String {
    format!("http://127.0.0.1:{port}{path}")
}

fn agent(patience: Duration) -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    let config = config.timeout_global(Some(patience)).proxy(None);
    config.build().into()
}
