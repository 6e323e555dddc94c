//! What must not be in a bundle, whatever wrote it down.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use archive::Address;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::{Captures, Regex, RegexBuilder};

use crate::config::settings::Config;

/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";

/// What is called a secret, as the last word of a name, up to where its value begins: `PGPASSWORD=`, `"token": `.
const CALLED: &str = r#"(?i: password | passwd | pwd | passphrase | token | secret | api[_-]?key | access[_-]?key )
    (?-x:\\?["']?) \s* [=:] \s*"#;

/// Where secrets stand that nobody told us of. All between `before` and `after` is one.
const PLACES: [&str; 8] = [
    // A password in a URL.
    r#"(?<before> [a-zA-Z][a-zA-Z0-9+.-]*:// [^\s/:@"'<>]* : ) [^\s/?\x23"'<>]+ (?<after> @ )"#,
    // What logs in at a web server.
    r"(?<before> \b (?i: bearer | basic | digest ) \s+ ) [A-Za-z0-9._~+/=-]{8,}",
    r"(?<before> (?i: cookie2? ) \s* : \s* ) [^\r\n]+",
    // What is called one, in quotes or not.
    r#"(?<before> CALLED " ) (?: [^"\\] | \\. )+"#,
    r"(?<before> CALLED ' ) (?: [^'\\] | \\. | '' )+",
    r#"(?<before> CALLED (?-x:\\")? ) [^\s"'\\,;&()<>]+"#,
    // In SQL and XML.
    r"(?<before> \b (?i: password ) \s+ ' ) (?: [^'] | '' )+",
    r"(?<before> \b (?i: password ) > ) [^<]+",
];

/// Base64 of fewer letters is like too much that is none.
const FEWEST_LETTERS: usize = 8;

/// The passwords of the configuration and what else is told to be secret, in all forms that programs write them in.
pub struct Secrets {
    forms: Vec<Regex>,
    places: [Regex; PLACES.len()],
}

impl Secrets {
    /// Secrets of the configuration, of our environment, and of files that have one on each line. An error says what is
    /// wrong with these.
    pub fn of(config: &Config, files: &[PathBuf]) -> Result<Self, String> {
        let broker = &config.broker.uri().authority.userinfo.password;
        let mut secrets = vec![broker.clone()];
        let variable = |name| std::env::var(name).ok();
        let own = config.database_url.as_ref();
        let own = own.map(|url| url.reveal().to_owned());
        for url in own.into_iter().chain(variable("GREPPER_DATABASE_URL")) {
            if let Ok(address) = Address::parse(&url) {
                secrets.extend(address.secrets().map(str::to_owned));
            }
        }
        secrets.extend(variable("PGPASSWORD"));
        let mut lines = variable("GREPPER_TOKENS").unwrap_or_default();
        for file in files {
            let text = service::text_of(file);
            let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
            refuse_short(file, &text)?;
            lines = lines + "\n" + &text;
        }
        let is_secret = |line: &&str| !line.is_empty() && !line.starts_with('#');
        let lines = lines.lines().map(str::trim).filter(is_secret);
        secrets.extend(lines.map(str::to_owned));
        if let Some(management) = &config.management {
            secrets.push(management.password.reveal().to_owned());
        }
        Ok(Self::known(secrets))
    }

    fn known(mut secrets: Vec<String>) -> Self {
        secrets.retain(|secret| !secret.is_empty());
        // Longer ones first, as one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self {
            forms: secrets.iter().map(|secret| forms(secret)).collect(),
            places: PLACES.map(|place| {
                let pattern = format!("(?x) {}", place.replace("CALLED", CALLED));
                Regex::new(&pattern).expect("a constant, which a test compiles")
            }),
        }
    }

    /// A text without them.
    pub fn hidden(&self, text: &str) -> String {
        let hide = |text: String, form: &Regex| form.replace_all(&text, HIDDEN).into_owned();
        let text = self.forms.iter().fold(text.to_owned(), hide);
        let around = |found: &Captures<'_>| {
            let part = |name| found.name(name).map_or("", |part| part.as_str());
            format!("{}{HIDDEN}{}", part("before"), part("after"))
        };
        let hide = |text: String, place: &Regex| place.replace_all(&text, around).into_owned();
        self.places.iter().fold(text, hide)
    }
}

/// What is shorter is a part of too much that is none.
const SHORTEST: usize = 4;

/// Says which line of a file is too short to be taken out everywhere.
fn refuse_short(file: &Path, text: &str) -> Result<(), String> {
    let is_short = |line: &str| (1..SHORTEST).contains(&line.trim().chars().count());
    let short = text
        .lines()
        .position(|line| is_short(line) && !line.starts_with('#'));
    short.map_or(Ok(()), |line| {
        Err(format!(
            "{}: line {} must have {SHORTEST} letters at least, or all that has them would go",
            file.display(),
            line + 1
        ))
    })
}

