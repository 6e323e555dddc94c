//! Settings as they are given: from flags, else the environment, else a TOML file.

use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser};
use serde::{Deserialize, Deserializer};
use service::Secret;

use crate::config::fault::ConfigError;

/// Serves the message archive over HTTP.
#[derive(Clone, Debug, Parser)]
#[command(name = "grepper", version)]
pub struct CommandLine {
    /// A TOML file with any of the settings below; its keys are the flags' names with `_` for `-`
    #[arg(long, env = "GREPPER_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

impl CommandLine {
    /// The command line of this process, where a variable that is empty counts as absent. Ends the
    /// process if it is asked wrongly, or only for help.
    pub fn read() -> Self {
        let command = Self::command().mut_args(|argument| {
            let variable = argument.get_env().and_then(std::env::var_os);
            match variable {
                Some(value) if value.is_empty() => argument.env(Resettable::Reset),
                _ => argument,
            }
        });
        let matches = command.get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// The levels of the log, if anything sets them, from the file as it is now.
    pub fn log_levels(&self) -> Result<Option<String>, ConfigError> {
        match (&self.settings.log, &self.config) {
            (Some(levels), _) => Ok(Some(levels.clone())),
            (None, Some(file)) => Ok(read_file(file)?.log),
            (None, None) => Ok(None),
        }
    }
}

/// One source of settings; the same names serve flags, environment and file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// The database, postgresql://user:password@host:port/name; with a password, better in the variable
    /// GREPPER_DATABASE_URL or DATABASE_URL, or in a file that one with _FILE behind its name tells
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<Secret>,
    /// Replicas of the database, which are asked in turn in its place: a URL as of that, and the flag may come again.
    /// With a password, better in the variable GREPPER_REPLICA_URLS or REPLICA_URLS, with blanks or line breaks
    /// between, or in a file that one with _FILE behind its name tells [default: none]
    #[arg(long, alias = "replica-url", value_name = "URL")]
    pub(crate) replica_urls: Option<Vec<Secret>>,
    /// How old answers of replicas may be: one that is further behind is left out [default: 10]
    #[arg(long, env = "GREPPER_MAX_LAG", value_name = "SECONDS")]
    pub(crate) max_lag: Option<u32>,
    /// Where to listen; port 0 takes a free one, and an IPv6 address stands in brackets [default: 127.0.0.1:8080]
    #[arg(long, env = "GREPPER_LISTEN", value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// Where those who watch find metrics, which is not for the public; as for listen [default: nowhere]
    #[arg(long, env = "GREPPER_MONITORING", value_name = "HOST:PORT")]
    pub(crate) monitoring: Option<String>,
    /// The path under which clients see the service, e.g. /datagrepper; others are not found [default: /]
    #[arg(long, env = "GREPPER_BASE_PATH", value_name = "PATH")]
    pub(crate) base_path: Option<String>,
    /// The address of the service in links, with http:// or https:// and the base path [default: that of the request]
    #[arg(long, env = "GREPPER_BASE_URL", value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The address from which the widget takes its style sheets [default: that of the service]
    #[arg(long, env = "GREPPER_APP_PATH", value_name = "URL")]
    pub(crate) app_path: Option<String>,
    /// A directory of rule files over those built in; read again on SIGHUP
    #[arg(long, env = "GREPPER_RULES", value_name = "DIR")]
    pub(crate) rules: Option<PathBuf>,
    /// How far back a search without start and delta goes; 0 for ever [default: 0]
    #[arg(long, env = "GREPPER_DEFAULT_QUERY_DELTA", value_name = "SECONDS")]
    #[serde(deserialize_with = "number_or_text")]
    pub(crate) default_query_delta: Option<u32>,
    /// Messages per page where the request does not say [default: 25]
    #[arg(long, env = "GREPPER_DEFAULT_ROWS_PER_PAGE", value_name = "ROWS")]
    pub(crate) default_rows_per_page: Option<u32>,
    /// The most messages per page [default: 100]
    #[arg(long, env = "GREPPER_MAX_ROWS_PER_PAGE", value_name = "ROWS")]
    pub(crate) max_rows_per_page: Option<u32>,
    /// Origins whose pages may read answers: regular expressions that match as a whole, with commas between [default: .*]
    #[arg(
        long,
        env = "GREPPER_CORS_DOMAINS",
        value_name = "REGEX",
        value_delimiter = ','
    )]
    pub(crate) cors_domains: Option<Vec<String>>,
    /// Methods that such pages may use [default: GET,OPTIONS]
    #[arg(
        long,
        env = "GREPPER_CORS_METHODS",
        value_name = "METHOD",
        value_delimiter = ','
    )]
    pub(crate) cors_methods: Option<Vec<String>>,
    /// Request headers that such pages may send: regular expressions that match as a whole [default: .*]
    #[arg(
        long,
        env = "GREPPER_CORS_HEADERS",
        value_name = "REGEX",
        value_delimiter = ','
    )]
    pub(crate) cors_headers: Option<Vec<String>>,
    /// How long a browser may remember these rules [default: 600]
    #[arg(long, env = "GREPPER_CORS_MAX_AGE", value_name = "SECONDS")]
    #[serde(deserialize_with = "number_or_text")]
    pub(crate) cors_max_age: Option<u32>,
    /// A Content-Security-Policy header for all answers [default: what each kind of answer needs, and nothing else]
    #[arg(long, env = "GREPPER_CONTENT_SECURITY_POLICY", value_name = "POLICY")]
    pub(crate) content_security_policy: Option<String>,
    /// Hosts whose pictures pages show, such as icons of applications: names, or *.example.org for all below one
    /// [default: none]
    #[arg(
        long,
        env = "GREPPER_PICTURE_HOSTS",
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub(crate) picture_hosts: Option<Vec<String>>,
    /// How long one database query may run [default: 30000]
    #[arg(
        long,
        env = "GREPPER_STATEMENT_TIMEOUT_MS",
        value_name = "MILLISECONDS"
    )]
    pub(crate) statement_timeout_ms: Option<u32>,
    /// How long a request waits for a database connection, and then fails [default: 5000]
    #[arg(long, env = "GREPPER_CHECKOUT_TIMEOUT_MS", value_name = "MILLISECONDS")]
    pub(crate) checkout_timeout_ms: Option<u32>,
    /// The most database connections, and queries at once; a quarter of them for what reads bodies [default: 16]
    #[arg(long, env = "GREPPER_POOL_SIZE", value_name = "CONNECTIONS")]
    pub(crate) pool_size: Option<u32>,
    /// Threads that serve connections [default: one per processor]
    #[arg(long, env = "GREPPER_WORKERS", value_name = "THREADS")]
    pub(crate) workers: Option<usize>,
    /// How long a request may wait for messages [default: 300]
    #[arg(long, env = "GREPPER_MAX_WAIT", value_name = "SECONDS")]
    pub(crate) max_wait: Option<u32>,
    /// How many requests may wait at once, each with a connection, of which there are 4096 [default: 2000]
    #[arg(long, env = "GREPPER_MAX_WAITERS", value_name = "REQUESTS")]
    pub(crate) max_waiters: Option<u32>,
    /// How many of these may be of one client, but for this machine where no header is set [default: 100]
    #[arg(long, env = "GREPPER_MAX_WAITERS_PER_CLIENT", value_name = "REQUESTS")]
    pub(crate) max_waiters_per_client: Option<u32>,
    /// What answers under way may hold of memory together, such as wait for slow clients; at least what a page of
    /// the most messages may take, which is 13 for 100 of them [default: 128]
    #[arg(long, env = "GREPPER_ANSWER_ROOM_MB", value_name = "MEGABYTES")]
    pub(crate) answer_room_mb: Option<u32>,
    /// How many requests a client may send: N/s, N/m or N/h, and ,BURST for how many at once where that is another
    /// number, e.g. 5/s,50; but for this machine where no header is set [default: any number]
    #[arg(long, env = "GREPPER_RATE_LIMIT", value_name = "RATE")]
    pub(crate) rate_limit: Option<String>,
    /// The header whose last part is the client's address, as the proxy sets it, e.g. X-Forwarded-For [default: none]
    #[arg(long, env = "GREPPER_CLIENT_HEADER", value_name = "NAME")]
    pub(crate) client_header: Option<String>,
    /// Whether only those are answered who show a token or come with the trusted header [default: false]
    #[arg(long, env = "GREPPER_PRIVATE", value_name = "BOOLEAN")]
    pub(crate) private: Option<bool>,
    /// Topics whose messages do not exist for all others, as whole names, with commas between [default: none]
    #[arg(
        long,
        env = "GREPPER_HIDDEN_TOPICS",
        value_name = "TOPIC",
        value_delimiter = ','
    )]
    pub(crate) hidden_topics: Option<Vec<String>>,
    /// Categories whose messages do not exist for all others [default: none]
    #[arg(
        long,
        env = "GREPPER_HIDDEN_CATEGORIES",
        value_name = "CATEGORY",
        value_delimiter = ','
    )]
    pub(crate) hidden_categories: Option<Vec<String>>,
    /// A file of tokens, one a line; tokens may also stand in the variable GREPPER_TOKENS, in a file that
    /// GREPPER_TOKENS_FILE tells, or in a credential; read again on SIGHUP [default: none]
    #[arg(long, value_name = "FILE")]
    pub(crate) tokens_file: Option<PathBuf>,
    /// Whether the environment has tokens, and no flag goes over that.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) has_tokens: bool,
    /// A header by which a proxy tells that it knows who asks, e.g. X-Forwarded-User [default: none]
    #[arg(long, env = "GREPPER_TRUSTED_HEADER", value_name = "NAME")]
    pub(crate) trusted_header: Option<String>,
    /// Values of that header, or parts of it between commas, of which there must be one [default: any]
    #[arg(
        long,
        env = "GREPPER_TRUSTED_VALUES",
        value_name = "VALUE",
        value_delimiter = ','
    )]
    pub(crate) trusted_values: Option<Vec<String>>,
    /// Addresses and networks of proxies from whom that header is believed, e.g. 127.0.0.1,10.1.0.0/16 [default: none]
    #[arg(
        long,
        env = "GREPPER_TRUSTED_PROXIES",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    pub(crate) trusted_proxies: Option<Vec<String>>,
    /// Levels of the log, such as debug or info,archive=debug; read again from the file on SIGHUP, and RUST_LOG goes
    /// over them [default: info]
    #[arg(long, env = "GREPPER_LOG", value_name = "LEVELS")]
    pub(crate) log: Option<String>,
    /// Which requests have a line in the log: all, errors (answers with a status of 400 or more), 1/N (these, and one
    /// of N others) or off [default: all]
    #[arg(long, env = "GREPPER_ACCESS_LOG", value_name = "WHICH")]
    pub(crate) access_log: Option<String>,
}

