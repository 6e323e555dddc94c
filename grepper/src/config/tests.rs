//! Settings as a site may give them.

use clap::{CommandFactory as _, Parser as _};

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
         picture_hosts = ['a.org']\n\
         statement_timeout_ms = 1\ncheckout_timeout_ms = 2\npool_size = 3\nworkers = 4\nlog = 'warn'\naccess_log = '1/9'\n\
         private = true\nhidden_topics = ['a.b']\nhidden_categories = ['c']\ntrusted_header = 'X-User'\n\
         trusted_values = ['u']\ntrusted_proxies = ['10.0.0.0/8']\n",
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
    assert_eq!(
        (config.log.as_deref(), config.access_log),
        (Some("warn"), AccessLog::OneOf(9))
    );
    assert!(config.picture_hosts.admit("https://a.org/x"));
    let privacy = config.privacy.unwrap();
    assert_eq!(
        (privacy.private, privacy.hidden.topics),
        (true, vec!["a.b".to_owned()])
    );
    assert_eq!(privacy.hidden.categories, ["c"]);
    let trusted = privacy.trusted.unwrap();
    assert_eq!(
        (trusted.name.as_str(), trusted.values),
        ("x-user", vec!["u".to_owned()])
    );
    assert_eq!(trusted.proxies.len(), 1);
}

