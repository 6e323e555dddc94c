//! An HTTP client that adds no header of its own and follows no redirect.

use std::time::Duration;

use serde_json::Value;
use ureq::http;

pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(ureq::config::AutoHeaderValue::None)
        .accept(ureq::config::AutoHeaderValue::None)
        .accept_encoding(ureq::config::AutoHeaderValue::None)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}

pub fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(())
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut response = agent()
        .run(request)
        .unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_string()
            .expect("text"),
    }
}

/// GETs what need not be text: the headers and the bytes as they were sent.
pub fn fetch_bytes(url: &str, headers: &[(&str, &str)]) -> (http::HeaderMap, Vec<u8>) {
    let mut request = http::Request::get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent()
        .run(request.body(()).expect("a request"))
        .expect("an answer");
    let headers = response.headers().clone();
    (headers, response.body_mut().read_to_vec().expect("a body"))
}

pub fn get(url: &str) -> Answer {
    request("GET", url, &[("Accept", "*/*")])
}
