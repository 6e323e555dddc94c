//! Where the environment has a secret: in a variable, in a file that a variable names, or among the credentials that
//! systemd hands over.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::secret::Secret;

/// A secret has no more bytes; a file that has more is another file.
const MOST_BYTES: u64 = 64 << 10;

/// Why the environment's secret cannot be used. It names variable and file, and nothing of what is in them.
#[derive(Debug)]
pub struct SecretFault(String);

impl Display for SecretFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecretFault {}

impl Secret {
    /// What the environment has under this name, if anything: in the variable `NAME`, in the file that `NAME_FILE`
    /// names, or in the file `name` of the directory `CREDENTIALS_DIRECTORY`. A variable that is empty counts as
    /// absent. Fails if more than one of them is there, and if a file cannot be read or is empty.
    pub fn from_environment(name: &str) -> Result<Option<Self>, SecretFault> {
        find(name, |variable| std::env::var_os(variable))
    }

    /// What these variables have under this name, as [`Secret::from_environment`] finds it.
    pub fn from_variables(
        name: &str,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, SecretFault> {
        find(name, variable)
    }

    /// What a file has that the setting `name` names: it is read as those of the environment are.
    pub fn from_file(name: &str, path: &Path) -> Result<Self, SecretFault> {
        let place = Place {
            name: name.to_owned(),
            is: Is::File(path.to_owned()),
        };
        place.read()
    }
}

/// One of the places where a secret may be.
struct Place {
    /// As operators know it.
    name: String,
    is: Is,
}

enum Is {
    Text(OsString),
    File(PathBuf),
}

fn find(
    name: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Secret>, SecretFault> {
    let mut places = places(name, variable).into_iter();
    match (places.next(), places.next()) {
        (None, _) => Ok(None),
        (Some(place), None) => place.read().map(Some),
        (Some(one), Some(other)) => Err(SecretFault(format!(
            "{} and {} are both set: one of them must go",
            one.name, other.name
        ))),
    }
}

/// Where the secret of this name is.
fn places(name: &str, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let in_variable = set(name).map(|text| Place {
        name: name.to_owned(),
        is: Is::Text(text),
    });
    let of_file = format!("{name}_FILE");
    let in_file = set(&of_file).map(|path| Place {
        name: of_file,
        is: Is::File(path.into()),
    });
    let credential = name.to_ascii_lowercase();
    let in_credentials = set("CREDENTIALS_DIRECTORY")
        .map(|directory| Path::new(&directory).join(&credential))
        // There may be others for the service, and none of ours.
        .filter(|path| path.exists())
        .map(|path| Place {
            name: format!("the credential {credential}"),
            is: Is::File(path),
        });
    [in_variable, in_file, in_credentials]
        .into_iter()
        .flatten()
        .collect()
}

impl Place {
    fn read(self) -> Result<Secret, SecretFault> {
        let Self { name, is } = self;
        let text = match is {
            Is::Text(text) => utf8(&text).map_err(|why| SecretFault(format!("{name} {why}")))?,
            Is::File(path) => {
                let read = read_file(&path);
                read.map_err(|why| SecretFault(format!("{name}: {} {why}", path.display())))?
            }
        };
        Ok(Secret::from(text))
    }
}

/// The file's text without the end of its last line.
fn read_file(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let opened = open(path);
    let read = opened.and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error: io::Error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("has more than {MOST_BYTES} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| NOT_UTF8.to_owned())?;
    match text.trim_end_matches(['\n', '\r']) {
        "" => Err("is empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// Whoever opens a pipe waits until somebody writes to it, which may be for ever.
fn open(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    File::open(path)
}

const NOT_UTF8: &str = "is not UTF-8";

fn utf8(text: &OsStr) -> Result<String, &'static str> {
    text.to_str().map(str::to_owned).ok_or(NOT_UTF8)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    /// What is found where these variables are set, or what is said of it.
    fn found(variables: &[(&str, &Path)]) -> Result<Option<String>, String> {
        let variable = |name: &str| {
            let set = variables.iter().find(|(known, _)| *known == name);
            set.map(|(_, value)| value.as_os_str().to_owned())
        };
        let secret = find("DATABASE_URL", variable).map_err(|fault| fault.to_string())?;
        Ok(secret.map(|secret| secret.reveal().to_owned()))
    }

    fn directory(file: &str, content: &[u8]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join(file), content).expect("written");
        directory
    }

    #[test]
    fn a_secret_is_in_a_variable_a_file_or_a_credential() {
        let empty = Path::new("");
        assert_eq!(found(&[]), Ok(None));
        assert_eq!(
            found(&[("DATABASE_URL", empty), ("DATABASE_URL_FILE", empty)]),
            Ok(None)
        );
        let expected = Ok(Some("hunter2".to_owned()));
        assert_eq!(found(&[("DATABASE_URL", Path::new("hunter2"))]), expected);
        for content in ["hunter2", "hunter2\n", "hunter2\r\n"] {
            let directory = directory("database_url", content.as_bytes());
            let file = directory.path().join("database_url");
            assert_eq!(found(&[("DATABASE_URL_FILE", &file)]), expected);
            let credentials = ("CREDENTIALS_DIRECTORY", directory.path());
            assert_eq!(found(&[credentials]), expected);
        }
        let others = directory("another", b"x");
        assert_eq!(found(&[("CREDENTIALS_DIRECTORY", others.path())]), Ok(None));
    }

    #[test]
    fn two_places_are_one_too_many() {
        let directory = directory("database_url", b"hunter2");
        let file = directory.path().join("database_url");
        let text = Path::new("hunter2");
        let of_file = ("DATABASE_URL_FILE", file.as_path());
        let credentials = ("CREDENTIALS_DIRECTORY", directory.path());
        for (variables, names) in [
            (
                [("DATABASE_URL", text), of_file],
                ["DATABASE_URL", "DATABASE_URL_FILE"],
            ),
            (
                [("DATABASE_URL", text), credentials],
                ["DATABASE_URL", "the credential database_url"],
            ),
            (
                [of_file, credentials],
                ["DATABASE_URL_FILE", "the credential database_url"],
            ),
        ] {
            let [one, other] = names;
            let expected = format!("{one} and {other} are both set: one of them must go");
            assert_eq!(found(&variables), Err(expected));
        }
    }

    #[test]
    fn a_file_without_a_secret_is_named_and_nothing_in_it() {
        let check = |file: &Path, why: &str| {
            let fault = found(&[("DATABASE_URL_FILE", file)]).expect_err(why);
            let expected = format!("DATABASE_URL_FILE: {} {why}", file.display());
            assert!(fault.starts_with(&expected), "{fault}");
            assert!(!fault.contains("hunter2"), "{fault}");
        };
        for (content, why) in [
            (&b""[..], "is empty"),
            (b"\r\n\n", "is empty"),
            (b"hunter2\xff", "is not UTF-8"),
        ] {
            let directory = directory("database_url", content);
            check(&directory.path().join("database_url"), why);
            check(directory.path(), "cannot be read");
            check(&directory.path().join("none"), "cannot be read");
        }
        let large = directory("database_url", &[b'x'; 65537]);
        let large = large.path().join("database_url");
        check(&large, "has more than 65536 bytes");
        check(
            Path::new("/dev/zero"),
            "cannot be read: it is no regular file",
        );
        let garbled = OsString::from_vec(b"hunter2\xff".to_vec());
        assert_eq!(
            found(&[("DATABASE_URL", Path::new(&garbled))]),
            Err("DATABASE_URL is not UTF-8".to_owned())
        );
    }
}