/// A secret as it is, as URLs and JSON may have each of its letters, and within what is written in base64.
fn forms(secret: &str) -> Regex {
    let mut pattern = String::new();
    for letter in secret.chars() {
        pattern += "(?:";
        let mut bytes = [0; 4];
        for byte in letter.encode_utf8(&mut bytes).bytes() {
            let _ = write!(pattern, "(?i:%{byte:02x})");
        }
        let mut units = [0; 2];
        pattern += "|";
        for unit in letter.encode_utf16(&mut units) {
            let _ = write!(pattern, r"\\+u(?i:{unit:04x})");
        }
        let plain = regex::escape(&letter.to_string());
        let _ = match letter {
            '"' | '\\' | '/' | '\'' => write!(pattern, r"|\\*{plain})"),
            '\t' => write!(pattern, r"|\\+t|{plain})"),
            _ => write!(pattern, "|{plain})"),
        };
    }
    for written in in_base64(secret.as_bytes()) {
        pattern += "|";
        pattern += &regex::escape(&written);
    }
    let built = RegexBuilder::new(&pattern).size_limit(64 << 20).build();
    // What is too long for all forms has at least its own.
    built.unwrap_or_else(|_| Regex::new(&regex::escape(secret)).expect("a text matches itself"))
}

/// What a secret becomes in base64, wherever it begins within a longer text: without the letters at both ends that
/// also depend on what is beside it.
fn in_base64(secret: &[u8]) -> Vec<String> {
    let mut written = Vec::new();
    for before in 0..3 {
        let text = [&[0; 2][..before.min(2)], secret].concat();
        let (first, last) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            if last >= first + FEWEST_LETTERS {
                written.push(encoded[first..last].to_owned());
            }
        }
    }
    written.sort_unstable();
    written.dedup();
    written
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_secret_is_found_in_each_form() {
        let secret = r#"Tower/9 "of\ü-broker"#;
        let secrets = Secrets::known(vec![secret.to_owned(), "of".to_owned()]);
        let json = serde_json::to_string(secret).expect("JSON");
        let ascii = json.replace('ü', "\\u00FC").replace('/', "\\/");
        let twice = serde_json::to_string(&json).expect("JSON");
        for form in [
            secret,
            "Tower%2F9%20%22of%5C%C3%BC-broker",
            "Tower%2f9%20%22of%5c%c3%bc%2dbroker",
            json.trim_matches('"'),
            ascii.trim_matches('"'),
            twice.trim_matches(['"', '\\']),
        ] {
            assert_eq!(
                secrets.hidden(&format!("a {form} z")),
                "a (hidden) z",
                "{form}"
            );
        }
        for user in ["", "a", "ab", "abc"] {
            let login = STANDARD.encode(format!("{user}:{secret}"));
            let hidden = secrets.hidden(&format!("login={login}"));
            assert!(hidden.contains(HIDDEN) && hidden.len() < 24, "{hidden}");
        }
        assert_eq!(secrets.hidden("a part of it"), "a part (hidden) it");
    }

    #[test]
    fn a_line_of_few_letters_is_refused() {
        let refused = |text| refuse_short(Path::new("secrets"), text);
        assert_eq!(refused("# a\n\nlong enough\n"), Ok(()));
        let fault = refused("long enough\n abc \n").expect_err("short");
        assert!(
            fault.starts_with("secrets: line 2 must have 4 letters"),
            "{fault}"
        );
    }

    #[test]
    fn what_nobody_told_us_of_is_found_by_where_it_stands() {
        let secrets = Secrets::known(Vec::new());
        for (text, hidden) in [
            (
                "at postgresql://grepper:s3@cret@db.example.org/messages now",
                "at postgresql://grepper:(hidden)@db.example.org/messages now",
            ),
            (
                "Authorization: Bearer 8u1Yq0bWbYt2m9Zk",
                "Authorization: Bearer (hidden)",
            ),
            (
                "authorization: basic Z3JlcHBlcjpz",
                "authorization: basic (hidden)",
            ),
            (
                "host=h password=s3cret user=u",
                "host=h password=(hidden) user=u",
            ),
            (
                r#"{"token": "abc", "n": 1}"#,
                r#"{"token": "(hidden)", "n": 1}"#,
            ),
            (
                r#"{\"password\":\"abc\"}"#,
                r#"{\"password\":\"(hidden)\"}"#,
            ),
            (
                "password='hunter six' and password = \"hunter9 \\\" blank\" z",
                "password='(hidden)' and password = \"(hidden)\" z",
            ),
            (
                "ALTER ROLE x PASSWORD 'hunt''er' VALID",
                "ALTER ROLE x PASSWORD '(hidden)' VALID",
            ),
            (
                "PGPASSWORD=a sslpassword=b AWS_SECRET_ACCESS_KEY=c/d+e passphrase: f",
                "PGPASSWORD=(hidden) sslpassword=(hidden) AWS_SECRET_ACCESS_KEY=(hidden) passphrase: (hidden)",
            ),
            (
                "Set-Cookie: a=b; c=d\nX-Api-Key: abc\n<password>a b</password>",
                "Set-Cookie: (hidden)\nX-Api-Key: (hidden)\n<password>(hidden)</password>",
            ),
            (
                "password_encryption = md5, 2 tokens",
                "password_encryption = md5, 2 tokens",
            ),
            ("http://h:80/a?b=c@d 5:30 @x", "http://h:80/a?b=c@d 5:30 @x"),
        ] {
            assert_eq!(secrets.hidden(text), hidden);
        }
    }
}
