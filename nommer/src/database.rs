//! How this program reaches the database, and waits for it at the start.

use std::sync::Arc;
use std::time::Duration;

use archive::{Address, ConnectionOptions, StoreError, Upkeep, wrong_role};
use service::{Secret, Stop, error_chain};

use crate::backoff;
use crate::config::settings::{BatchLimits, Config};
use crate::exit::Exit;
use crate::reminder::{Failures, tell_waiting, with_reminders};

/// Each recurring task of the upkeep may want a connection, and none should wait for a slow one.
pub const UPKEEP: u32 = 7;

/// How long a connection is waited for, but for the time that silent servers before it take.
const CONNECT: Duration = Duration::from_secs(3);
/// With the time to connect it is a quarter of a minute; whom it waits for is told before that.
const LOOK: Duration = Duration::from_secs(11);
/// Where silent servers take of that, this is left.
const LEAST_LOOK: Duration = Duration::from_secs(4);
/// As long as those who call plugins wait as a rule.
const COUNT: Duration = Duration::from_secs(60);

/// When it is told a second time that the database is waited for.
const FIRST_REMINDER: Duration = Duration::from_secs(3);

/// How this program connects to write. Fails where there is no database in the settings, or its
/// URL is not understood.
pub fn options(config: &Config) -> Result<ConnectionOptions, Exit> {
    let Some(url) = &config.database_url else {
        return Err(Exit::Failed(
            "there is no database: set DATABASE_URL or datanommer_sqlalchemy_url in [consumer_config]".to_owned(),
        ));
    };
    check(url)?;
    let options = ConnectionOptions {
        url: url.reveal().to_owned(),
        application_name: "nommer",
        pool_size: BatchLimits::AT_ONCE as u32,
        checkout_timeout: CONNECT,
        statement_timeout: None,
        read_only: false,
    };
    Ok(options.past_silent_servers())
}

/// How this program connects only to read. Fails as [`options`] does.
pub fn options_to_read(config: &Config) -> Result<ConnectionOptions, Exit> {
    Ok(ConnectionOptions {
        read_only: true,
        pool_size: 1,
        ..options(config)?
    })
}

/// How this program connects to look how all is: who watches wants an answer soon, also where somebody has locked the
/// tables. Fails as [`options`] does.
pub fn options_to_look(config: &Config) -> Result<ConnectionOptions, Exit> {
    let options = options_to_read(config)?;
    let left = LOOK.saturating_sub(options.checkout_timeout - CONNECT);
    Ok(ConnectionOptions {
        statement_timeout: Some(left.max(LEAST_LOOK)),
        ..options
    })
}

/// These options for who counts messages or days, which takes longer on a large archive.
pub fn to_count(options: &ConnectionOptions) -> ConnectionOptions {
    ConnectionOptions {
        statement_timeout: Some(COUNT),
        ..options.clone()
    }
}

/// Whether the database's URL is understood; the database is not contacted.
pub fn check(url: &Secret) -> Result<(), Exit> {
    match Address::parse(url.reveal()) {
        Ok(_) => Ok(()),
        Err(error) => Err(Exit::Config(error.to_string())),
    }
}

/// How a command ends whose work is for the owner of the tables, and which the database did not do: with
/// the role to run it as, where it was another one's.
pub fn refused(options: &ConnectionOptions, error: StoreError) -> Exit {
    match Exit::from(error) {
        Exit::Failed(reason) => Exit::Failed(match wrong_role(options) {
            Some(role) => format!("{reason}; {role}"),
            None => reason,
        }),
        exit => exit,
    }
}

/// Waits until the database is there and its sequences are no longer behind their tables, and fails
/// if it has another schema than this program knows. Answers false if it is time to stop before that.
pub async fn wait_for_schema(options: &ConnectionOptions, stop: &mut Stop) -> Result<bool, Exit> {
    let failures = Failures::default();
    let work = insist(options, stop, &failures);
    with_reminders(FIRST_REMINDER, work, |waited| {
        if let Some((_, error)) = failures.last() {
            tell_waiting(waited, &error);
        }
    })
    .await
}

async fn insist(
    options: &ConnectionOptions,
    stop: &mut Stop,
    failures: &Failures,
) -> Result<bool, Exit> {
    let mut backoff = backoff::database();
    // One for all tries: a connection that comes too late for one is there for the next.
    let archive = Arc::new(Upkeep::new(&ConnectionOptions {
        pool_size: 1,
        ..options.clone()
    }));
    loop {
        let archive = archive.clone();
        let check = tokio::task::spawn_blocking(move || {
            archive.check_schema()?;
            archive.advance_sequences()
        });
        let answer = tokio::select! {
            answer = check => answer.map_err(|error| Exit::Failed(error.to_string()))?,
            () = stop.requested() => return Ok(false),
        };
        match answer {
            Ok(_) => return Ok(true),
            Err(StoreError::Schema(reason)) => return Err(Exit::Schema(reason)),
            Err(error) => {
                if failures.note(&error) == 1 {
                    tell_waiting(Duration::ZERO, &error_chain(&error));
                }
                if stop.sleep(backoff.pause()).await {
                    return Ok(false);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_not_understood_is_a_wrong_setting_and_not_told() {
        let fault = check(&"postgresql://u:s3cret%zz@h/d".to_owned().into()).expect_err("wrong");
        assert_eq!(fault.code(), 2);
        assert_eq!(
            fault.to_string(),
            "the database URL has a % in its password that is no percent-encoding: write %25"
        );
    }
}
