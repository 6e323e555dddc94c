//! The names of the incumbent's programs, as links to this one: what was typed there goes on here.
//!
//! Options and output are those of our commands; what is said of mistakes, and the codes that follow, are the
//! incumbent's, which scripts may look at.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use service::complain;

use super::check;
use super::command_line::Cli;

/// The incumbent's programs, and what we call what they do.
pub const NAMES: [(&str, &str); 6] = [
    ("datanommer-create-db", "create-db"),
    ("datanommer-dump", "dump"),
    ("datanommer-stats", "stats"),
    ("datanommer-latest", "latest"),
    ("datanommer-refresh-view", "refresh-view"),
    ("datanommer-extract-users", "extract"),
];

/// Reads the command line, whatever the program was called as; help is printed and a mistake told, and the error is
/// the code to end with.
pub fn parse(arguments: Vec<OsString>) -> Result<Cli, u8> {
    match arguments.first().and_then(|name| called_as(name)) {
        None => Cli::try_parse_from(&arguments).map_err(|error| match check::asked(&arguments) {
            Some(service) if error.use_stderr() => check::refuse(service, &error),
            _ => error.exit(),
        }),
        Some((name, verb)) => {
            let rest = arguments.into_iter().skip(1);
            let arguments = ["nommer", verb].map(OsString::from).into_iter().chain(rest);
            Cli::try_parse_from(arguments).map_err(|error| refuse(name, &error))
        }
    }
}

/// The incumbent's program that a path is named after, and our command.
fn called_as(path: &OsStr) -> Option<(&'static str, &'static str)> {
    let called = Path::new(path).file_name()?;
    NAMES.into_iter().find(|(name, _)| called == *name)
}

/// Says what is wrong, and answers the code to end with.
fn refuse(name: &str, error: &Error) -> u8 {
    if !error.use_stderr() {
        service::say(error.render().to_string().trim_end());
        return 0;
    }
    let Mistake { text, code } = mistake(error);
    if code == 2 {
        complain(format_args!("Try '{name} --help' for help.\n"));
    }
    complain(format_args!("Error: {text}"));
    code
}

/// What is wrong with a command line, in the incumbent's words.
#[derive(Debug, Eq, PartialEq)]
struct Mistake {
    text: String,
    code: u8,
}

fn mistake(error: &Error) -> Mistake {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let argument = context(ContextKind::InvalidArg);
    // As in `--start <TIME>`.
    let option = argument.split(' ').next().unwrap_or_default();
    let value = context(ContextKind::InvalidValue);
    let text = match (error.kind(), option) {
        (ErrorKind::UnknownArgument, option) if option.starts_with('-') => {
            format!("No such option '{option}'.")
        }
        (ErrorKind::UnknownArgument, _) => format!("Got unexpected extra argument ({argument})"),
        (ErrorKind::MissingRequiredArgument, _) => "Missing command.".to_owned(),
        (ErrorKind::ArgumentConflict, _) => {
            "can't use both --topic and --category, choose one.".to_owned()
        }
        (ErrorKind::ValueValidation, "--since" | "--before") => "Invalid date format".to_owned(),
        (ErrorKind::ValueValidation, "--start" | "--end") => format!(
            "Invalid value for '{option}': '{value}' does not match the formats '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S'."
        ),
        _ => {
            let rendered = error.render().to_string();
            let line = rendered.lines().next().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        }
    };
    let code = if text == "Invalid date format" { 1 } else { 2 };
    Mistake { text, code }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::command_line::Command;

    fn parsed(arguments: &[&str]) -> Result<Cli, u8> {
        parse(arguments.iter().map(OsString::from).collect())
    }

    #[test]
    fn a_link_with_an_old_name_is_the_command() {
        for (name, is_it) in [
            (
                "/usr/bin/datanommer-create-db",
                (|command| matches!(command, Command::CreateDb)) as fn(&Command) -> bool,
            ),
            ("datanommer-dump", |command| {
                matches!(command, Command::Dump(_))
            }),
            ("./datanommer-stats", |command| {
                matches!(command, Command::Stats(_))
            }),
            ("datanommer-latest", |command| {
                matches!(command, Command::Latest(_))
            }),
            ("datanommer-refresh-view", |command| {
                matches!(command, Command::RefreshView)
            }),
        ] {
            let cli = parsed(&[name, "-c", "/dev/null"]).expect(name);
            assert!(is_it(&cli.command), "{name}: {:?}", cli.command);
        }
        let users = parsed(&["datanommer-extract-users", "--category", "x", "usernames"]);
        assert!(matches!(users.expect("valid").command, Command::Extract(_)));
        let own = parsed(&["datanommer-dump-all", "stats"]).expect("our own name, whatever it is");
        assert!(matches!(own.command, Command::Stats(_)));
    }

    /// Plugins that end with 2 call for somebody at night.
    #[test]
    fn a_mistake_where_a_check_is_asked_for_is_unknown() {
        for arguments in [
            &["nommer", "check"][..],
            &["nommer", "check", "nosuch"],
            &["nommer", "check", "queue", "--warning", "10:20"],
            &[
                "nommer",
                "-c",
                "/dev/null",
                "check",
                "queue",
                "--warning",
                "-1",
            ],
            &[
                "nommer",
                "--rules=check",
                "check",
                "certificates",
                "--nonsense",
            ],
        ] {
            assert_eq!(parsed(arguments).map(drop), Err(3), "{arguments:?}");
        }
    }

    #[test]
    fn mistakes_are_told_in_the_old_words() {
        let told = |arguments: &[&str]| {
            let error = Cli::try_parse_from([&["nommer"], arguments].concat()).expect_err("wrong");
            let Mistake { text, code } = mistake(&error);
            (text, code)
        };
        for (arguments, text, code) in [
            (&["dump", "--bogus"][..], "No such option '--bogus'.", 2),
            (&["stats", "a"], "Got unexpected extra argument (a)", 2),
            (&["dump", "--since", "x"], "Invalid date format", 1),
            (&["extract"], "Missing command.", 2),
            (
                &["dump", "--compress", "x"],
                "invalid value 'x' for '--compress <METHOD>'",
                2,
            ),
        ] {
            assert_eq!(told(arguments), (text.to_owned(), code), "{arguments:?}");
        }
    }
}
