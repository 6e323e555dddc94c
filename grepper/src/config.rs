//! The settings of the program, checked.

pub mod access_log;
pub mod fault;
mod listed;
pub mod pictures;
mod places;
pub mod privacy;
pub mod rate_limit;
mod replicas;
pub mod settings;
pub mod tokens;

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use service::Secret;

use crate::config::access_log::AccessLog;
use crate::config::fault::{ConfigError, fault};
use crate::config::listed::{listed, methods};
use crate::config::pictures::PictureHosts;
use crate::config::places::{base_path, directory, header, listen, value, web_address};
use crate::config::privacy::Privacy;
use crate::config::rate_limit::RateLimit;
use crate::config::settings::{CommandLine, Settings, read_file};
use crate::config::tokens::TokensFrom;

const MEGABYTE: u64 = 1 << 20;
/// Bytes that answers under way hold together where nothing is said.
const ANSWER_ROOM: u64 = 128 * MEGABYTE;
/// The most megabytes that they may hold: more than machines have.
const MOST_ROOM: u64 = 1 << 20;
/// Bytes of a message that comes with its page: larger bodies and headers are read one by one.
const MOST_OF_MESSAGE: u64 = 128 << 10;

/// Connections to the database: more than servers give.
const MOST_CONNECTIONS: u32 = 10_000;
/// Threads that serve connections: machines have fewer processors.
const MOST_WORKERS: usize = 1024;
/// Milliseconds that PostgreSQL takes for a limit.
const MOST_MILLIS: u32 = i32::MAX as u32;

/// Checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database.
    pub database_url: Secret,
    /// Those that are asked in its place.
    pub replica_urls: Vec<Secret>,
    /// How old their answers may be.
    pub max_lag: Duration,
    /// Where to listen.
    pub listen: String,
    /// Where those who watch are answered, if anywhere.
    pub monitoring: Option<String>,
    /// Empty, or starting with a slash and not ending in one.
    pub base_path: String,
    /// The address of the service in links, without a slash at its end.
    pub base_url: Option<String>,
    /// Where the widget takes its style sheets from, without a slash at its end.
    pub app_path: Option<String>,
    /// A directory of rule files over those built in.
    pub rules: Option<PathBuf>,
    /// Seconds; `None` is for ever.
    pub default_query_delta: Option<u32>,
    /// Messages per page where the request does not say.
    pub default_rows_per_page: u32,
    /// The most messages per page.
    pub max_rows_per_page: u32,
    /// Regular expressions of origins.
    pub cors_domains: Vec<String>,
    /// Methods, in the order they are told.
    pub cors_methods: Vec<String>,
    /// Regular expressions of header names.
    pub cors_headers: Vec<String>,
    /// Seconds.
    pub cors_max_age: u32,
    /// A header for all answers, in place of our own.
    pub content_security_policy: Option<String>,
    /// Whose pictures pages show.
    pub picture_hosts: PictureHosts,
    /// How long one query may run.
    pub statement_timeout: Duration,
    /// How long a request waits for a connection.
    pub checkout_timeout: Duration,
    /// The most connections.
    pub pool_size: u32,
    /// Threads that serve connections.
    pub workers: usize,
    /// Seconds that a request may wait.
    pub max_wait: u32,
    /// How many requests may wait at once.
    pub waiters: WaiterLimits,
    /// Bytes that answers under way may hold together.
    pub answer_room: u64,
    /// How many requests a client may send, if that is limited.
    pub rate_limit: Option<RateLimit>,
    /// The header by which a proxy tells the address of a client.
    pub client_header: Option<String>,
    /// What only some may see, if anything.
    pub privacy: Option<Privacy>,
    /// Levels of the log, where they are not the usual ones.
    pub log: Option<String>,
    /// Which requests have a line in the log.
    pub access_log: AccessLog,
}

/// How many requests may wait for messages at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WaiterLimits {
    /// In all.
    pub all: usize,
    /// Of one client.
    pub of_client: usize,
}

