//! The settings of the program, checked.

pub mod fault;
pub mod settings;

use std::path::PathBuf;
use std::time::Duration;

use service::Secret;

use crate::config::fault::{ConfigError, fault};
use crate::config::settings::{CommandLine, Settings, read_file};

/// Checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database.
    pub database_url: Secret,
    /// Where to listen.
    pub listen: String,
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
    /// A header for all answers.
    pub content_security_policy: Option<String>,
    /// How long one query may run.
    pub statement_timeout: Duration,
    /// How long a request waits for a connection.
    pub checkout_timeout: Duration,
    /// The most connections.
    pub pool_size: u32,
    /// Threads that serve connections.
    pub workers: usize,
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
        settings.database_url = settings
            .database_url
            .or_else(|| std::env::var("DATABASE_URL").ok().map(Secret::from));
        let file = config
            .as_deref()
            .map(read_file)
            .transpose()?
            .unwrap_or_default();
        Self::check(settings.or(file))
    }

    fn check(settings: Settings) -> Result<Self, ConfigError> {
        let max_rows_per_page = at_least_1("max_rows_per_page", settings.max_rows_per_page, 100)?;
        let default_rows_per_page = settings
            .default_rows_per_page
            .unwrap_or(25.min(max_rows_per_page));
        if !(1..=max_rows_per_page).contains(&default_rows_per_page) {
            return Err(fault(
                "default_rows_per_page must be from 1 to max_rows_per_page",
            ));
        }
        let Some(database_url) = settings.database_url else {
            return Err(fault(
                "no database: give --database-url or set DATABASE_URL",
            ));
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            database_url,
            listen: listen(settings.listen.as_deref().unwrap_or("127.0.0.1:8080"))?,
            base_path: base_path(&settings.base_path.unwrap_or_default())?,
            base_url: settings.base_url.as_deref().map(without_final_slashes),
            app_path: settings.app_path.as_deref().map(without_final_slashes),
            rules: settings.rules,
            default_query_delta: settings.default_query_delta.filter(|seconds| *seconds > 0),
            default_rows_per_page,
            max_rows_per_page,
            cors_methods: settings
                .cors_methods
                .unwrap_or_else(|| ["GET", "OPTIONS"].map(str::to_owned).to_vec()),
            cors_max_age: settings.cors_max_age.unwrap_or(600),
            content_security_policy: settings.content_security_policy,
            statement_timeout: millis(
                "statement_timeout_ms",
                settings.statement_timeout_ms,
                30_000,
            )?,
            checkout_timeout: millis("checkout_timeout_ms", settings.checkout_timeout_ms, 5_000)?,
            pool_size: at_least_1("pool_size", settings.pool_size, 16)?,
            workers: settings.workers.unwrap_or(processors).max(1),
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

fn at_least_1(name: &str, given: Option<u32>, default: u32) -> Result<u32, ConfigError> {
    match given.unwrap_or(default) {
        0 => Err(fault(format!("{name} must be at least 1"))),
        value => Ok(value),
    }
}

fn millis(name: &str, given: Option<u32>, default: u32) -> Result<Duration, ConfigError> {
    let millis = at_least_1(name, given, default)?;
    Ok(Duration::from_millis(millis.into()))
}

/// Regular expressions that can be compiled; by default one that matches everything.
fn patterns(name: &str, given: Option<Vec<String>>) -> Result<Vec<String>, ConfigError> {
    let patterns = given.unwrap_or_else(|| vec![".*".to_owned()]);
    for pattern in &patterns {
        regex::Regex::new(pattern).map_err(|error| fault(format!("{name}: {error}")))?;
    }
    Ok(patterns)
}

fn without_final_slashes(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// An address of the form HOST:PORT; whether there is such an address shows when it is bound.
fn listen(address: &str) -> Result<String, ConfigError> {
    match address.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(address.to_owned())
        }
        _ => Err(fault(format!("listen must be HOST:PORT, not {address}"))),
    }
}

/// A path with a slash before it and none after it; empty for the root.
fn base_path(path: &str) -> Result<String, ConfigError> {
    let path = path.trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
    if path.contains("//") || !path.chars().all(plain) {
        return Err(fault(
            "base_path must be a path of letters, digits, - _ . ~ and /",
        ));
    }
    Ok(if path.is_empty() {
        String::new()
    } else {
        format!("/{path}")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::settings::parse_file;

    fn file(text: &str) -> Result<Config, String> {
        let settings = parse_file(text)?;
        Config::check(settings).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_the_contracts() {
        let config = file("database_url = 'postgresql://h/d'").unwrap();
        assert_eq!(config.listen, "127.0.0.1:8080");
        assert_eq!(
            (config.base_path.as_str(), config.default_query_delta),
            ("", None)
        );
        assert_eq!(
            (config.default_rows_per_page, config.max_rows_per_page),
            (25, 100)
        );
        assert_eq!(
            (config.cors_domains, config.cors_max_age),
            (vec![".*".to_owned()], 600)
        );
    }

    #[test]
    fn every_setting_can_be_in_the_file() {
        let config = file(
            "database_url = 'x'\nlisten = '[::1]:0'\nbase_path = 'datagrepper/'\nbase_url = 'https://h/d/'\n\
             app_path = 'https://a'\nrules = '/r'\n\
             default_query_delta = 180\ndefault_rows_per_page = 10\nmax_rows_per_page = 50\ncors_domains = ['a', 'b']\n\
             cors_methods = ['GET']\ncors_headers = []\ncors_max_age = '1800'\ncontent_security_policy = 'none'\n\
             statement_timeout_ms = 1\ncheckout_timeout_ms = 2\npool_size = 3\nworkers = 4\n",
        )
        .unwrap();
        assert_eq!(
            (config.base_path.as_str(), config.base_url.as_deref()),
            ("/datagrepper", Some("https://h/d"))
        );
        assert_eq!(config.rules, Some("/r".into()));
        assert_eq!(
            (config.default_query_delta, config.cors_max_age),
            (Some(180), 1800)
        );
        assert_eq!(config.cors_domains, ["a", "b"]);
    }

    #[test]
    fn faults_are_named() {
        for (text, expected) in [
            ("", "--database-url"),
            ("database_url = 'x'\nlissten = 'y'", "lissten"),
            ("database_url = 'x'\npool_size = 0", "pool_size"),
            (
                "database_url = 'x'\nmax_rows_per_page = 0",
                "max_rows_per_page",
            ),
            (
                "database_url = 'x'\ndefault_rows_per_page = 101",
                "default_rows_per_page",
            ),
            ("database_url = 'x'\nbase_path = 'a b'", "base_path"),
            ("database_url = 'x'\nlisten = 'nonsense'", "listen"),
            ("database_url = 'x'\nlisten = ':80'", "listen"),
            ("database_url = 'x'\nlisten = 'h:65536'", "listen"),
            ("database_url = 'x'\ncors_domains = ['(']", "cors_domains"),
            ("database_url = 'x'\ncors_max_age = 'soon'", "cors_max_age"),
        ] {
            let error = file(text).map(drop).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn what_comes_first_wins() {
        let settings = |text: &str| toml::from_str::<Settings>(text).unwrap();
        let config =
            settings("database_url = 'a'").or(settings("database_url = 'b'\npool_size = 7"));
        let config = Config::check(config).unwrap();
        assert_eq!((config.database_url.reveal(), config.pool_size), ("a", 7));
    }

    #[test]
    fn no_password_is_printed() {
        const URL: &str = "postgresql://grepper:hunter2@db/messages";
        let line = CommandLine::parse_from(["grepper", "--database-url", URL]);
        assert_eq!(
            line.settings.database_url.as_ref().map(Secret::reveal),
            Some(URL)
        );
        let text = format!("database_url = '{URL}'");
        let settings = parse_file(&text).unwrap();
        let config = Config::load(CommandLine::parse_from(["grepper", "--database-url", URL]));
        let config = config.unwrap();
        assert_eq!(config.database_url.reveal(), URL);
        for printed in [
            format!("{line:?} {line:#?}"),
            format!("{settings:?} {settings:#?}"),
            format!("{config:?} {config:#?}"),
        ] {
            assert!(
                printed.contains("database_url") && !printed.contains("hunter2"),
                "{printed}"
            );
        }
    }
}