#[test]
fn faults_are_named() {
    for (text, expected) in [
        ("", "--database-url"),
        ("database_url = 'x'\nlissten = 'y'", "lissten"),
        ("database_url = 'x'\npool_size = 0", "pool_size"),
        (
            "database_url = 'x'\npool_size = 10001",
            "pool_size must be at most 10000, not 10001",
        ),
        (
            "database_url = 'x'\nworkers = 1025",
            "workers must be at most 1024, not 1025",
        ),
        (
            "database_url = 'x'\nstatement_timeout_ms = 2147483648",
            "statement_timeout_ms must be at most 2147483647",
        ),
        (
            "database_url = 'x'\ncontent_security_policy = \"a\\nb\"",
            "content_security_policy must be the value of a header, in one line, not \"a\\nb\"",
        ),
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
        ("database_url = 'x'\nlisten = '[zz]:80'", "listen"),
        ("database_url = 'x'\nlisten = '[]:80'", "listen"),
        ("database_url = 'x'\nlisten = '999.1.1.1:80'", "listen"),
        ("database_url = 'x'\nlisten = 'h:65536'", "listen"),
        ("database_url = 'x'\ncors_domains = ['(']", "cors_domains"),
        (
            "database_url = 'x'\ncors_methods = ['GET', 'a b']",
            "cors_methods",
        ),
        ("database_url = 'x'\ncors_max_age = 'soon'", "cors_max_age"),
        ("database_url = 'x'\nlog = 'loud'", "log must be error"),
        (
            "database_url = 'x'\naccess_log = 'some'",
            "access_log must be",
        ),
        (
            "database_url = 'x'\nanswer_room_mb = 12",
            "answer_room_mb must be from 13 to 1048576, not 12: a page of max_rows_per_page = 100 messages may take 13 MB",
        ),
        (
            "database_url = 'x'\nanswer_room_mb = 2000000",
            "answer_room_mb must be from 13",
        ),
    ] {
        let error = file(text).map(drop).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn answers_have_room_for_a_page() {
    let room = |text: &str| {
        file(&format!("database_url = 'x'\n{text}")).map(|config| config.answer_room >> 20)
    };
    assert_eq!(room(""), Ok(128));
    assert_eq!(room("answer_room_mb = 13"), Ok(13));
    assert_eq!(room("answer_room_mb = 4\nmax_rows_per_page = 25"), Ok(4));
    assert_eq!(
        room("max_rows_per_page = 10000"),
        Ok(128),
        "as it always was"
    );
    assert!(room("answer_room_mb = 128\nmax_rows_per_page = 10000").is_err());
}

#[test]
fn what_comes_first_wins() {
    let settings = |text: &str| toml::from_str::<Settings>(text).unwrap();
    let config = settings("database_url = 'a'").or(settings("database_url = 'b'\npool_size = 7"));
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

#[test]
fn addresses_of_pages_are_whole() {
    for name in ["base_url", "app_path"] {
        for (url, expected) in [
            ("https://apps.example.org/datagrepper/", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080/d", true),
            ("apps.example.org/datagrepper", false),
            ("apps.example.org:443", false),
            ("//apps.example.org", false),
            ("/datagrepper", false),
            ("ftp://apps.example.org", false),
            ("https:///datagrepper", false),
            ("https://", false),
            ("https://apps example.org", false),
            ("https://h/d?a=b", false),
            ("https://u:p@h/d", false),
            ("https://h:abc/d", false),
            ("https://h:/d", false),
            ("http://[::1]:99999/d", false),
            ("http://[zz]/d", false),
            ("http://a\"b/d", false),
            ("", false),
        ] {
            let found = file(&format!("database_url = 'x'\n{name} = '{url}'"));
            assert_eq!(found.is_ok(), expected, "{url}");
            if let Err(fault) = found {
                assert!(
                    fault.contains(name) && fault.contains("https://"),
                    "{fault}"
                );
            }
        }
    }
}

#[test]
fn an_address_of_version_6_stands_in_brackets() {
    for (address, expected) in [
        ("[::1]:80", Ok("[::1]:80")),
        ("h:80", Ok("h:80")),
        ("::1", Err("in brackets")),
        ("[::1", Err("in brackets")),
        ("::1:80", Err("in brackets")),
        ("[::1]", Err("in brackets")),
        ("[::1]:", Err("HOST:PORT")),
    ] {
        let found = listen("listen", address).map_err(|error| error.to_string());
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(fault), Err(part)) => assert!(fault.contains(part), "{address}: {fault}"),
            _ => panic!("{address}: {found:?}"),
        }
    }
}

/// Flags whose empty value means something: the root, none, or no limit.
const MAY_BE_EMPTY: [&str; 11] = [
    "base_path",
    "cors_domains",
    "cors_methods",
    "cors_headers",
    "content_security_policy",
    "picture_hosts",
    "rate_limit",
    "hidden_topics",
    "hidden_categories",
    "trusted_values",
    "trusted_proxies",
];

/// Why these settings are refused; `None` if they are not.
fn refusal(arguments: &[&str]) -> Option<String> {
    match CommandLine::try_parse_from(arguments) {
        Err(error) => Some(error.to_string()),
        Ok(line) => Config::load(line).err().map(|error| error.to_string()),
    }
}

#[test]
fn an_empty_value_is_refused_by_name_or_means_none() {
    let command = CommandLine::command();
    let flags: Vec<&str> = command
        .get_arguments()
        .filter_map(|argument| argument.get_long())
        .collect();
    assert!(flags.len() >= 19, "{flags:?}");
    for flag in flags {
        let name = flag.replace('-', "_");
        let given = format!("--{flag}=");
        let others: &[&str] = match flag {
            "database-url" => &["grepper"],
            _ => &["grepper", "--database-url=postgresql://h/d"],
        };
        let refused = refusal(&[others, &[&given]].concat());
        match refused {
            None => assert!(MAY_BE_EMPTY.contains(&name.as_str()), "{flag}"),
            Some(fault) => assert!(
                !MAY_BE_EMPTY.contains(&name.as_str())
                    && (fault.contains(flag) || fault.contains(&name)),
                "{flag}: {fault}"
            ),
        }
    }
    let empty = "database_url = 'x'\ncors_domains = ['']\ncontent_security_policy = ''";
    let config = file(empty).unwrap();
    assert_eq!(
        (config.cors_domains, config.content_security_policy),
        (vec![], None)
    );
    assert!(
        file("database_url = 'x'\nrules = ''")
            .unwrap_err()
            .contains("rules")
    );
}