impl WaiterLimits {
    fn of(all: Option<u32>, of_client: Option<u32>) -> Self {
        Self {
            all: all.unwrap_or(2000) as usize,
            of_client: of_client.unwrap_or(100) as usize,
        }
    }
}

/// Limits and defaults that the operator sets.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Seconds a search without start goes back; `None` is for ever.
    pub default_query_delta: Option<f64>,
    /// Messages per page where the request does not say.
    pub default_rows_per_page: u32,
    /// The most messages per page.
    pub max_rows_per_page: u32,
}

impl Config {
    /// From flags, the environment and the file.
    pub fn load(command_line: CommandLine) -> Result<Self, ConfigError> {
        let CommandLine {
            config,
            mut settings,
        } = command_line;
        if settings.database_url.is_none() {
            settings.database_url = database_url()?;
        }
        if settings.replica_urls.is_none() {
            settings.replica_urls = replicas::from_environment()?;
        }
        settings.has_tokens =
            settings.tokens_file.is_none() && TokensFrom::Environment.has_some()?;
        let file = config
            .as_deref()
            .map(read_file)
            .transpose()?
            .unwrap_or_default();
        Self::check(settings.or(file))
    }

    fn check(settings: Settings) -> Result<Self, ConfigError> {
        let privacy = Privacy::of(&settings)?;
        let (default_rows_per_page, max_rows_per_page) = rows_per_page(&settings)?;
        let database_url = required(settings.database_url)?;
        Ok(Self {
            replica_urls: replicas::checked(settings.replica_urls, &database_url)?,
            max_lag: replicas::max_lag(settings.max_lag)?,
            database_url,
            listen: listen(
                "listen",
                settings.listen.as_deref().unwrap_or("127.0.0.1:8080"),
            )?,
            monitoring: settings
                .monitoring
                .map(|address| listen("monitoring", &address))
                .transpose()?,
            base_path: base_path(&settings.base_path.unwrap_or_default())?,
            base_url: web_address("base_url", settings.base_url.as_deref())?,
            app_path: web_address("app_path", settings.app_path.as_deref())?,
            rules: directory("rules", settings.rules)?,
            default_query_delta: settings.default_query_delta.filter(|seconds| *seconds > 0),
            default_rows_per_page,
            max_rows_per_page,
            cors_methods: methods(listed(settings.cors_methods, &["GET", "OPTIONS"]))?,
            cors_max_age: settings.cors_max_age.unwrap_or(600),
            content_security_policy: policy(settings.content_security_policy)?,
            picture_hosts: PictureHosts::of(settings.picture_hosts)?,
            statement_timeout: millis(
                "statement_timeout_ms",
                settings.statement_timeout_ms,
                30_000,
            )?,
            checkout_timeout: millis("checkout_timeout_ms", settings.checkout_timeout_ms, 5_000)?,
            pool_size: pool_size(settings.pool_size)?,
            workers: workers(settings.workers)?,
            max_wait: settings.max_wait.unwrap_or(300),
            waiters: WaiterLimits::of(settings.max_waiters, settings.max_waiters_per_client),
            answer_room: answer_room(settings.answer_room_mb, max_rows_per_page)?,
            rate_limit: rate_limit(settings.rate_limit.as_deref())?,
            client_header: header("client_header", settings.client_header)?,
            privacy,
            log: log(settings.log)?,
            access_log: access_log(settings.access_log.as_deref())?,
            // Last, as they always were: of several faults the first is told.
            cors_domains: patterns("cors_domains", settings.cors_domains)?,
            cors_headers: patterns("cors_headers", settings.cors_headers)?,
        })
    }

    /// What requests may ask for.
    pub fn limits(&self) -> Limits {
        Limits {
            default_query_delta: self.default_query_delta.map(f64::from),
            default_rows_per_page: self.default_rows_per_page,
            max_rows_per_page: self.max_rows_per_page,
        }
    }
}

fn policy(given: Option<String>) -> Result<Option<String>, ConfigError> {
    value("content_security_policy", given)
}

