//! Whether a process does its work, as probes ask it.

use serde::Serialize;

use crate::page::Page;

/// `Err` says in a sentence what is wrong.
pub type Health = Result<(), String>;

#[derive(Serialize)]
struct Problem<'a> {
    status: u16,
    title: &'a str,
}

/// The page of a health check: 200 or 503, and why.
pub fn health(health: &Health) -> Page {
    let (status, title) = match health {
        Ok(()) => (200, "OK"),
        Err(reason) => (503, reason.as_str()),
    };
    Page {
        status,
        content_type: "application/problem+json",
        body: serde_json::to_string(&Problem { status, title }).unwrap_or_default(),
    }
}
