//! Lists of texts as they are given.

use actix_web::http::Method;

use crate::config::fault::{ConfigError, fault};

/// What was given, without the empty text that an option with no list in it is; else the default.
pub(super) fn listed(given: Option<Vec<String>>, default: &[&str]) -> Vec<String> {
    let mut all = given.unwrap_or_else(|| default.iter().map(|one| (*one).to_owned()).collect());
    all.retain(|one| !one.is_empty());
    all
}

/// Methods of HTTP, as headers name them.
pub(super) fn methods(all: Vec<String>) -> Result<Vec<String>, ConfigError> {
    let wrong = all
        .iter()
        .find(|method| Method::from_bytes(method.as_bytes()).is_err());
    wrong.map_or(Ok(()), |method| {
        Err(fault(format!(
            "cors_methods must be methods such as GET, not {method:?}"
        )))
    })?;
    Ok(all)
}