/// The incumbent's settings have some numbers as text.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum NumberOrText {
        Number(u32),
        Text(String),
    }
    match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Number(number) => Ok(Some(number)),
        NumberOrText::Text(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

impl Settings {
    /// These settings; where they say nothing, the others.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            database_url: self.database_url.or(other.database_url),
            replica_urls: self.replica_urls.or(other.replica_urls),
            max_lag: self.max_lag.or(other.max_lag),
            listen: self.listen.or(other.listen),
            monitoring: self.monitoring.or(other.monitoring),
            base_path: self.base_path.or(other.base_path),
            base_url: self.base_url.or(other.base_url),
            app_path: self.app_path.or(other.app_path),
            rules: self.rules.or(other.rules),
            default_query_delta: self.default_query_delta.or(other.default_query_delta),
            default_rows_per_page: self.default_rows_per_page.or(other.default_rows_per_page),
            max_rows_per_page: self.max_rows_per_page.or(other.max_rows_per_page),
            cors_domains: self.cors_domains.or(other.cors_domains),
            cors_methods: self.cors_methods.or(other.cors_methods),
            cors_headers: self.cors_headers.or(other.cors_headers),
            cors_max_age: self.cors_max_age.or(other.cors_max_age),
            content_security_policy: self
                .content_security_policy
                .or(other.content_security_policy),
            picture_hosts: self.picture_hosts.or(other.picture_hosts),
            statement_timeout_ms: self.statement_timeout_ms.or(other.statement_timeout_ms),
            checkout_timeout_ms: self.checkout_timeout_ms.or(other.checkout_timeout_ms),
            pool_size: self.pool_size.or(other.pool_size),
            workers: self.workers.or(other.workers),
            max_wait: self.max_wait.or(other.max_wait),
            max_waiters: self.max_waiters.or(other.max_waiters),
            max_waiters_per_client: self.max_waiters_per_client.or(other.max_waiters_per_client),
            answer_room_mb: self.answer_room_mb.or(other.answer_room_mb),
            rate_limit: self.rate_limit.or(other.rate_limit),
            client_header: self.client_header.or(other.client_header),
            private: self.private.or(other.private),
            hidden_topics: self.hidden_topics.or(other.hidden_topics),
            hidden_categories: self.hidden_categories.or(other.hidden_categories),
            tokens_file: self.tokens_file.or(other.tokens_file),
            has_tokens: self.has_tokens || other.has_tokens,
            trusted_header: self.trusted_header.or(other.trusted_header),
            trusted_values: self.trusted_values.or(other.trusted_values),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            log: self.log.or(other.log),
            access_log: self.access_log.or(other.access_log),
        }
    }
}

