//! The databases that are asked in place of the one that is written to.

use std::time::Duration;

use archive::Address;
use service::Secret;

use crate::config::fault::{ConfigError, fault};

/// Seconds that answers may be old: below, replicas come and go with each look at them.
const LAGS: std::ops::RangeInclusive<u32> = 3..=86_400;

/// What the environment says of them: our own variable goes over that which programs share.
pub(crate) fn from_environment() -> Result<Option<Vec<Secret>>, ConfigError> {
    for name in ["GREPPER_REPLICA_URLS", "REPLICA_URLS"] {
        if let Some(urls) = Secret::from_environment(name)? {
            let urls = urls.reveal().split_whitespace();
            return Ok(Some(urls.map(|url| Secret::from(url.to_owned())).collect()));
        }
    }
    Ok(None)
}

/// URLs that are understood, each of another database than the one at `primary`.
pub(crate) fn checked(
    urls: Option<Vec<Secret>>,
    primary: &Secret,
) -> Result<Vec<Secret>, ConfigError> {
    let urls = urls.unwrap_or_default();
    let mut places: Vec<String> = Address::parse(primary.reveal())
        .iter()
        .map(Address::place)
        .collect();
    for url in &urls {
        let address = Address::parse(url.reveal());
        let place = address
            .map_err(|error| fault(format!("replica_urls: {error}")))?
            .place();
        if places.contains(&place) {
            let why = "each must be another database, and none that of database_url";
            return Err(fault(format!("replica_urls names {place} twice: {why}")));
        }
        places.push(place);
    }
    Ok(urls)
}

/// How old answers may be.
pub(crate) fn max_lag(given: Option<u32>) -> Result<Duration, ConfigError> {
    let seconds = given.unwrap_or(10);
    if !LAGS.contains(&seconds) {
        let (least, most) = LAGS.into_inner();
        return Err(fault(format!(
            "max_lag must be from {least} to {most} seconds, not {seconds}"
        )));
    }
    Ok(Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(urls: &[&str]) -> String {
        let urls = urls.iter().map(|url| Secret::from((*url).to_owned()));
        let primary = Secret::from("postgresql://g:hunter2@db1/m".to_owned());
        checked(Some(urls.collect()), &primary)
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn faults_name_the_setting_and_no_password() {
        assert_eq!(
            told(&[
                "postgresql://g:hunter2@db2/m",
                "postgresql://g:hunter2@db3/m"
            ]),
            ""
        );
        for urls in [
            [
                "postgresql://g:hunter2@db2/m",
                "postgresql://h:hunter3@db2/m",
            ],
            [
                "postgresql://g:hunter2@db2/m",
                "postgresql://g:hunter2@db1/m",
            ],
            ["postgresql://g:hunter2@db2/m", "db3:hunter2"],
        ] {
            let told = told(&urls);
            assert!(told.starts_with("replica_urls"), "{told}");
            assert!(!told.contains("hunter"), "{told}");
        }
        assert!(max_lag(Some(2)).is_err());
        assert_eq!(max_lag(None).expect("a default"), Duration::from_secs(10));
    }
}
