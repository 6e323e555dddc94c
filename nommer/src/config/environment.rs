//! What the environment says about the settings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use service::Secret;

use crate::config::error::ConfigError;

/// Where the file is, unless someone says otherwise.
pub const DEFAULT_PATH: &str = "/etc/fedora-messaging/config.toml";

/// Whoever has one of these is told by its own environment.
const OURS: [&str; 9] = [
    "FEDORA_MESSAGING_CONF",
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "AMQP_URL",
    "AMQP_URL_FILE",
    "AMQP_MANAGEMENT_URL",
    "AMQP_MANAGEMENT_URL_FILE",
    "CREDENTIALS_DIRECTORY",
    // The service itself, whatever it is told.
    "NOTIFY_SOCKET",
];
/// Names another file than [`OF_SERVICE`].
const NAMED: &str = "NOMMER_ENVIRONMENT";
/// What the unit of the packages tells the service, and the credentials that it hands over.
const OF_SERVICE: &str = "/etc/nommer/environment";
const CREDENTIALS: &str = "/etc/credstore/nommer.";

/// Variables of the environment that go over keys of the file, or name the file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `FEDORA_MESSAGING_CONF`: where the file is.
    pub file: Option<PathBuf>,
    /// `DATABASE_URL`, over `datanommer_sqlalchemy_url`.
    pub database_url: Option<Secret>,
    /// `AMQP_URL`, over `amqp_url`.
    pub amqp_url: Option<Secret>,
    /// `AMQP_MANAGEMENT_URL`, over `management_url`.
    pub management_url: Option<Secret>,
    /// `NOMMER_RULES`, over `rules_directory`.
    pub rules_directory: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables of this process, of which an empty one counts as absent, and the files of secrets that
    /// they name. Where none of ours is there, and no file of settings is `named`, those that the service has: so a
    /// command in a shell sees what the service sees.
    pub fn read(named: Option<&Path>) -> Result<Self, ConfigError> {
        let own = |name: &str| std::env::var_os(name);
        if named.is_some() {
            return Self::of(own);
        }
        match of_service(own, OF_SERVICE, CREDENTIALS, Path::new(DEFAULT_PATH))? {
            Some(service) => Self::of(|name| service.get(name).cloned()),
            None => Self::of(own),
        }
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let path = |name| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        Ok(Self {
            file: path("FEDORA_MESSAGING_CONF"),
            database_url: Secret::from_variables("DATABASE_URL", &variable)?,
            amqp_url: Secret::from_variables("AMQP_URL", &variable)?,
            management_url: Secret::from_variables("AMQP_MANAGEMENT_URL", &variable)?,
            rules_directory: path("NOMMER_RULES"),
        })
    }
}

/// The variables of the service, if this process has none of its own and there is such a service.
fn of_service(
    own: impl Fn(&str) -> Option<OsString>,
    file: &str,
    credentials: &str,
    usual: &Path,
) -> Result<Option<BTreeMap<String, OsString>>, ConfigError> {
    let set = |name: &str| own(name).filter(|value| !value.is_empty());
    if OURS.into_iter().any(|name| set(name).is_some()) {
        return Ok(None);
    }
    // Who names another file is not the service, and has none of its credentials.
    let named = set(NAMED);
    let handed_over = match named {
        Some(_) => BTreeMap::new(),
        None => handed_over(credentials),
    };
    let file = PathBuf::from(named.clone().unwrap_or_else(|| file.into()));
    let mut variables = match service::text_of(&file) {
        Ok(text) => assigned(&text),
        // The unit does without that file, too.
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => {
            return Ok(Some(handed_over).filter(|credentials| !credentials.is_empty()));
        }
        // What commands were told by before there was such a service.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && usual.exists() => {
            return Ok(None);
        }
        Err(error) => return Err(ConfigError::Unreadable(file, error)),
    };
    variables.extend(handed_over);
    Ok(Some(variables))
}

/// The variables that name the credentials of the service which are there.
fn handed_over(credentials: &str) -> BTreeMap<String, OsString> {
    let secrets = ["database_url", "amqp_url", "amqp_management_url"];
    let files = secrets.map(|secret| (secret, format!("{credentials}{secret}")));
    let there = files
        .into_iter()
        .filter(|(_, file)| Path::new(file).exists());
    there
        .map(|(secret, file)| (format!("{}_FILE", secret.to_ascii_uppercase()), file.into()))
        .collect()
}

/// The variables of a file as systemd reads it.
fn assigned(text: &str) -> BTreeMap<String, OsString> {
    // A line that ends with a backslash goes on in the next one.
    let text = text.replace("\\\n", "");
    let lines = text.lines().map(str::trim);
    let assignments = lines.filter(|line| !line.starts_with(['#', ';']));
    let pairs = assignments.filter_map(|line| line.split_once('='));
    let unquoted = |value: &str| {
        let quote = value.chars().next().filter(|first| "'\"".contains(*first));
        let inner = quote.and_then(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
        OsString::from(inner.unwrap_or(value))
    };
    pairs
        .map(|(name, value)| (name.trim().to_owned(), unquoted(value.trim())))
        .collect()
}

/// What `NOMMER_RULES` says, which needs no secret.
pub fn rules_directory() -> Option<PathBuf> {
    let value = std::env::var_os("NOMMER_RULES").filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_told_nothing_sees_what_the_service_sees() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (file, credentials) = (path("environment"), path("nommer."));
        let found = |own: &[(&str, &str)]| {
            let own = |name: &str| {
                let value = own.iter().find(|(known, _)| *known == name);
                value.map(|(_, value)| OsString::from(value))
            };
            of_service(own, &file, &credentials, Path::new("/no/such/file"))
                .map_err(|error| error.to_string())
        };
        assert_eq!(found(&[]), Ok(None), "there is no such service");
        std::fs::write(path("nommer.database_url"), "postgresql://h/d").expect("written");
        let credential = (
            "DATABASE_URL_FILE".to_owned(),
            OsString::from(path("nommer.database_url")),
        );
        let alone = Ok(Some(BTreeMap::from([credential])));
        assert_eq!(found(&[]), alone, "the unit does without the file");
        let text = "# DATABASE_URL=x\nFEDORA_MESSAGING_CONF=/etc/nommer\\\n/config.toml\n AMQP_URL = \"amqp://u:p=@h\" \nX\n";
        std::fs::write(&file, text).expect("written");
        let expected = [
            ("AMQP_URL", "amqp://u:p=@h".to_owned()),
            ("DATABASE_URL_FILE", path("nommer.database_url")),
            (
                "FEDORA_MESSAGING_CONF",
                "/etc/nommer/config.toml".to_owned(),
            ),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), OsString::from(value)));
        let expected = Ok(Some(BTreeMap::from(expected)));
        assert_eq!(found(&[]), expected);
        assert_eq!(found(&[("AMQP_URL", ""), ("NOMMER_RULES", "r")]), expected);
        assert_eq!(found(&[("DATABASE_URL", "postgresql://own")]), Ok(None));
        let other = path("nagios.environment");
        std::fs::write(&other, "DATABASE_URL=postgresql://nagios@h/d").expect("written");
        let url = ("DATABASE_URL".to_owned(), "postgresql://nagios@h/d".into());
        let alone = Ok(Some(BTreeMap::from([url])));
        assert_eq!(found(&[(NAMED, &other)]), alone, "not the service");
        let missing = found(&[(NAMED, "/no/such/file")]);
        assert_eq!(missing, Err("cannot read /no/such/file".to_owned()));
    }
}