/// The settings of the file at `path`.
pub(crate) fn read_file(path: &Path) -> Result<Settings, ConfigError> {
    let text =
        service::text_of(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
    parse_file(&text).map_err(|fault| ConfigError::Invalid(path.to_owned(), fault))
}

/// The settings of a file, or in which line it has which fault.
pub(crate) fn parse_file(text: &str) -> Result<Settings, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let number = 1 + before.matches('\n').count();
        // Of the line itself only the key is told: it may hold a password.
        let line = text.lines().nth(number - 1).unwrap_or_default();
        let key = line.split('=').next().unwrap_or_default().trim();
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if line.contains('=') && !key.is_empty() && key.chars().all(is_key) {
            format!("line {number}: {key}: {}", error.message())
        } else {
            format!("line {number}: {}", error.message())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_file_are_told_without_its_lines() {
        for (text, line) in [
            ("database_url = 'postgresql://u:hunter2@h/d", 1),
            (
                "listen = 'h:1'\ndatabase_url = 'postgresql://u:hunter2@h/d' x",
                2,
            ),
            (
                "\n\ndatabase_url = 'a'\ndatabase_url = 'postgresql://u:hunter2@h/d'",
                4,
            ),
            ("database_url = ['postgresql://u:hunter2@h/d']", 1),
            ("database_ur = 'postgresql://u:hunter2@h/d'", 1),
        ] {
            let fault = parse_file(text).unwrap_err();
            assert!(fault.starts_with(&format!("line {line}: ")), "{fault}");
            assert!(!fault.contains("hunter2"), "{fault}");
        }
    }
}
