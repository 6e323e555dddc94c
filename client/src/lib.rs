//! How a service of HTTP is asked, the same for all programs that do: who says to ask, how long an answer may take,
//! by which certificates encryption is trusted, and what a service that is busy says.
//!
//! A crate of its own, as only some programs ask: no other carries encryption and compression for it, and tests that
//! look at answers as they were sent have a client that unpacks nothing.

mod tls;

use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

pub use tls::NoCertificates;

/// What somebody who asks the service at `address` (a URL) begins with: any status is an answer, and an answer must be
/// there within `patience`. `name` is the `User-Agent`.
///
/// # Errors
///
/// The address is one of HTTPS, and the machine trusts no certificates.
pub fn configured(
    address: &str,
    name: &str,
    patience: Duration,
) -> Result<ConfigBuilder<AgentScope>, NoCertificates> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(name)
        .timeout_global(Some(patience));
    Ok(match address.starts_with("https:") {
        true => config.tls_config(tls::config()?),
        false => config,
    })
}

/// How long a service wants to be left alone, by what it says in `Retry-After`; not if that is a date.
#[must_use]
pub fn retry_after(said: &str) -> Option<Duration> {
    said.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_encryption_are_asked_with_the_certificates_of_the_machine() {
        let wait = Duration::from_secs(1);
        // Where a machine has none, that is said.
        match configured("https://127.0.0.1:1", "test", wait) {
            Ok(config) => assert_ne!(
                format!("{:?}", config.build().tls_config().root_certs()),
                "PlatformVerifier"
            ),
            Err(error) => assert!(error.to_string().contains("certificates"), "{error}"),
        }
        assert!(configured("http://127.0.0.1:1", "test", wait).is_ok());
    }

    #[test]
    fn a_service_tells_in_seconds_how_long_to_leave_it_alone() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("-7"), None);
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