/// What the environment says of the database: our own variable goes over that which programs share.
fn database_url() -> Result<Option<Secret>, ConfigError> {
    for name in ["GREPPER_DATABASE_URL", "DATABASE_URL"] {
        if let Some(url) = Secret::from_environment(name)? {
            return Ok(Some(url));
        }
    }
    Ok(None)
}

/// The database's URL, which must be there.
fn required(url: Option<Secret>) -> Result<Secret, ConfigError> {
    url.filter(|url| !url.reveal().is_empty())
        .ok_or_else(|| fault("no database: give --database-url or set DATABASE_URL"))
}

/// How many messages a page has where the request does not say, and at most.
fn rows_per_page(settings: &Settings) -> Result<(u32, u32), ConfigError> {
    let most = at_least_1("max_rows_per_page", settings.max_rows_per_page, 100)?;
    let usual = settings.default_rows_per_page.unwrap_or(25.min(most));
    if !(1..=most).contains(&usual) {
        return Err(fault(
            "default_rows_per_page must be from 1 to max_rows_per_page",
        ));
    }
    Ok((usual, most))
}

fn log(given: Option<String>) -> Result<Option<String>, ConfigError> {
    match given.as_deref().map(service::log::check) {
        Some(Err(why)) => Err(fault(format!("log {why}"))),
        _ => Ok(given),
    }
}

fn access_log(given: Option<&str>) -> Result<AccessLog, ConfigError> {
    given.map_or_else(
        || Ok(AccessLog::default()),
        |text| text.parse().map_err(fault),
    )
}

/// Bytes that answers under way may hold together: at least a page, so that none takes more than all.
fn answer_room(given: Option<u32>, max_rows_per_page: u32) -> Result<u64, ConfigError> {
    let Some(megabytes) = given else {
        return Ok(ANSWER_ROOM);
    };
    let page = u64::from(max_rows_per_page) * MOST_OF_MESSAGE;
    let least = page.div_ceil(MEGABYTE);
    if !(least..=MOST_ROOM).contains(&megabytes.into()) {
        return Err(fault(format!(
            "answer_room_mb must be from {least} to {MOST_ROOM}, not {megabytes}: a page of max_rows_per_page = \
             {max_rows_per_page} messages may take {least} MB"
        )));
    }
    Ok(MEGABYTE * u64::from(megabytes))
}

/// Nothing and the empty text limit nothing.
fn rate_limit(given: Option<&str>) -> Result<Option<RateLimit>, ConfigError> {
    let given = given.filter(|text| !text.is_empty());
    given.map(|text| text.parse().map_err(fault)).transpose()
}

fn at_least_1(name: &str, given: Option<u32>, default: u32) -> Result<u32, ConfigError> {
    match given.unwrap_or(default) {
        0 => Err(fault(format!("{name} must be at least 1"))),
        value => Ok(value),
    }
}

fn at_most<T: PartialOrd + Display>(most: T, name: &str, value: T) -> Result<T, ConfigError> {
    match value > most {
        true => Err(fault(format!("{name} must be at most {most}, not {value}"))),
        false => Ok(value),
    }
}

fn pool_size(given: Option<u32>) -> Result<u32, ConfigError> {
    let size = at_least_1("pool_size", given, 16)?;
    at_most(MOST_CONNECTIONS, "pool_size", size)
}

/// By default as many as there are processors.
fn workers(given: Option<usize>) -> Result<usize, ConfigError> {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let workers = at_most(MOST_WORKERS, "workers", given.unwrap_or_else(processors))?;
    Ok(workers.max(1))
}

fn millis(name: &str, given: Option<u32>, default: u32) -> Result<Duration, ConfigError> {
    let millis = at_most(MOST_MILLIS, name, at_least_1(name, given, default)?)?;
    Ok(Duration::from_millis(millis.into()))
}

/// Regular expressions that can be compiled; by default one that matches everything.
fn patterns(name: &str, given: Option<Vec<String>>) -> Result<Vec<String>, ConfigError> {
    let patterns = listed(given, &[".*"]);
    for pattern in &patterns {
        regex::Regex::new(pattern).map_err(|error| fault(format!("{name}: {error}")))?;
    }
    Ok(patterns)
}

#[cfg(test)]
mod tests;
